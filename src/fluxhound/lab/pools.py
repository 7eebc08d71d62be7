"""Populations of hosts: addresses by pool, slot and time, and answers from those that are up."""

from __future__ import annotations

import numpy as np

from fluxhound.lab.casting import cast
from fluxhound.lab.dice import U64, Flags, Ints, Reals, key, mix
from fluxhound.lab.hosts import Columns, Hosts
from fluxhound.lab.plans import MOST_SLOTS, PoolPlan
from fluxhound.lab.renewals import rates
from fluxhound.lab.shuffles import Order
from fluxhound.lab.world import IPv4, World

__all__ = ["MOST_SLOTS", "PoolPlan", "Pools"]

#: Hosts tried for one place of an answer, before one that is down is answered (chosen).
_TRIES = 4
#: Addresses worked on at once, so that the columns stay in the processor's cache (measured).
_CHUNK = 1 << 15

#: Last octets of IPv4 hosts: 1 to this.
_OCTETS = 254

_SITE = key("pools site")


class Pools:
    """Hosts of many pools. Every answer is a pure function of seed, plan and what is asked.

    Times are seconds UTC since 1970, or since any midnight UTC: only the time of day matters.
    Before *start* all is as it is at *start*; a start at the beginning of what is asked makes
    renewals quicker to find. Pools of IPv4 and IPv6 may stand in one plan; ask each for its own.
    Pools of equal keys are the same hosts in both families, as far as their networks have both.

    Raises:
        ValueError: the plan holds what no pool can be.
    """

    def __init__(self, plan: PoolPlan, world: World, seed: int, *, start: float = 0.0) -> None:
        plan.check()
        self.plan = plan
        site = mix(plan.key, _SITE, seed)
        row = np.zeros(len(plan), dtype=np.int64)
        self._hosts: dict[int, Hosts] = {}
        for family in (4, 6):
            (own,) = np.nonzero(plan.family == family)
            row[own] = np.arange(len(own))
            space = world.space(family)
            drawn = cast(
                space,
                site[own],
                plan.kinds[own],
                plan.asns[own],
                plan.zipf[own],
                plan.countries[own],
                like=None if family == 4 else world.ipv4,  # noqa: PLR2004 - the address family
            )
            self._hosts[family] = Hosts(plan, space, drawn, row, site, rates(plan.turnover), start)

    def address(self, pool: Ints, slot: Ints, time: Reals) -> IPv4:
        """Return the IPv4 address of the host in each slot; all broadcast against each other."""
        return self._at(4, pool, slot, time)[0][0].astype(np.uint32)

    def address6(self, pool: Ints, slot: Ints, time: Reals) -> tuple[U64, U64]:
        """Return the /64 and the interface identifier of the host in each slot of IPv6 pools."""
        units, low = self._at(6, pool, slot, time)[0]
        return units, low

    def up(self, pool: Ints, slot: Ints, time: Reals) -> Flags:
        """Tell whether the host in each slot is up; all pools asked for are of one family."""
        family = int(self.plan.family[np.asarray(pool).flat[0]]) if np.size(pool) else 4
        return self._at(family, pool, slot, time)[1]

    def chosen(
        self,
        pool: Ints,
        draw: U64,
        time: Reals,
        k: int,
        *,
        first_slot: Ints | int = 0,
        slots: Ints | int | None = None,
    ) -> IPv4:
        """Return answers, one row of *k* different IPv4 addresses for each pool, draw and time.

        As flux control does, it draws hosts until one is up, four for each place at most: answers
        look more available than the pool. Equal draws at equal times give equal rows. The draw is
        from slots [first_slot, first_slot + slots), all slots of the pool if not given.

        Raises:
            ValueError: a pool has less than *k* such slots, or is not of this family.
        """
        (addresses,) = self._chosen(4, pool, draw, time, k, first_slot, slots)
        return addresses.astype(np.uint32)

    def chosen6(
        self,
        pool: Ints,
        draw: U64,
        time: Reals,
        k: int,
        *,
        first_slot: Ints | int = 0,
        slots: Ints | int | None = None,
    ) -> tuple[U64, U64]:
        """Return answers of IPv6 as ``chosen`` does: /64s and interface identifiers.

        Raises:
            ValueError: a pool has less than *k* such slots, or is not of this family.
        """
        units, low = self._chosen(6, pool, draw, time, k, first_slot, slots)
        return units, low

    def _at(self, family: int, pool: Ints, slot: Ints, time: Reals) -> tuple[Columns, Flags]:
        shape = np.broadcast_shapes(np.shape(pool), np.shape(slot), np.shape(time))
        columns = [np.broadcast_to(column, shape).ravel() for column in (pool, slot, time)]
        pools, slots = columns[0].astype(np.int64), columns[1].astype(np.int64)
        times = columns[2].astype(np.float64)
        self._same_family(pools, family)
        parts = [
            self._addressed(family, pools[part], slots[part], times[part])
            for part in _parts(len(pools), _CHUNK)
        ]
        found = _joined([part for part, _ in parts])
        up: Flags = np.concatenate([mask for _, mask in parts])
        return tuple(column.reshape(shape) for column in found), up.reshape(shape)

    def _addressed(self, family: int, pool: Ints, slot: Ints, time: Reals) -> tuple[Columns, Flags]:
        found, up = self._hosts[family].standing(pool, slot, time)
        return self._hosts[family].columns(found), up

    def _same_family(self, pool: Ints, family: int) -> None:
        if (self.plan.family[pool] != family).any():
            raise ValueError(f"not all of these pools are of IPv{family}: ask each for its own")

    def _chosen(
        self,
        family: int,
        pool: Ints,
        draw: U64,
        time: Reals,
        k: int,
        first_slot: Ints | int,
        slots: Ints | int | None,
    ) -> Columns:
        self._same_family(pool, family)
        count = np.broadcast_to(self.plan.live[pool] if slots is None else slots, pool.shape)
        first = np.broadcast_to(np.asarray(first_slot, dtype=np.int64), pool.shape)
        if not 1 <= k <= _OCTETS or (count < k).any():
            raise ValueError(f"a pool has no {k} slots to choose from; ask for fewer addresses")
        parts = []
        for part in _parts(len(pool), max(_CHUNK // k, 1)):
            order = Order(draw[part], first[part], count[part])
            parts.append(_different(self._row(family, pool[part], time[part], order, k)))
        return _joined(parts)

    def _row(self, family: int, pool: Ints, time: Reals, order: Order, k: int) -> Columns:
        """Return addresses of *k* hosts for each row, up if four tries find one."""
        hosts = self._hosts[family]
        rows = np.arange(len(pool))[:, None]
        found, up = hosts.standing(pool[:, None], order.slot(rows, np.arange(k)), time[:, None])
        for turn in range(1, _TRIES):
            row, place = np.nonzero(~up)
            candidate = place + turn * k
            left = candidate < order.count[row]
            row, place, candidate = row[left], place[left], candidate[left]
            if not len(row):
                break
            others, good = hosts.standing(pool[row], order.slot(row, candidate), time[row])
            row, place = row[good], place[good]
            up[row, place] = True
            for column, other in zip(found.columns(), others.columns(), strict=True):
                column[row, place] = other[good]
        return hosts.columns(found)


def _parts(count: int, size: int) -> list[slice]:
    """Return slices of *size*; one empty slice for nothing, so that columns keep their types."""
    return [slice(begin, begin + size) for begin in range(0, max(count, 1), size)]


def _joined(parts: list[Columns]) -> Columns:
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _different(found: Columns) -> Columns:
    """Number addresses on where two of a row are equal: hosts of small networks may share one."""
    last = found[-1]
    for _ in range(_OCTETS):
        row, place = _repeated(found)
        if not len(row):
            break
        number = last[row, place]
        octet = number & np.uint64(0xFF)
        last[row, place] = number - octet + octet % np.uint64(_OCTETS) + np.uint64(1)
    return found


def _repeated(found: Columns) -> tuple[Ints, Ints]:
    """Return row and place of what stands in the row already."""
    joint = found[0] if len(found) == 1 else mix(*found)
    order = np.sort(joint, axis=1)
    (row,) = np.nonzero((order[:, 1:] == order[:, :-1]).any(axis=1))
    some = joint[row]
    again = np.zeros(some.shape, dtype=np.bool_)
    for place in range(1, some.shape[1]):
        again[:, place] = (some[:, :place] == some[:, place, None]).any(axis=1)
    which, place_of = np.nonzero(again)
    return row[which], place_of
