from __future__ import annotations

import pytest

from fluxhound.cli.intelligence.opened import print_rows, print_table, shown


def test_tables_are_as_wide_as_they_must_be(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A", "B"), [("long", "x"), ("y", "")])
    assert capsys.readouterr().out == "A     B\nlong  x\ny\n"


def test_rows_are_lines(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    print_rows([{"a": 1}, {"a": None}])
    assert capfdbinary.readouterr().out == b'{"a":1}\n{"a":null}\n'


def test_what_is_shown_is_harmless() -> None:
    given = {"config": None, "defang": None}
    assert shown("a.example\x1b[31m", given) == "a[.]example\\x1b[31m"
    assert shown("a.example", given | {"defang": False}) == "a.example"
