"""The real Internet's address space, to draw made-up hosts from, and addresses as text."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.enrichment.kinds import KINDS, NetworkKind
from fluxhound.lab.dice import U64, Ints, Reals, below, key, mix, unit
from fluxhound.lab.space import KIND_COUNT, Space, open_space

IPv4 = npt.NDArray[np.uint32]

#: Private ranges that hostile answers are mixed with (RFC 1918, RFC 1122): first address and size.
_PRIVATE = (
    (0x0A00_0000, 1 << 24),
    (0xAC10_0000, 1 << 20),
    (0xC0A8_0000, 1 << 16),
    (0x7F00_0001, 1),
)

#: Popular addresses that decoys come from: as many as the largest sites need (chosen).
_POPULAR = 2_000

DECOYS = ("private", "popular", "rented")


def mixture(shares: Mapping[str, float]) -> Reals:
    """Return one row of shares in the order of KINDS, scaled to the sum 1, from kinds by name.

    Raises:
        ValueError: a name is no kind, a share is negative, or all are 0.
    """
    row = np.zeros(KIND_COUNT, dtype=np.float64)
    for name, share in shares.items():
        row[KINDS.index(NetworkKind(name))] = share
    if (row < 0).any() or not row.sum():
        raise ValueError(f"shares of kinds {dict(shares)} must be 0 or more, and not all 0")
    scaled: Reals = row / row.sum()
    return scaled


@dataclass(frozen=True, slots=True)
class World:
    """Address space of both families; open it once and share it."""

    ipv4: Space
    ipv6: Space

    @classmethod
    def open(cls) -> World:
        """Return the world that the embedded tables describe.

        Raises:
            TableError: the installation is damaged.
        """
        return cls(open_space(4), open_space(6))

    def space(self, family: int) -> Space:
        """Return the space of the family 4 or 6."""
        return self.ipv4 if family == 4 else self.ipv6  # noqa: PLR2004 - the address family

    def countries(self, h: U64, count: Ints | int, kind: str = "access") -> Ints:
        """Return country codes, three columns: *count* (1 to 3) countries for each hash, then 0.

        Countries come with the weight of their networks of *kind*; a country may come twice.
        """
        place = KINDS.index(NetworkKind(kind))
        columns = []
        for column in range(3):
            drawn = self.ipv4.country_at(place, unit(mix(h, key("country"), column)))
            columns.append(np.where(np.asarray(count) > column, drawn, 0))
        return np.stack(columns, axis=-1)

    def decoys(self, h: U64, sort: str) -> IPv4:
        """Return addresses that belong to no host of a pool, to mix into answers.

        "private": the public Internet does not route them; "popular": a few thousand in large
        content networks, the same for everybody; "rented": any server for hire.
        """
        if sort == "private":
            return _private(h)
        if sort == "popular":
            few = mix(key("popular"), np.arange(_POPULAR))
            return self._drawn(few, {"cdn": 0.7, "cloud": 0.3})[below(h, _POPULAR)]
        if sort == "rented":
            return self._drawn(mix(key("rented"), h), {"hosting": 0.7, "cloud": 0.3})
        raise ValueError(f"there are no decoys {sort!r}; choose from {', '.join(DECOYS)}")

    def _drawn(self, h: U64, shares: Mapping[str, float]) -> IPv4:
        bounds = np.cumsum(mixture(shares))[:-1]
        kind = np.searchsorted(bounds, unit(mix(h, 1)), side="right")
        space = self.ipv4
        network = space.network(space.group(kind, np.zeros_like(kind)), unit(mix(h, 2)))
        low, size = space.block(space.stretch(network, mix(h, 3)), mix(h, 4))
        return hosts4(low, size, mix(h, 5))

    def texts(self, addresses: IPv4) -> pa.StringArray:
        """Return IPv4 addresses as text."""
        upper, lower = _halves()
        high = upper.take(pa.array(addresses >> np.uint32(16)))
        low = lower.take(pa.array(addresses & np.uint32(0xFFFF)))
        return pc.binary_join_element_wise(high, low, "")

    def texts6(self, units: U64, low: U64) -> pa.StringArray:
        """Return IPv6 addresses as text, from numbers of /64s and interface identifiers."""
        return _colons(units, low)


def hosts4(low: U64, size: U64, h: U64) -> IPv4:
    """Return addresses in /24s from *low* on, *size* of them; never the first or last of a /24."""
    subnet = low + below(h, size.astype(np.int64)).astype(np.uint64)
    host = below(mix(h, 1), 254).astype(np.uint64) + np.uint64(1)
    return ((subnet << np.uint64(8)) | host).astype(np.uint32)


def _private(h: U64) -> IPv4:
    first, size = (np.array(column, dtype=np.int64) for column in zip(*_PRIVATE, strict=True))
    which = below(h, len(_PRIVATE))
    return (first[which] + below(mix(h, 1), size[which])).astype(np.uint32)


@functools.cache
def _halves() -> tuple[pa.Array, pa.Array]:
    """Return the text of all upper halves ("192.0.") and of all lower ones ("2.1")."""
    lower = [f"{n >> 8}.{n & 255}" for n in range(1 << 16)]
    return pa.array([f"{text}." for text in lower], pa.string()), pa.array(lower, pa.string())


@functools.cache
def _groups() -> pa.Array:
    return pa.array([f"{n:x}" for n in range(1 << 16)], pa.string())


def _colons(units: U64, low: U64) -> pa.StringArray:
    """Return eight groups joined by colons; zeros before a small interface id are left out."""
    places = [np.uint64(s) for s in (48, 32, 16, 0)]
    upper, lower = (
        [_groups().take(pa.array((half >> s) & np.uint64(0xFFFF))) for s in places]
        for half in (units, low)
    )
    long = pc.binary_join_element_wise(*upper, *lower, ":")
    short = pc.binary_join_element_wise(*upper, "", lower[3], ":")
    return pc.if_else(pa.array(low <= np.uint64(0xFFFF)), short, long)
