"""Positions as text, and how many messages to ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import StoreError
from fluxhound.sources.feed import PORTION_BYTES, Stride, position_fields, written


@given(st.text(max_size=20), st.integers(0, 2**63 - 1))
def test_a_position_is_read_as_it_was_written(name: str, number: int) -> None:
    position = written(stream=name, sequence=number)
    fields = position_fields(position, stream=str, sequence=int)
    assert fields == {"stream": name, "sequence": number}


@given(st.text(max_size=40))
def test_any_text_is_a_position_or_told(text: str) -> None:
    try:
        told = position_fields(text, id=str)["id"]
    except StoreError as error:
        told = str(error)
        assert told.isprintable()
    assert isinstance(told, str)


@pytest.mark.parametrize("text", ['{"n":true}', '{"n":"1"}', "{}", "null", "[]"])
def test_fields_must_have_their_type(text: str) -> None:
    with pytest.raises(StoreError, match="another name"):
        position_fields(text, n=int)


def test_the_stride_grows_with_small_messages_and_shrinks_with_large_ones() -> None:
    stride = Stride(1000)
    counts = []
    for _ in range(4):
        stride.learn(100 * stride.count, stride.count)
        counts.append(stride.count)
    assert counts == [512, 1000, 1000, 1000]
    for _ in range(12):
        stride.learn(PORTION_BYTES + 1, stride.count)
    assert stride.count == 1
    stride.learn(PORTION_BYTES // 2, 1)
    assert stride.count == 1
