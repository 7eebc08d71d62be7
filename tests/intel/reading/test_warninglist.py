from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intel.readers import SOME, counts, read, survives, taken


def listed(kind: str, *entries: Any) -> str:
    return json.dumps({"name": "a list", "type": kind, "version": 1, "list": entries})


@pytest.mark.parametrize(
    ("kind", "entries", "expected"),
    [
        ("hostname", ["a.example", ".b.example"], ["domain a.example", "domain b.example"]),
        ("string", ["a.example", "9.9.9.9"], ["host a.example", "address 9.9.9.9"]),
        ("cidr", ["9.9.9.0/24", "8.8.8.8"], ["network 9.9.9.0/24", "address 8.8.8.8"]),
        ("regex", ["^a"], []),
        ("substring", ["a.example"], []),
    ],
)
def test_lists_are_read_by_their_type(kind: str, entries: list[str], expected: list[str]) -> None:
    assert taken(listed(kind, *entries)) == expected


def test_what_is_passed_over_is_counted() -> None:
    assert counts(read(listed("regex", "^a", "^b")).tally) == {
        "an entry of a list of another type": 2
    }
    assert counts(read(listed("string", 5, "com")).tally) == {
        "an entry that is no text": 1,
        "a single label": 1,
    }


def test_every_entry_says_which_list_it_is_of() -> None:
    assert read(listed("hostname", "a.example")).table["label"].to_pylist() == ["a list"]


@SOME
@given(st.lists(st.none() | st.text() | st.integers()), st.text())
def test_any_list_is_survived(entries: list[Any], kind: str) -> None:
    survives(listed(kind, *entries).encode())
