"""The text of many names together, in presentation form, for names that are plain.

A name is plain if each of its octets stands for itself in its text (``wire``). Which others there
are is told; their messages are for ``wire`` to read.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources.labels import Ints, Labels, Mask
from fluxhound.sources.octets import Octets, column, lengths, octets
from fluxhound.sources.sections import Names

#: Pointers followed for one name: an encoder that shares what it can needs three or four.
HOPS = 6
TEXT_OCTETS = 253  # of a name of 255 octets, without the first length and the root
_INLINE = 12  # octets that Arrow's views hold themselves
_FIRST, _COUNT = np.uint8(0x21), 0x5E  # octets that can be seen
_COMMA, _BACKSLASH = ord(","), ord("\\")
_A, _LETTERS, _CASE = np.uint8(ord("A")), 26, np.uint8(0x20)


def texts(labels: Labels, names: Names, base: Ints, end: Ints) -> tuple[pa.StringArray, Mask]:
    """Return the text of each of the *names*, and which of them are plain.

    Messages begin at *base* and end at *end*.
    """
    pointing = names.suffix >= 0
    found = pieces(labels.dotted, names.at + 1, names.stop + pointing)
    sound = np.ones(len(found), bool)
    some = np.flatnonzero(pointing)
    if len(some):
        where = names.message[some]
        tails, sound[some] = _tails(labels, names.suffix[some], base[where], end[where])
        joined = pc.binary_join_element_wise(found.take(column(some)), *tails, b"")
        place = np.arange(len(found))
        place[some] = len(found) + np.arange(len(some))
        found = pa.concat_arrays([found, joined]).take(column(place))
    text = found.view(pa.string())
    size = lengths(text)
    return text, sound & (size <= TEXT_OCTETS) & (size > 0) & _plain(text)


def lowered(text: pa.StringArray) -> pa.StringArray:
    """Return names in ASCII without their case."""
    content = octets(text)
    capital = content - _A < _LETTERS
    if not capital.any():
        return text
    lower = pa.py_buffer(content | capital * _CASE)
    return pa.StringArray.from_buffers(len(text), text.buffers()[1], lower)


def pieces(source: Octets, start: Ints, end: Ints) -> pa.BinaryArray:
    """Return the octets of *source* from each *start* to its *end*, which follow in any order.

    So many octets as a view holds itself must follow the last *start*. Arrow believes what it is
    told of lengths, so they are bounded here.
    """
    count = len(start)
    every = np.ndarray((len(source) - _INLINE + 1,), f"V{_INLINE}", source, strides=(1,))
    views = np.empty((count, 4), np.int32)
    size = np.minimum(end, len(source)) - start
    np.maximum(size, 0, out=size)
    views[:, 0] = size
    views[:, 1:] = every[start].view(np.int32).reshape(count, 3)
    long = size > _INLINE
    views[:, 2] *= ~long
    np.copyto(views[:, 3], start, casting="unsafe", where=long)
    buffers = [None, pa.py_buffer(views), pa.py_buffer(source)]
    return pa.Array.from_buffers(pa.binary_view(), count, buffers).cast(pa.binary())


def _tails(labels: Labels, at: Ints, base: Ints, end: Ints) -> tuple[list[pa.BinaryArray], Mask]:
    """Return what the names at the places *at* are made of, piece by piece, and which are sound."""
    found: list[pa.BinaryArray] = []
    sound = np.ones(len(at), bool)
    for _ in range(HOPS):
        walk = labels.walk(at, base, end, note=False)
        sound &= walk.sound
        more = (walk.suffix >= 0) & walk.sound
        stop = np.where(walk.sound, walk.stop + more, at + 1)
        found.append(
            pieces(labels.dotted, np.where(at >= 0, at + 1, 0), np.where(at >= 0, stop, 0))
        )
        if not more.any():
            return found, sound
        at = np.where(more, walk.suffix, -1)
    return found, sound & ~more


def _plain(text: pa.StringArray) -> Mask:
    """Tell which values hold nothing but octets that stand for themselves, and dots."""
    content = octets(text)
    strange = (content - _FIRST >= _COUNT) | (content == _COMMA) | (content == _BACKSLASH)
    plain = np.ones(len(text), bool)
    if strange.any():
        ends = np.frombuffer(text.buffers()[1], np.int32)[1 : len(text) + 1]
        plain[np.searchsorted(ends, np.flatnonzero(strange), side="right")] = False
    return plain
