from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.octets import (
    cells,
    column,
    last_octets,
    lengths,
    marks,
    numbers,
    octets,
    texts,
    truth,
)

TEXTS = st.lists(st.none() | st.text(max_size=8), max_size=20)
FLAGS = st.lists(st.booleans(), max_size=40)


@given(texts=TEXTS, start=st.integers(0, 5))
def test_bytes_are_those_of_the_values(texts: list[str | None], start: int) -> None:
    array = pa.array(texts, pa.string()).slice(start)
    values = [(text or "").encode() for text in texts[start:]]
    assert octets(array).tobytes() == b"".join(values)
    assert lengths(array).tolist() == [len(value) for value in values]
    assert last_octets(array).tolist() == [value[-1] if value else 0 for value in values]


@given(flags=FLAGS, start=st.integers(0, 9))
def test_booleans_go_both_ways(flags: list[bool], start: int) -> None:
    array = pa.array(flags, pa.bool_()).slice(start)
    assert truth(array).tolist() == flags[start:]
    assert marks(np.array(flags, bool)).to_pylist() == flags


def test_what_is_null_throughout_has_no_bytes() -> None:
    array = pa.nulls(3, pa.string())
    assert octets(array).tobytes() == b""
    assert last_octets(array).tolist() == [0, 0, 0]
    assert lengths(array).tolist() == [0, 0, 0]


def test_numbers_and_texts_without_a_look_for_pandas() -> None:
    assert column(np.array([3, 1])[::-1]).to_pylist() == [1, 3]
    assert column(np.array([], np.float64)).type == pa.float64()
    encoded = pa.array(["b", "a", "b"]).dictionary_encode()
    assert numbers(encoded).tolist() == [0, 1, 0]
    assert numbers(encoded[1:]).tolist() == [1, 0]
    assert texts([b"a", b"", "\u00e9".encode()]).to_pylist() == ["a", "", "\u00e9"]
    assert texts([]).to_pylist() == []


def test_cells_lie_anywhere() -> None:
    content = np.frombuffer(b"\0\1\2\3\4\5", np.uint8)
    found = cells(content, np.array([1, 3, 0]), np.dtype([("low", "u1"), ("word", ">u2")]))
    assert found["low"].tolist() == [1, 3, 0]
    assert found["word"].tolist() == [0x0203, 0x0405, 0x0102]
