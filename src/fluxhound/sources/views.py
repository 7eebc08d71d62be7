"""Texts as sixteen octets each, standing where they were read: Arrow's string views, in numpy.

A view holds the length of its text and either the text itself, up to twelve octets, or its first
four octets, a number of a buffer, and a place in it (Arrow columnar format, "Variable-size Binary
View Layout"). Views are made and compared without moving the texts, which is what costs.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Octets = NDArray[np.uint8]
Places = NDArray[np.int64]
#: Shape (n, 2): length and first four octets, then the other eight octets or buffer and place.
Views = NDArray[np.uint64]

INLINE = 12
#: Masks that keep the first octets of a view or a word, by how many.
_KEPT = np.where(np.arange(INLINE) < np.arange(INLINE + 1)[:, None], 0xFF, 0).astype(np.uint8)
_KEEP_INLINE = _KEPT.view(f"V{INLINE}").ravel()
_KEEP_WORD = np.ascontiguousarray(_KEPT[:9, :8]).view(np.uint64).ravel()


def windows(content: Octets, starts: Places, width: int) -> NDArray[np.void]:
    """Return the *width* octets of *content* from each of *starts* on; zeros beyond its end."""
    last = len(content) - width
    if len(starts) and int(starts.max()) > last:
        return _windows_at_the_end(content, starts, width)
    return _sliding(content, width)[starts]


def _sliding(content: Octets, width: int) -> NDArray[np.void]:
    return np.ndarray((max(len(content) - width + 1, 0),), f"V{width}", content, strides=(1,))


def _windows_at_the_end(content: Octets, starts: Places, width: int) -> NDArray[np.void]:
    found = np.zeros(len(starts), f"V{width}")
    whole = starts <= len(content) - width
    found[whole] = _sliding(content, width)[starts[whole]]
    edge = max(len(content) - width, 0)
    tail = np.concatenate([content[edge:], np.zeros(2 * width, np.uint8)])
    found[~whole] = _sliding(tail, width)[starts[~whole] - edge]
    return found


def words(content: Octets, starts: Places, lengths: Places) -> NDArray[np.uint64]:
    """Return the first eight octets of each text as a number, padded with zeros."""
    found = windows(content, starts, 8).view(np.uint64)
    found &= _KEEP_WORD[np.minimum(lengths, 8)]
    return found


def word(text: str) -> int:
    """Return what ``words`` gives for *text*, which has at most eight octets."""
    return int.from_bytes(text.encode(), "little")


def views(content: Octets, starts: Places, lengths: Places, *, buffer: int = 0) -> Views:
    """Return a view of each text of *content*, which will be number *buffer*."""
    found = np.empty((len(starts), 4), np.uint32)
    found[:, 0] = lengths
    first = windows(content, starts, INLINE).view(np.uint32).reshape(-1, 3)
    kept = _KEEP_INLINE[np.minimum(lengths, INLINE)].view(np.uint32).reshape(-1, 3)
    np.bitwise_and(first, kept, out=found[:, 1:])
    longer = lengths > INLINE
    np.copyto(found[:, 2], np.uint32(buffer), where=longer)
    np.copyto(found[:, 3], starts, where=longer, casting="unsafe")
    return found.view(np.uint64)


def constant(text: str, count: int) -> Views:
    """Return *count* views of a text of at most ``INLINE`` octets."""
    octets = text.encode()
    whole = len(octets).to_bytes(4, "little") + octets.ljust(INLINE, b"\0")
    return np.broadcast_to(np.frombuffer(whole, np.uint64), (count, 2)).copy()


def column(found: Views, contents: list[pa.Buffer], valid: pa.Buffer | None = None) -> pa.Array:
    """Return *found* as an Arrow array of text over its *contents*."""
    held = pa.py_buffer(np.ascontiguousarray(found))
    return pa.Array.from_buffers(pa.string_view(), len(found), [valid, held, *contents])


#: Bits that are looked at in one step: what is left of a word of 64 when it begins within an octet.
_STEP = 56


def any_within(marked: NDArray[np.bool_], starts: Places, lengths: Places) -> bool:
    """Tell whether an octet of a text is *marked*; there is one mark for each octet.

    The marks are packed into bits, so that one look tells of 56 octets.
    """
    bits = np.packbits(marked, bitorder="little")
    at, left = starts, lengths
    while len(left):
        found = windows(bits, at >> 3, 8).view(np.uint64)
        found >>= (at & 7).astype(np.uint64)
        found &= _LOW_BITS[np.minimum(left, _STEP)]
        if found.any():
            return True
        more = np.flatnonzero(left > _STEP)
        at, left = at[more] + _STEP, left[more] - _STEP
    return False


_LOW_BITS = np.array([(1 << count) - 1 for count in range(_STEP + 1)], np.uint64)
