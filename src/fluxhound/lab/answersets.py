"""Answer sets: which addresses belong to one answer, each set once, and their text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, mix
from fluxhound.lab.pools import Pools
from fluxhound.lab.world import World

#: The address families are 4 and 6.
V4 = 4
#: So often a place of an answer draws until it has a host of its own (chosen).
_DRAWS = 4


@dataclass(frozen=True, slots=True)
class Sets:
    """Answer sets as text, each once, and which one belongs to each row."""

    index: Ints
    texts: pa.StringArray

    def rows(self) -> pa.StringArray:
        """Return the text of each row."""
        return self.texts.take(pa.array(self.index))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows whose addresses are drawn from hosts that are up: k from some slots of a pool.

    With *turn* at 0 or above, places are replaced one by one: place i is drawn anew at every
    ``stay``-th turn, each at another one.
    """

    pool: Ints
    draw: U64
    time: Reals
    size: Ints
    first: Ints
    slots: Ints
    turn: Ints
    stay: Ints


@dataclass(frozen=True, slots=True)
class Placed:
    """Addresses that are known by their slots, several for each row: *row* is rising."""

    row: Ints
    pool: Ints
    slot: Ints
    time: Reals


@dataclass(frozen=True, slots=True)
class Mixed:
    """Addresses of others that are mixed into each row's set."""

    count: Ints
    sort: str


@dataclass(frozen=True, slots=True)
class _Addresses:
    """One element for each address of each set; *member* is the set, not sorted."""

    member: Ints
    upper: U64  # the IPv4 address, or the /64
    lower: U64  # interface identifier


def drawn_sets(
    rows: Drawn, pools: Pools, world: World, *, family: int, mixed: Mixed | None = None
) -> Sets:
    """Return the answer set of each row; equal draws at equal times make one set."""
    same = mix(
        rows.pool, rows.draw, rows.time.astype(np.int64), rows.size, rows.first, rows.slots,
        rows.turn,
    )  # fmt: skip
    _, one, index = np.unique(same, return_index=True, return_inverse=True)
    few = Drawn(*(getattr(rows, name)[one] for name in Drawn.__slots__))
    parts = [
        _chosen(
            few, np.flatnonzero((few.size == size) & ((few.turn >= 0) == partly)), pools, family
        )
        for size in np.unique(few.size).tolist()
        for partly in (False, True)
    ]
    if mixed is not None and family == V4:
        parts.append(_decoys(few, Mixed(mixed.count[one], mixed.sort), world))
    members = _Addresses(
        np.concatenate([p.member for p in parts]),
        np.concatenate([p.upper for p in parts]),
        np.concatenate([p.lower for p in parts]),
    )
    return Sets(index.astype(np.int64), _texts(_once(members), len(one), world, family))


def placed_sets(places: Placed, shift: Ints, pools: Pools, world: World, *, family: int) -> Sets:
    """Return the answer set of each row from its slots; *shift* rotates the order of each row."""
    counts = np.bincount(places.row, minlength=len(shift))
    begin = np.cumsum(counts) - counts
    number = np.arange(len(places.row)) - begin[places.row]
    turned = (number + shift[places.row]) % np.maximum(counts[places.row], 1)
    host = mix(places.pool, places.slot, places.time.astype(np.int64))
    same = np.add.reduceat(mix(host, turned), begin)  # every row has an address
    _, one, index = np.unique(same, return_index=True, return_inverse=True)
    wanted = np.zeros(len(shift), dtype=np.bool_)
    wanted[one] = True
    chosen = wanted[places.row]
    member = index[places.row[chosen]]
    at = np.lexsort((turned[chosen], member))
    few = np.flatnonzero(chosen)[at]
    upper, lower = _addresses(pools, places.pool[few], places.slot[few], places.time[few], family)
    found = _once(_Addresses(member[at], upper, lower))
    return Sets(index.astype(np.int64), _texts(found, len(one), world, family))


def _chosen(few: Drawn, at: Ints, pools: Pools, family: int) -> _Addresses:
    """Return the addresses of the sets *at*, all of one size and all partly replaced or none."""
    size = int(few.size[at[0]]) if len(at) else 1
    pool, time, first, slots = few.pool[at], few.time[at], few.first[at], few.slots[at]
    if not len(at):
        return _Addresses(at, np.zeros(0, np.uint64), np.zeros(0, np.uint64))
    if few.turn[at[0]] < 0:
        upper, lower = _pick(pools, pool, few.draw[at], time, size, first, slots, family)
        return _Addresses(np.repeat(at, size), upper, lower)
    return _partly(few, at, size, pools, family)


def _partly(few: Drawn, at: Ints, size: int, pools: Pools, family: int) -> _Addresses:
    """Return the addresses of sets whose places are replaced one by one.

    Where two places of a set drew one host, the later one draws again.
    """
    member, place = np.repeat(at, size), np.tile(np.arange(size), len(at))
    stay = few.stay[member]
    last = (few.turn[member] + place * stay // size) // stay
    draw = mix(few.draw[member], place, last)
    upper, lower = np.zeros((2, len(member)), dtype=np.uint64)
    rest = np.arange(len(member))
    for turn in range(_DRAWS):
        some = member[rest]
        upper[rest], lower[rest] = _pick(
            pools, few.pool[some], mix(draw[rest], turn), few.time[some], 1, few.first[some],
            few.slots[some], family,
        )  # fmt: skip
        rest = np.flatnonzero(~_first_ones(member, upper, lower))
        if not len(rest):
            break
    return _Addresses(member, upper, lower)


def _pick(
    pools: Pools, pool: Ints, draw: U64, time: Reals, size: int, first: Ints, slots: Ints,
    family: int,
) -> tuple[U64, U64]:  # fmt: skip
    if family == V4:
        chosen = pools.chosen(pool, draw, time, size, first_slot=first, slots=slots).ravel()
        return chosen.astype(np.uint64), np.zeros(len(chosen), dtype=np.uint64)
    upper, lower = pools.chosen6(pool, draw, time, size, first_slot=first, slots=slots)
    return upper.ravel(), lower.ravel()


def _addresses(pools: Pools, pool: Ints, slot: Ints, time: Reals, family: int) -> tuple[U64, U64]:
    """Return addresses of slots, looked up once for each host."""
    same = mix(pool, slot, time.astype(np.int64))
    _, one, index = np.unique(same, return_index=True, return_inverse=True)
    if family == V4:
        found = pools.address(pool[one], slot[one], time[one]).astype(np.uint64)
        return found[index], np.zeros(len(index), dtype=np.uint64)
    upper, lower = pools.address6(pool[one], slot[one], time[one])
    return upper[index], lower[index]


def _decoys(few: Drawn, mixed: Mixed, world: World) -> _Addresses:
    member = np.repeat(np.arange(len(mixed.count)), mixed.count)
    ends = np.cumsum(mixed.count)
    place = np.arange(len(member)) - np.repeat(ends - mixed.count, mixed.count)
    # A name keeps some of its decoys and changes others: every second draw decides.
    h = mix(np.where(place % 2 == 0, few.draw[member], few.pool[member].astype(np.uint64)), place)
    found = world.decoys(h, mixed.sort).astype(np.uint64)
    return _Addresses(member, found, np.zeros(len(found), dtype=np.uint64))


def _once(found: _Addresses) -> _Addresses:
    """Return addresses by set, each once in a set, otherwise in the order they came in."""
    order = np.argsort(found.member, kind="stable")
    member, upper, lower = found.member[order], found.upper[order], found.lower[order]
    keep = _first_ones(member, upper, lower)
    return _Addresses(member[keep], upper[keep], lower[keep])


def _first_ones(member: Ints, upper: U64, lower: U64) -> Flags:
    """Tell which addresses stand in their set for the first time."""
    same = np.lexsort((lower, upper, member))
    m, u, v = member[same], upper[same], lower[same]
    first = np.ones(len(m), dtype=np.bool_)
    again = (m[1:] == m[:-1]) & (u[1:] == u[:-1]) & (v[1:] == v[:-1])
    first[same[1:][again]] = False
    return first


def _texts(found: _Addresses, sets: int, world: World, family: int) -> pa.StringArray:
    """Return the text of each set: its addresses, joined by commas."""
    counts = np.bincount(found.member, minlength=sets)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    if family == V4:
        texts = world.texts(found.upper.astype(np.uint32))
    else:
        texts = world.texts6(found.upper, found.lower)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), ",")


def shifts(h: U64, size: Ints, *, rotated: bool) -> Ints:
    """Return by how many places each row's addresses are turned: at random, or not at all."""
    return below(h, np.maximum(size, 1)) if rotated else np.zeros(len(size), dtype=np.int64)
