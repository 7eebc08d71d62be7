"""One host at a time: which network, prefix and address it has, and whether it is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fluxhound.enrichment.kinds import KINDS, NetworkKind
from fluxhound.lab.casting import Cast
from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, mix, unit
from fluxhound.lab.plans import PoolPlan
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

_HOST, _PREFIX, _PLACE, _CHANGE, _LAN, _DAILY = (
    key(f"hosts {word}") for word in ("host", "prefix", "place", "change", "lan", "daily")
)
#: A hash moved up by this gives ``below`` a second number of 32 bits.
_HALF = np.uint64(32)

#: One column of IPv4 addresses, or two columns: /64 and interface identifier.
Columns: TypeAlias = tuple[U64, ...]


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

    def at(self, pool: Ints, slot: Ints, time: Reals) -> tuple[Columns, Flags]:
        """Return the addresses of hosts in slots at times, and whether they are up."""
        site = mix(self.site[pool], slot)
        host = mix(site, generation(site, self.rate[pool], time - self.start), _HOST)
        place, prefix = self._leases(host, pool, time)
        network = self.cast.network(self.row[pool], host)
        number = below(prefix, self.plan.prefixes_per_as[pool])
        lans = self.plan.lans[pool]
        if lans.any():
            number = np.where(lans > 0, below(prefix, np.maximum(lans, 1)), number)
            inside = mix(self.site[pool], number, _LAN)
            network = np.where(lans > 0, self.cast.network(self.row[pool], inside), network)
        block = mix(self.site[pool], network, number, _PREFIX)
        stretch = self.space.stretch(network, block)
        low, size = self.space.block(stretch, block << _HALF)
        within = np.where(lans > 0, mix(block, _LAN), place) if lans.any() else place
        units = low + below(within, size.view(np.int64)).view(np.uint64)
        return self._columns(units, place, network), self._up(host, pool, stretch, time)

    def _leases(self, host: U64, pool: Ints, time: Reals) -> tuple[U64, U64]:
        """Return hashes that choose the address and the prefix; some hosts get new ones daily.

        Addresses change every 24 hours at the host's own time of day, the prefix with every second
        change: "almost half of changes leave the BGP prefix" (Padmanabhan et al., IMC 2016).
        """
        share = self.plan.reassign[pool]
        if not share.any():
            return mix(host, _PLACE), mix(host, _PREFIX)
        chance = mix(host, _CHANGE)
        day = np.floor(time / _DAY + unit(chance << _HALF)).astype(np.int64)
        day = np.where(unit(chance) < share, day, 0)
        return mix(host, _PLACE, day), mix(
            host, _PREFIX, (day + (chance & np.uint64(1)).view(np.int64)) // 2
        )

    def _columns(self, units: U64, place: U64, network: Ints) -> Columns:
        if self.space.family == 4:  # noqa: PLR2004 - the address family
            last = below(place << _HALF, 254).view(np.uint64) + np.uint64(1)
            return ((units << np.uint64(8)) | last,)
        numbered = _NUMBERED[self.space.kind[network]]
        low = below(place << _HALF, _HIGHEST_NUMBER).view(np.uint64) + np.uint64(1)
        return units, np.where(numbered, low, mix(place, _PLACE))

    def _up(self, host: U64, pool: Ints, stretch: Ints, time: Reals) -> Flags:
        diurnal, steady = self.plan.diurnal[pool], self.plan.steady[pool]
        if not diurnal.any() and (steady >= 1).all():
            return np.ones(host.shape, dtype=np.bool_)
        hour = np.floor(time / _HOUR + self.space.hours[stretch])
        day = np.floor((hour - _NIGHT) / 24)
        chance = np.where(
            unit(mix(host, _DAILY)) < diurnal,
            BY_HOUR[(hour - np.floor(hour / 24) * 24).astype(np.int64)],
            steady,
        )
        return np.asarray(unit(mix(host, _DAILY, day.astype(np.int64))) < chance)
