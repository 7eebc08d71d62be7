from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment.suffixes import (
    Rule,
    load_suffixes,
    read_suffixes,
    suffix_date,
    suffixes,
)
from fluxhound.errors import TableError

LIST = """// VERSION: 2026-01-02_03-04-05_UTC
// ===BEGIN ICANN DOMAINS===
com
uk
CO.UK   a comment
*.ck
!www.ck
рф
// ===END ICANN DOMAINS===
// ===BEGIN PRIVATE DOMAINS===
duckdns.org
*.hosted.example
hosted.example
// ===END PRIVATE DOMAINS===
"""


def test_rules_have_their_form_and_section() -> None:
    found = read_suffixes(LIST.splitlines())
    assert found.rules == {
        "com": Rule.EXACT * 2,
        "uk": Rule.EXACT * 2,
        "co.uk": Rule.EXACT * 2,
        "ck": Rule.WILDCARD * 2,
        "www.ck": Rule.EXCEPTION * 2,
        "рф": Rule.EXACT * 2,
        "xn--p1ai": Rule.EXACT * 2,
        "duckdns.org": Rule.EXACT * 2 + 1,
        "hosted.example": Rule.WILDCARD * 2 + 1,
    }
    assert found.longest == 2
    assert found.date == "2026-01-02"


def test_the_packaged_list_is_whole_and_dated() -> None:
    assert len(suffixes().rules) > 9000
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", suffix_date())
    assert suffixes().date == suffix_date()


def test_a_list_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "list.dat"
    path.write_text("\n".join([LIST, *(f"s{n}.example" for n in range(1000))]), "utf-8")
    assert load_suffixes(path).rules["s999.example"] == Rule.EXACT * 2


@pytest.mark.parametrize("content", [b"", LIST.encode(), b"\xff\xfe", None])
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.dat"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TableError, match=r"list\.dat"):
        load_suffixes(path)


@given(lines=st.lists(st.text(max_size=40), max_size=20))
def test_any_text_can_be_read(lines: list[str]) -> None:
    read_suffixes(lines)
