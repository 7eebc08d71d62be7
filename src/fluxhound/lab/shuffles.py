"""Orders of slots in which none comes twice: one for each draw, computed where asked for."""

from __future__ import annotations

import functools

import numpy as np

from fluxhound.lab.dice import U64, Ints, below, key, mix, primes, then
from fluxhound.lab.plans import MOST_SLOTS

#: Up to this many slots the orders are drawn from whole permutations made beforehand.
_FEW = 64
#: Permutations made for each number of slots; each is turned around the circle by the draw as well.
_ROWS = 1_024

_SHUFFLE = key("shuffles")


class Order:
    """For each row an order of the slots [first, first + count) that looks random.

    A permutation of the first 64 numbers is followed, for more slots, by an affine map modulo a
    prime, walked until it falls below *count* (cycle walking: Black and Rogaway, CT-RSA 2002).
    """

    def __init__(self, draw: U64, first: Ints, count: Ints) -> None:
        h = then(mix(draw), _SHUFFLE)
        few = count <= _FEW
        self.first, self.count = first, count
        self._size = np.minimum(count, _FEW)
        self._row = _begins()[self._size] + below(h, _ROWS) * self._size
        self._modulus = np.where(few, count, _moduli(count))
        self._shift = below(h << np.uint64(32), self._modulus)
        self._factor = np.where(few, 1, 1 + below(then(h, 1), np.maximum(self._modulus - 1, 1)))

    def slot(self, row: Ints, number: Ints) -> Ints:
        """Return the slot with a *number* (below the count) in the order of its row."""
        size, modulus, count = self._size[row], self._modulus[row], self.count[row]
        place = np.where(number < size, number, 0)
        place = _permutations().take(self._row[row] + place).astype(np.int64)
        place = np.where(number < size, place, number)
        factor, shift = self._factor[row], self._shift[row]
        found = np.asarray((shift + factor * place) % modulus)
        while (beyond := found >= count).any():
            found = np.where(beyond, (shift + factor * found) % modulus, found)
        return np.asarray(self.first[row] + found)


def _moduli(count: Ints) -> Ints:
    """Return the smallest prime that is not below each count."""
    known = _primes()
    found: Ints = known[np.searchsorted(known, count)]
    return found


@functools.cache
def _primes() -> Ints:
    return primes(0, MOST_SLOTS + (1 << 10))


@functools.cache
def _begins() -> Ints:
    """Return where the permutations of each size up to 64 begin."""
    return np.cumsum(np.arange(_FEW + 1)) * _ROWS - np.arange(_FEW + 1) * _ROWS


@functools.cache
def _permutations() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return permutations of 1 to 64 numbers, the rows of one size after those of the last."""
    tables = []
    for size in range(1, _FEW + 1):
        h = mix(_SHUFFLE, size, np.arange(_ROWS)[:, None], np.arange(size))
        tables.append(np.argsort(h, axis=1).astype(np.uint8).ravel())
    return np.concatenate(tables)
