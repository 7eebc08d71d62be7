from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.presentation import escaped, joined, presented


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.example", "a.example"),
        ("a\\x2cb", "a\\044b"),
        ("a\\x41", "aA"),
        ("a\\x2eb", "a\\.b"),
        ("a\\x5cb", "a\\\\b"),
        ("a b,c\x00\x7f", "a\\032b\\044c\\000\\127"),
        ("a\\", "a\\\\"),
        ("a\\\\", "a\\\\"),
        ("m\u00fcller.example", "m\u00fcller.example"),
        ("a\\046b", "a\\046b"),
    ],
)
def test_escapes(name: str, shown: str) -> None:
    assert escaped(name) == shown
    assert presented(pa.array([name, "x"])).to_pylist() == [shown, "x"]


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), min_size=1, max_size=5))
def test_lists_can_be_split_again(lists: list[list[str]]) -> None:
    texts = joined(pa.array(lists, pa.list_(pa.string()))).to_pylist()
    assert [text.split(",") for text in texts] == [[escaped(n) for n in names] for names in lists]


@given(st.text())
def test_escaping_twice_changes_nothing(name: str) -> None:
    once = escaped(name)
    assert "," not in once
    assert " " not in once
    if "\\x" not in once:
        assert escaped(once) == once
