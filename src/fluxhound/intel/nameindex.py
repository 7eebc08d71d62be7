"""Names among many indicators: exactly, or below one of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fluxhound.intel.hashing import Hasher, Numbers, Places, Texts, texts_of
from fluxhound.intel.index import Index, index_of

#: Bytes that are compared at once. Chosen.
COMPARED_BYTES = 1 << 22

Mask = npt.NDArray[np.bool_]


class NameIndex:
    """Names of indicators: some match themselves, some what is below them, some both."""

    def __init__(
        self, names: pa.Array, owners: Places, itself: Mask, below: Mask, hasher: Hasher
    ) -> None:
        """Take *names* with their owners (rows of indicators), and what each of them covers."""
        self._texts = texts_of(names)
        self._owners = owners
        self._hasher = hasher
        hashes = hasher.wholes(self._texts)
        self._itself = _chosen(hashes, itself)
        self._below = _chosen(hashes, below)

    def find(self, names: pa.Array) -> tuple[Places, Places, Places, Mask]:
        """Return rows of *names*, owners, matched lengths, and whether the whole name matched."""
        parts = list(self._found(texts_of(names)))
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return none, none, none, np.zeros(0, dtype=np.bool_)
        rows, places, lengths, wholes = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        return rows, self._owners[places], lengths, wholes

    def _found(self, wanted: Texts) -> Iterator[tuple[Places, Places, Places, Mask]]:
        for endings in self._hasher.endings(wanted):
            for index, chosen in ((self._itself, endings.whole), (self._below, ~endings.whole)):
                picked = np.flatnonzero(chosen)
                at, place = index.find(endings.hash[picked])
                row, start, end = (c[picked[at]] for c in (endings.row, endings.start, endings.end))
                kept = np.flatnonzero(equal_texts(wanted, start, end, self._texts, place))
                whole = np.full(len(kept), index is self._itself)
                yield row[kept], place[kept], (end - start)[kept], whole


def _chosen(hashes: Numbers, chosen: Mask) -> Index:
    places = np.flatnonzero(chosen)
    return index_of(hashes[places], places)


def equal_texts(wanted: Texts, start: Places, end: Places, texts: Texts, place: Places) -> Mask:
    """Tell for each pair whether the stretch of *wanted* is the text at *place*."""
    length = end - start
    same: Mask = length == texts.ends[place] - texts.starts[place]
    candidates = np.flatnonzero(same)
    at = 0
    while at < len(candidates):
        sizes = length[candidates[at:]]
        count = max(int(np.searchsorted(np.cumsum(sizes), COMPARED_BYTES)), 1)
        some = candidates[at : at + count]
        ours = _stretches(wanted.octets, start[some], length[some])
        theirs = _stretches(texts.octets, texts.starts[place[some]], length[some])
        differing = np.add.reduceat(ours != theirs, _begins(length[some])) if len(ours) else 0
        same[some] = differing == 0
        at += count
    return same


def _stretches(
    octets: npt.NDArray[np.uint8], start: Places, length: Places
) -> npt.NDArray[np.uint8]:
    """Return the bytes of several stretches, one behind the other."""
    total = int(length.sum())
    within = np.arange(total) - np.repeat(_begins(length), length)
    gathered: npt.NDArray[np.uint8] = octets[np.repeat(start, length) + within]
    return gathered


def _begins(length: Places) -> Places:
    begins: Places = np.concatenate([[0], np.cumsum(length)[:-1]]).astype(np.int64)
    return begins
