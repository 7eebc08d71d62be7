from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.views import any_within, column, constant, views, windows, word, words

TEXTS = st.lists(st.text(st.characters(codec="ascii"), max_size=80), min_size=1, max_size=20)


def places(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the octets of *texts* one after the other, with their starts and lengths."""
    lengths = np.array([len(text) for text in texts], np.int64)
    return (
        np.frombuffer("".join(texts).encode(), np.uint8),
        np.cumsum(lengths) - lengths,
        lengths,
    )


@given(TEXTS)
def test_views_are_arrows(texts: list[str]) -> None:
    content, starts, lengths = places(texts)
    array = column(views(content, starts, lengths), [pa.py_buffer(content.tobytes())])
    array.validate(full=True)
    assert array.to_pylist() == texts
    assert array.equals(pa.array(texts, pa.string_view()))


@given(TEXTS)
def test_words_are_the_first_octets(texts: list[str]) -> None:
    assert words(*places(texts)).tolist() == [word(text[:8]) for text in texts]


@given(st.binary(max_size=100), st.lists(st.integers(0, 100), max_size=10), st.integers(1, 40))
def test_windows_are_filled_up_with_zeros(octets: bytes, starts: list[int], width: int) -> None:
    within = np.array([min(start, len(octets)) for start in starts], np.int64)
    found = windows(np.frombuffer(octets, np.uint8), within, width)
    expected = [octets[at : at + width].ljust(width, b"\0") for at in within]
    assert [each.tobytes() for each in found] == expected


@given(TEXTS)
def test_marks_within_texts_are_found(texts: list[str]) -> None:
    content, starts, lengths = places(texts)
    for kept in (slice(None), slice(1, None), slice(None, None, 2)):
        found = any_within(content == ord("A"), starts[kept], lengths[kept])
        assert found == any("A" in text for text in texts[kept])


@pytest.mark.parametrize("text", ["", "A", "AAAA", "x" * 12])
def test_constants(text: str) -> None:
    assert column(constant(text, 3), []).to_pylist() == [text] * 3
