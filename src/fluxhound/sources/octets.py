"""Questions about the bytes behind a column of text, answered without touching its values.

Looking at the bytes once is an order of magnitude cheaper than asking a kernel about each value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Octets = NDArray[np.uint8]


def octets(text: pa.Array) -> Octets:
    """Return the bytes of all values of *text* (a ``string`` array), one after the other."""
    offsets, content = _parts(text)
    if content is None or len(offsets) == 0:
        return np.empty(0, np.uint8)
    return content[offsets[0] : offsets[-1]]


def last_octets(text: pa.Array) -> Octets:
    """Return the last byte of each value; 0 for what is empty or null."""
    offsets, content = _parts(text)
    if content is None or len(content) == 0:
        return np.zeros(len(text), np.uint8)
    empty = offsets[1:] == offsets[:-1]
    return np.where(empty, 0, content[np.maximum(offsets[1:] - 1, 0)])


def lengths(text: pa.Array) -> NDArray[np.int32]:
    """Return the length of each value in bytes; 0 for null."""
    offsets, _ = _parts(text)
    return np.diff(offsets)


def truth(array: pa.BooleanArray) -> NDArray[np.bool_]:
    """Return a boolean array without nulls as numpy has it.

    Arrow's own conversion looks for pandas at each call, which costs more than the conversion.
    """
    bits = array.buffers()[1]
    if bits is None or not len(array):
        return np.zeros(len(array), bool)
    packed = np.frombuffer(bits, np.uint8)[: (array.offset + len(array) + 7) // 8]
    return np.unpackbits(packed, bitorder="little")[
        array.offset : array.offset + len(array)
    ].astype(bool)


def marks(mask: NDArray[np.bool_]) -> pa.BooleanArray:
    """Return numpy's booleans as an Arrow array; the reverse of ``truth``, and why is the same."""
    packed = pa.py_buffer(np.packbits(mask, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, packed])


def column(values: NDArray[Any]) -> pa.Array:
    """Return numbers as an Arrow array that shares their memory; why is as for ``truth``."""
    kept = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(kept.dtype)
    return pa.Array.from_buffers(kind, len(kept), [None, pa.py_buffer(kept)])


def numbers(encoded: pa.DictionaryArray) -> NDArray[np.int64]:
    """Return which value of the dictionary each value without null is."""
    indices = encoded.indices
    every = np.frombuffer(indices.buffers()[1], np.int32)
    return every[indices.offset : indices.offset + len(indices)].astype(np.int64)


def texts(values: Sequence[bytes]) -> pa.StringArray:
    """Return a few texts in UTF-8 as an Arrow array."""
    ends = np.cumsum([0, *map(len, values)]).astype(np.int32)
    buffers = [pa.py_buffer(ends), pa.py_buffer(b"".join(values))]
    return pa.StringArray.from_buffers(len(values), *buffers)


def cells(octets: Octets, at: NDArray[np.int64], kind: np.dtype[np.void]) -> NDArray[np.void]:
    """Return what lies at the places *at*, in the layout *kind*."""
    size = kind.itemsize
    every = np.ndarray((len(octets) - size + 1,), f"V{size}", octets, strides=(1,))
    return every[at].view(kind)


def _parts(text: pa.Array) -> tuple[NDArray[np.int32], Octets | None]:
    _, offsets, content = text.buffers()
    if offsets is None:
        return np.zeros(len(text) + 1, np.int32), None
    places = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    return places, None if content is None else np.frombuffer(content, np.uint8)
