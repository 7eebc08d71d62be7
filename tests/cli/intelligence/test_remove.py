from __future__ import annotations

from pathlib import Path

from tests.cli.intelligence.conftest import Call


def test_a_source_is_forgotten_with_all_it_said(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    assert intel("remove", "mine")[0] == 0
    assert intel("list")[1] == ""
    assert intel("lookup", "evil.example")[1] == ""
    assert "There is no source 'mine'" in intel("remove", "mine")[2]


def test_an_entry_is_forgotten(intel: Call) -> None:
    intel("deny", "evil.example", "--reason", "case 7")
    assert intel("remove", "--entry", "Evil[.]example")[0] == 0
    assert intel("list", "--entries")[1] == ""
    assert intel("remove", "--entry", "evil.example")[0] == 2
