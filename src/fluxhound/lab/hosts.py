"""One host at a time: which network, prefix and address it has, and whether it is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fluxhound.enrichment.kinds import KINDS, NetworkKind
from fluxhound.lab.casting import Cast
from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, then, unit
from fluxhound.lab.plans import MOST_PREFIXES, PoolPlan
from fluxhound.lab.renewals import generation
from fluxhound.lab.space import Space

_DAY, _HOUR = 86_400.0, 3_600.0

#: P(up | local hour h) = .35 + .35 sin(2 pi (h - 9) / 24), clipped to [.05, .9], of hosts that
#: follow the day (chosen, not measured: office and home computers that are switched off at night).
BY_HOUR: Reals = np.clip(
    0.35 + 0.35 * np.sin(2 * np.pi * (np.arange(24, dtype=np.float64) - 9) / 24), 0.05, 0.9
)
#: The hour at which fewest are up: a host's day begins there, so that no evening is cut in two.
_NIGHT = 3.0

#: Kinds whose machines are numbered by hand; people's lines take random interface identifiers
#: (RFC 8981).
_NUMBERED = np.isin(KINDS, (NetworkKind.HOSTING, NetworkKind.CLOUD, NetworkKind.CDN))
_HIGHEST_NUMBER = 0xFFFF

#: Words that keep the draws of one host apart. Numbers of days and prefixes are added to them, so
#: they are below 2^62.
_PREFIX, _PLACE, _CHANGE, _LAN, _DIURNAL, _DAILY = (
    key(f"hosts {word}") >> 2 for word in ("prefix", "place", "change", "lan", "diurnal", "daily")
)
#: A hash moved up by this gives ``below`` a second number of 32 bits.
_HALF = np.uint64(32)

#: One column of IPv4 addresses, or two columns: /64 and interface identifier.
Columns: TypeAlias = tuple[U64, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hosts at a time, as the hashes and places that their addresses follow from."""

    network: Ints
    stretch: Ints
    block: U64
    within: U64  # chooses the unit within the block
    place: U64  # chooses the address within the unit

    def columns(self) -> tuple[Ints | U64, ...]:
        """Return all columns."""
        return self.network, self.stretch, self.block, self.within, self.place


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of all pools of one family."""

    plan: PoolPlan
    space: Space
    cast: Cast
    row: Ints  # of each pool in the cast
    site: U64  # hash of each pool
    rate: Reals  # renewals a second
    start: float

    def standing(self, pool: Ints, slot: Ints, time: Reals) -> tuple[Standing, Flags]:
        """Return the hosts that stand in slots at times, and whether they are up."""
        plan, base = self.plan, self.site[pool]
        site = then(base, slot)
        host = then(site, generation(site, self.rate[pool], time - self.start))
        place, prefix = self._leases(host, pool, time)
        network = self.cast.network(self.row[pool], host)
        number = below(prefix, plan.prefixes_per_as[pool])
        lans = plan.lans[pool]
        bound = bool(lans.any())
        if bound:
            number = np.where(lans > 0, below(prefix, np.maximum(lans, 1)), number)
            inside = self.cast.network(self.row[pool], then(base, _LAN, number))
            network = np.where(lans > 0, inside, network)
        block = then(base, network * MOST_PREFIXES + number + _PREFIX)
        within = np.where(lans > 0, then(block, _LAN), place) if bound else place
        stretch = self.space.stretch(network, block)
        found = Standing(network=network, stretch=stretch, block=block, within=within, place=place)
        return found, self._up(host, pool, stretch, time)

    def columns(self, found: Standing) -> Columns:
        """Return the addresses of hosts: IPv4 addresses, or /64s and interface identifiers."""
        low, size = self.space.block(found.stretch, found.block << _HALF)
        units = low + below(found.within, size.view(np.int64)).view(np.uint64)
        if self.space.family == 4:  # noqa: PLR2004 - the address family
            last = below(found.place << _HALF, 254).view(np.uint64) + np.uint64(1)
            return ((units << np.uint64(8)) | last,)
        numbered = _NUMBERED[self.space.kind[found.network]]
        few = below(found.place << _HALF, _HIGHEST_NUMBER).view(np.uint64) + np.uint64(1)
        return units, np.where(numbered, few, then(found.place, _PLACE))

    def _leases(self, host: U64, pool: Ints, time: Reals) -> tuple[U64, U64]:
        """Return hashes that choose the address and the prefix; some hosts get new ones daily.

        Addresses change every 24 hours at the host's own time of day, the prefix with every second
        change: "almost half of changes leave the BGP prefix" (Padmanabhan et al., IMC 2016).
        """
        share = self.plan.reassign[pool]
        if not share.any():
            return then(host, _PLACE), then(host, _PREFIX)
        chance = then(host, _CHANGE)
        day = np.floor(time / _DAY + unit(chance << _HALF)).astype(np.int64)
        day *= unit(chance) < share
        half = (chance & np.uint64(1)).view(np.int64)
        return then(host, day + _PLACE), then(host, ((day + half) >> 1) + _PREFIX)

    def _up(self, host: U64, pool: Ints, stretch: Ints, time: Reals) -> Flags:
        diurnal, steady = self.plan.diurnal[pool], self.plan.steady[pool]
        if not diurnal.any() and (steady >= 1).all():
            return np.ones(host.shape, dtype=np.bool_)
        hour = np.floor(time / _HOUR + self.space.hours.take(stretch))
        day = np.floor((hour - _NIGHT) / 24)
        by_hour = BY_HOUR.take((hour - np.floor(hour / 24) * 24).astype(np.int64))
        chance = np.where(unit(then(host, _DIURNAL)) < diurnal, by_hour, steady)
        return np.asarray(unit(then(host, day.astype(np.int64) + _DAILY)) < chance)
