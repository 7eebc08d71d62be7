"""Sorted, disjoint ranges of addresses, each with one value, searched in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
UnsignedArray = npt.NDArray[np.unsignedinteger[Any]]

#: Bits of an address that the tables tell apart: all of IPv4, and of IPv6 the network half, because
#: the other half is the host's own choice (RFC 4291 section 2.5.1).
IPV4_BITS = 32
IPV6_BITS = 64


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where values begin: ``values[i]`` holds from ``starts[i]`` up to the next start.

    ``starts`` is strictly rising and its first element is 0; the value 0 means "nothing known".
    IPv4 addresses are unsigned 32-bit numbers, IPv6 addresses the upper 64 bits of theirs.
    """

    starts: UnsignedArray
    values: IntArray

    def at(self, keys: UnsignedArray) -> IntArray:
        """Return the value of each key, in the order of *keys*."""
        places = np.searchsorted(self.starts, keys.astype(self.starts.dtype), side="right") - 1
        found: IntArray = self.values[places].astype(np.int64)
        return found

    def __len__(self) -> int:
        """Return the number of stretches, those without a value included."""
        return len(self.starts)


def empty(bits: int) -> Ranges:
    """Return ranges that know nothing, for keys of 32 or 64 *bits*."""
    return Ranges(np.zeros(1, dtype=key_type(bits)), np.zeros(1, dtype=np.int64))


def key_type(bits: int) -> type[np.uint32 | np.uint64]:
    """Return the numpy type of keys of *bits* bits."""
    return np.uint32 if bits == IPV4_BITS else np.uint64


def flatten(rows: list[tuple[int, int, int]], bits: int) -> Ranges:
    """Return disjoint ranges from *rows* of (first, last, value), both ends included.

    Where rows overlap, the one that starts later wins, and of two that start together the shorter:
    the more specific network, as in routing. Rows may come in any order; values are 1 or more.
    """
    starts: list[int] = [0]
    values: list[int] = [0]
    open_rows: list[tuple[int, int]] = []  # (last, value) of rows around the present place

    def begin(start: int, value: int) -> None:
        if starts[-1] == start:
            starts.pop()
            values.pop()
        if not values or values[-1] != value:
            starts.append(start)
            values.append(value)

    def close_until(start: int | None) -> None:
        while open_rows and (start is None or open_rows[-1][0] < start):
            last, _ = open_rows.pop()
            while open_rows and open_rows[-1][0] <= last:
                open_rows.pop()
            if last + 1 < 1 << bits:
                begin(last + 1, open_rows[-1][1] if open_rows else 0)

    for first, last, value in sorted(rows, key=lambda row: (row[0], -row[1])):
        close_until(first)
        begin(first, value)
        open_rows.append((last, value))
    close_until(None)
    return Ranges(np.array(starts, dtype=key_type(bits)), np.array(values, dtype=np.int64))


def network_halves(first: int, last: int) -> tuple[int, int] | None:
    """Return the IPv6 range as upper halves, or None where it holds no first address of a /64.

    A /64 takes the value of its first address; smaller stretches cannot be told apart.
    """
    low = -(-first >> IPV6_BITS)
    high = last >> IPV6_BITS
    return (low, high) if low <= high else None
