"""Columns of text and of octets, built whole: no value is touched by Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.sources.octets import octets, truth

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Octets = NDArray[np.uint8]
Times = NDArray[np.float64]

MICRO = 1_000_000
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_JSON_CONTROL = 0x20  # RFC 8259 section 7: characters below it are escaped


def joined(*pieces: pa.Array | str) -> pa.StringArray:
    """Return the pieces of each row as one text; a constant piece stands in every row."""
    return pc.binary_join_element_wise(*pieces, "")


def content(texts: pa.Array) -> memoryview:
    """Return all values of a text or binary array, one after the other, without a copy."""
    offsets = texts.buffers()[1]
    if offsets is None or not len(texts) or texts.buffers()[2] is None:
        return memoryview(b"")
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(texts.buffers()[2])[int(places[0]) : int(places[-1])]


def fixed(characters: Octets) -> pa.StringArray:
    """Return a text column from a (rows, width) array of ASCII characters."""
    count, width = characters.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    buffers = [pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(characters))]
    return pa.StringArray.from_buffers(count, *buffers)


def binary(characters: Octets, sizes: Ints) -> pa.Array:
    """Return a binary column from its octets and the size of each value."""
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(characters))]
    return pa.Array.from_buffers(pa.binary(), len(sizes), buffers)


def numbers(values: NDArray[np.int64] | NDArray[np.uint64]) -> pa.StringArray:
    """Return whole numbers as text."""
    return pa.array(values).cast(pa.string())


def micros(times: Times) -> Ints:
    """Return seconds as the nearest whole microseconds."""
    return np.rint(times * MICRO).astype(np.int64)


def decimal_seconds(times: Times) -> pa.StringArray:
    """Return seconds with six decimals, as Zeek writes them."""
    whole, part = np.divmod(micros(times), MICRO)
    padded = octets(numbers(part + MICRO)).reshape(-1, 7).copy()
    padded[:, 0] = ord(".")
    return joined(numbers(whole), fixed(padded))


def calendar_times(times: Times) -> pa.StringArray:
    """Return epoch seconds as Suricata writes them: 2026-11-02T00:00:00.123456+0000."""
    text = pa.array(micros(times)).cast(pa.timestamp("us")).cast(pa.string())
    return joined(pc.replace_substring(text, " ", "T", max_replacements=1), "+0000")


def json_text(texts: pa.StringArray) -> pa.StringArray:
    """Return texts with what JSON does not allow in a string escaped, without the quotes."""
    found = octets(texts)
    odd = (found < _JSON_CONTROL).any() or (found == _QUOTE).any() or (found == _BACKSLASH).any()
    if not odd:
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    texts = pc.replace_substring(texts, '"', '\\"')
    for control in np.unique(found[found < _JSON_CONTROL]).tolist():
        texts = pc.replace_substring(texts, chr(control), f"\\u{control:04x}")
    return texts


def json_or_null(texts: pa.StringArray) -> pa.StringArray:
    """Return texts as JSON strings with their quotes, and ``null`` for null."""
    return pc.fill_null(joined('"', json_text(texts), '"'), "null")


def repeated(text: pa.StringArray, counts: Ints, separator: str) -> pa.StringArray:
    """Return each text *counts* times (at least once), parted by *separator*."""
    more = pc.binary_repeat(joined(separator, text), pa.array(counts - 1))
    return joined(text, more)


def grouped(values: pa.Array, counts: Ints, separator: str) -> pa.StringArray:
    """Return runs of *values*, *counts* long, joined by *separator*; "" for runs of none."""
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), values), separator)


def within(counts: Ints) -> Ints:
    """Return the place of each value in its run, for runs of *counts* values."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)


def contains(texts: pa.Array, piece: str) -> Mask:
    """Tell which texts hold *piece*; null holds nothing."""
    return truth(pc.fill_null(pc.match_substring(texts, piece), False))
