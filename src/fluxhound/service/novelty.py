"""What was seen before, as bounded tables of 64-bit hashes that are asked in columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Slots of a table at first, as a power of two.
_FIRST_BITS = 12
#: A table is doubled from this load on: probes stay short. Chosen (Knuth, TAOCP 3, section 6.4:
#: some 1.5 probes for a hit at 0.6 with linear probing).
_LOAD = 0.6
#: 2^64 divided by the golden ratio: spreads keys over slots (Fibonacci hashing, same section).
_SPREAD = np.uint64(0x9E37_79B9_7F4A_7C15)
_NOTHING = np.uint64(0)


class KeyTable:
    """Keys with their numbers, 0, 1, 2 ... in order of arrival: open addressing in numpy."""

    def __init__(self, *, numbered: bool = True) -> None:
        """Begin without keys; without numbers it is a set."""
        self._bits = _FIRST_BITS
        self._numbered = numbered
        self._count = 0
        self._clear()

    def _clear(self) -> None:
        self._slots = np.zeros(1 << self._bits, dtype=np.uint64)
        self._numbers = np.zeros(len(self._slots) if self._numbered else 0, dtype=np.int32)

    def __len__(self) -> int:
        """Return the number of keys."""
        return self._count

    @property
    def octets(self) -> int:
        """Return the memory of the table in bytes."""
        return self._slots.nbytes + self._numbers.nbytes

    def find(self, keys: Keys) -> Ints:
        """Return the number of each key, -1 where it is not known."""
        places, known = self._search(keys)
        return np.where(known, self._numbers[places], -1).astype(np.int64)

    def holds(self, keys: Keys) -> Mask:
        """Tell which *keys* are known."""
        return self._search(keys)[1]

    def _search(self, keys: Keys) -> tuple[Ints, Mask]:
        """Return the slot where each key is, or would be, and whether it is there."""
        keys = _nonzero(keys)
        places = self._places(keys)
        waiting = np.arange(len(keys))
        mask = len(self._slots) - 1
        while waiting.size:
            found = self._slots[places[waiting]]
            waiting = waiting[(found != keys[waiting]) & (found != _NOTHING)]
            places[waiting] = (places[waiting] + 1) & mask
        return places, self._slots[places] == keys

    def add(self, keys: Keys) -> Ints:
        """Add *keys*, all different and none of them known; return their numbers."""
        numbers = np.arange(self._count, self._count + len(keys))
        wanted = self._count + len(keys)
        if wanted > _LOAD * len(self._slots):
            self._grow(wanted)
        self._put(_nonzero(keys), numbers.astype(np.int32))
        self._count = wanted
        return numbers

    def _grow(self, wanted: int) -> None:
        held = self._slots != _NOTHING
        keys = self._slots[held]
        numbers = self._numbers[held] if self._numbered else self._numbers
        while wanted > _LOAD * (1 << self._bits):
            self._bits += 1
        self._clear()
        self._put(keys, numbers)

    def _put(self, keys: Keys, numbers: NDArray[np.int32]) -> None:
        places = self._places(keys)
        waiting = np.arange(len(keys))
        mask = len(self._slots) - 1
        while waiting.size:
            at = places[waiting]
            free = self._slots[at] == _NOTHING
            self._slots[at[free]] = keys[waiting[free]]  # of several, the last one stays
            won = self._slots[at] == keys[waiting]
            if self._numbered:
                self._numbers[at[won]] = numbers[waiting[won]]
            waiting = waiting[~won]
            places[waiting] = (places[waiting] + 1) & mask

    def _places(self, keys: Keys) -> Ints:
        return ((keys * _SPREAD) >> np.uint64(64 - self._bits)).astype(np.int64)


class Novelty:
    """A set of at most *most* keys, in two generations: the older one is dropped when it is full.

    A key that is asked for stays: it moves into the younger generation.
    """

    def __init__(self, most: int) -> None:
        """Hold at most *most* keys."""
        self._most = max(2, most)
        self._young, self._old = KeyTable(numbered=False), KeyTable(numbered=False)

    def __len__(self) -> int:
        """Return the number of keys that are held; some may be counted twice."""
        return len(self._young) + len(self._old)

    @property
    def octets(self) -> int:
        """Return the memory of the set in bytes."""
        return self._young.octets + self._old.octets

    def fresh(self, keys: Keys) -> Mask:
        """Tell which *keys* are new, the first of equal ones, and hold them all from now on."""
        result = np.zeros(len(keys), dtype=bool)
        young = self._young.holds(keys)
        if young.all():
            return result
        rest = np.flatnonzero(~young)
        distinct, first = np.unique(keys[rest], return_index=True)
        result[rest[first[~self._old.holds(distinct)]]] = True
        for start in range(0, len(distinct), self._most // 2):
            some = distinct[start : start + self._most // 2]
            if len(self._young) + len(some) > self._most // 2:
                self._old, self._young = self._young, KeyTable(numbered=False)
            self._young.add(some)
        return result

    def holds(self, keys: Keys) -> Mask:
        """Tell which *keys* are held, and leave them where they are."""
        found: Mask = (self._young.holds(keys)) | (self._old.holds(keys))
        return found


def _nonzero(keys: Keys) -> Keys:
    """Return *keys* with 0, which marks a free slot, told as 1."""
    return np.maximum(keys, np.uint64(1))


def mixed(one: Keys, other: Keys) -> Keys:
    """Return one key for each pair (the finaliser of splitmix64, Steele et al. 2014)."""
    z: Keys = one * _SPREAD + other
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return z ^ (z >> np.uint64(31))
