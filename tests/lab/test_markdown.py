from __future__ import annotations

from fluxhound.lab.markdown import section, table


def test_a_table_keeps_its_columns() -> None:
    assert table(("a", "b"), [("1|2", "3")]) == "| a | b |\n| --- | --- |\n| 1/2 | 3 |"


def test_nothing_to_show_is_nothing() -> None:
    assert table(("a",), []) == ""
    assert section("Recall", ["", ""]) == ""
    assert section("Recall", ["", "one", "two"]) == "## Recall\n\none\n\ntwo"
