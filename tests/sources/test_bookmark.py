"""Positions survive as text, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import UnreadableInputError
from fluxhound.sources.bookmark import Bookmark, Position, digest, position, signature

NUMBER = st.integers(0, 2**63)
TEXT = st.text(max_size=50)
MARKS = st.builds(
    Bookmark,
    file=TEXT,
    device=NUMBER,
    inode=NUMBER,
    changed=NUMBER,
    offset=NUMBER,
    beginning=TEXT,
    end=TEXT,
    format=TEXT,
    header=st.binary(max_size=100).map(lambda octets: octets.decode("latin-1")),
    done=TEXT,
)


@given(marks=st.dictionaries(TEXT, MARKS, max_size=3), left_out=NUMBER)
def test_positions_survive_as_text(marks: dict[str, Bookmark], left_out: int) -> None:
    whole = Position(marks=marks, left_out=left_out)
    assert position(whole.text(), "log") == whole
    assert whole.text().isascii()


def test_names_of_files_need_not_be_utf8() -> None:
    mark = Bookmark(file="caf\udce9.log", changed=1)
    assert position(Position(marks={"\udcff": mark}).text(), "log").marks == {"\udcff": mark}


@given(text=st.text() | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInputError, match="another name"):
        position(text, "log")


GOOD = json.loads(Position(marks={"a": Bookmark(file="a", changed=1)}).text())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("offset", -1),
        ("offset", "1"),
        ("inode", 2**70),
        ("changed", True),
        ("file", None),
        ("header", "\u20ac"),
        ("header", "x" * 1_000_000),
    ],
)
def test_values_out_of_bounds_are_refused(key: str, value: Any) -> None:
    wrong = {**GOOD, "files": {"a": {**GOOD["files"]["a"], key: value}}}
    with pytest.raises(UnreadableInputError):
        position(json.dumps(wrong), "log")


def test_another_version_is_refused() -> None:
    with pytest.raises(UnreadableInputError, match="another version"):
        position(json.dumps({**GOOD, "version": 2}), "log")


def test_content_is_told_apart() -> None:
    assert digest(b"a") != digest(b"b")
    assert signature(b"a" * 1024) == signature(b"a" * 5000)
    assert signature(b"a" * 1023) != signature(b"a" * 1024)
    assert Bookmark(file="", changed=0, offset=5).length == 5
    assert Bookmark(file="", changed=0, offset=5000).length == 1024
