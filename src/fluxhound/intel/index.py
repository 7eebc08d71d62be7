"""Sorted hashes with a filter before them: most of what is looked up is not there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxhound.intel.hashing import Numbers, Places

#: Bits of the filter for each entry, as a power of two: one miss in sixteen gets through. Chosen.
FILTER_SHIFT = 4
FEWEST_BITS, MOST_BITS = 10, 28


@dataclass(frozen=True, slots=True)
class Index:
    """Hashes in order, what each belongs to, and a bitmap of their first bits."""

    hashes: Numbers
    owners: Places
    bitmap: npt.NDArray[np.uint8]
    bits: int

    def find(self, wanted: Numbers) -> tuple[Places, Places]:
        """Return pairs (place in *wanted*, owner) whose hashes are equal; check their texts."""
        if not len(self.hashes):
            none = np.zeros(0, dtype=np.int64)
            return none, none
        likely = np.flatnonzero(self._passes(wanted))
        hashes = wanted[likely]
        low = np.searchsorted(self.hashes, hashes, side="left")
        high = np.searchsorted(self.hashes, hashes, side="right")
        return spread(likely, low, high, self.owners)

    def _passes(self, wanted: Numbers) -> npt.NDArray[np.bool_]:
        place = wanted >> np.uint64(64 - self.bits)
        octets = self.bitmap[(place >> np.uint64(3)).astype(np.int64)]
        passes: npt.NDArray[np.bool_] = (octets >> (place & np.uint64(7)).astype(np.uint8)) & 1 > 0
        return passes


def spread(wanted: Places, low: Places, high: Places, owners: Places) -> tuple[Places, Places]:
    """Return one pair for each owner between *low* and *high* of each wanted place."""
    counts = high - low
    repeated = np.repeat(wanted, counts)
    begins = np.repeat(low - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return repeated, owners[begins + np.arange(len(repeated))]


def index_of(hashes: Numbers, owners: Places) -> Index:
    """Return an index of *hashes*; the same may stand there several times."""
    order = np.argsort(hashes, kind="stable")
    entries = max(len(hashes), 1).bit_length()
    bits = min(max(entries + FILTER_SHIFT, FEWEST_BITS), MOST_BITS)
    flags = np.zeros(1 << bits, dtype=np.bool_)
    flags[(hashes >> np.uint64(64 - bits)).astype(np.int64)] = True
    return Index(hashes[order], owners[order], np.packbits(flags, bitorder="little"), bits)
