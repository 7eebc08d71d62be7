"""Addresses among many indicators: exactly, or within a network of any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fluxhound.enrichment.addresses import keys
from fluxhound.intel.hashing import Numbers, Places, mixed
from fluxhound.intel.index import Index, index_of

#: Addresses that are Python objects at the same time. Chosen.
AT_ONCE = 100_000
IPV4, IPV6 = 4, 6
BITS = {IPV4: 32, IPV6: 128}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses as numbers: the family (0 for none) and two halves; IPv4 is a lower half."""

    family: npt.NDArray[np.int8]
    upper: Numbers
    lower: Numbers


def numbered(texts: pa.Array) -> Addresses:
    """Return a string column of addresses as numbers, a bounded number of objects at a time."""
    parts = [_numbered(texts.slice(at, AT_ONCE)) for at in range(0, max(len(texts), 1), AT_ONCE)]
    return Addresses(
        np.concatenate([part.family for part in parts]),
        np.concatenate([part.upper for part in parts]),
        np.concatenate([part.lower for part in parts]),
    )


def _numbered(texts: pa.Array) -> Addresses:
    found = keys(texts)
    ipv4 = found.family == IPV4
    return Addresses(found.family, found.upper, np.where(ipv4, found.host, found.lower))


@dataclass(frozen=True, slots=True)
class _Group:
    """The networks of one family and size."""

    family: int
    bits: int
    index: Index
    upper: Numbers  # of all networks, by place
    lower: Numbers


class NetworkIndex:
    """Addresses and networks of indicators, those of one size together."""

    def __init__(self, first: Addresses, bits: Places, owners: Places, salt: int) -> None:
        """Take first addresses, sizes in bits, and owners; *salt* keeps hashes from being chosen.

        An address is a network of 32 or 128 bits.
        """
        self._owners = owners
        self._salt = np.uint64(salt)
        self._groups = [
            self._group(first, bits, family, size)
            for family in (IPV4, IPV6)
            for size in np.unique(bits[first.family == family]).tolist()
        ]

    def _group(self, first: Addresses, bits: Places, family: int, size: int) -> _Group:
        places = np.flatnonzero((first.family == family) & (bits == size))
        upper, lower = masked(first.upper, first.lower, family, size)
        return _Group(
            family, size, index_of(self._hashes(upper[places], lower[places]), places), upper, lower
        )

    def _hashes(self, upper: Numbers, lower: Numbers) -> Numbers:
        return mixed(mixed(upper ^ self._salt) + lower)

    def find(self, addresses: Addresses) -> tuple[Places, Places, Places]:
        """Return rows of *addresses*, owners, and the size in bits of what matched."""
        parts = [self._find(group, addresses) for group in self._groups]
        none = np.zeros(0, dtype=np.int64)
        columns = zip(*parts, strict=True) if parts else [[none]] * 3
        row, place, size = (np.concatenate(list(column)) for column in columns)
        return row, self._owners[place], size

    def _find(self, group: _Group, addresses: Addresses) -> tuple[Places, Places, Places]:
        rows = np.flatnonzero(addresses.family == group.family)
        upper, lower = masked(
            addresses.upper[rows], addresses.lower[rows], group.family, group.bits
        )
        at, place = group.index.find(self._hashes(upper, lower))
        same = (upper[at] == group.upper[place]) & (lower[at] == group.lower[place])
        kept = np.flatnonzero(same)
        return rows[at[kept]], place[kept], np.full(len(kept), group.bits, dtype=np.int64)


def masked(upper: Numbers, lower: Numbers, family: int, bits: int) -> tuple[Numbers, Numbers]:
    """Return the first addresses of the networks of *bits* that addresses are in."""
    size = BITS[family]
    mask = ((1 << bits) - 1) << (size - bits)
    high, low = np.uint64(mask >> 64), np.uint64(mask & 0xFFFF_FFFF_FFFF_FFFF)
    return upper & high, lower & low
