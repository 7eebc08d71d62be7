"""What the authoritative servers answer: which hosts a name has, for whom, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxhound.lab.answersets import Drawn, Mixed, Placed, Sets, drawn_sets, placed_sets, shifts
from fluxhound.lab.dice import (
    U64,
    Flags,
    Ints,
    Reals,
    below,
    key,
    log_between,
    mix,
    unit,
    zipf_rank,
)
from fluxhound.lab.hosting import SINKHOLES, Ground
from fluxhound.lab.pools import Pools
from fluxhound.lab.population import PER_QUERY, Domains
from fluxhound.lab.queries import DAY_S, MICROSECONDS
from fluxhound.lab.world import World

#: Sites near a place that an operator answers with, now this one and now that (chosen).
_NEAR_SITES = 6
#: Of the hours in which a site is not the usual one, so many have one far away (chosen).
_FAR = 0.3
#: Numbered hosts after these are names of countries, which have their own hosts (naming).
_NUMBERED = 5
#: Share of a CDN's customers whose edge name serves others as well (chosen).
SHARED_EDGE = 0.3
#: Customers of two operators change between them so often, and to the second so often (chosen).
_SWITCHING_S, _SECOND = (300.0, 21_600.0), 0.4
#: Share of a rotation by which its end comes earlier or later (chosen).
_UNEVEN = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions that reach the authoritative servers: one element for each fetch."""

    domain: Ints  # place in the domains
    host: Ints
    place: Ints  # region of the resolver, or of the client where the resolver tells its network
    asker: Ints  # who is answered apart: resolver, or client network
    time: Ints  # microseconds since the beginning of the run

    def where(self, keep: Flags | Ints) -> Asked:
        """Return some of the questions."""
        return Asked(
            self.domain[keep], self.host[keep], self.place[keep], self.asker[keep], self.time[keep]
        )


@dataclass(frozen=True, slots=True)
class Authority:
    """The authoritative servers of the whole world, for the domains of one archetype."""

    domains: Domains
    ground: Ground
    pools: Pools
    world: World
    start: float
    sinkholes: int  # first row of the plan
    rotated: bool = True  # whether the order of addresses changes from answer to answer

    def answers(self, asked: Asked, family: int) -> Sets:
        """Return the addresses that each question is answered with."""
        a = self.domains.archetype
        if a.static:
            return self._static(asked, family)
        if a.site:
            return self._sites(asked, family)
        return self._drawn(asked, family)

    def edge(self, asked: Asked) -> U64:
        """Return a number for the edge name of each question: of its own, or a shared one."""
        d = self.domains
        keys = d.key[asked.domain]
        own = mix(keys, key("edge"), np.where(unit(mix(keys, 1)) < 0.5, asked.host, 0))  # noqa: PLR2004
        shared = mix(d.seed, key("map"), d.row[asked.domain], self._map(asked.domain))
        return np.where(unit(mix(keys, key("edge shared"))) < SHARED_EDGE, shared, own)

    # ------------------------------------------------------------------------- drawn from a pool

    def _drawn(self, asked: Asked, family: int) -> Sets:
        """Answer from hosts of the pool: the same set for everybody for a while, or never."""
        d, a = self.domains, self.domains.archetype
        at = asked.domain
        keys = d.key[at]
        seconds = asked.time / MICROSECONDS
        per_query = d.rotation_s[at] == PER_QUERY
        names = self._own_draw(asked)
        turn, begin = turns(mix(keys, key("turns")), d.rotation_s[at], seconds)
        stay = np.rint(1 / np.maximum(d.replaced[at], 1e-3)).astype(np.int64)
        partly = ~per_query & (stay > 1)
        fetch = mix(names, asked.asker, asked.time)
        regional = a.view == "place"
        draw = np.where(per_query, fetch, np.where(partly, names, mix(names, turn)))
        first, slots = np.zeros(len(at), np.int64), d.live[at]
        if regional:
            first, slots, region = self._region(asked, fetch, per_query)
            draw = np.where(per_query, draw, mix(draw, region))
        ended = (seconds >= d.ends_s[at]) & (family == 4)  # noqa: PLR2004 - the address family
        sink = self.sinkholes + below(mix(keys, key("sinkhole")), SINKHOLES)
        rows = Drawn(
            pool=np.where(ended, sink, (d.row if family == 4 else d.row6)[at]),  # noqa: PLR2004
            draw=np.where(ended, 0, draw).astype(np.uint64),
            time=self.start + np.where(per_query, np.floor(seconds / 600) * 600, begin) * ~ended,
            size=np.where(ended, 1, np.minimum(d.size[at], slots)),
            first=np.where(ended, 0, first),
            slots=np.where(ended, 2, slots),
            turn=np.where(partly & ~ended, turn, -1),
            stay=stay,
        )
        mixed = Mixed(d.decoys[at] * ~ended, a.decoy_sort) if d.decoys.any() else None
        return drawn_sets(rows, self.pools, self.world, family=family, mixed=mixed)

    def _own_draw(self, asked: Asked) -> U64:
        """Return what the draws of each question begin with: all names of a flux domain alike.

        Names of volunteers' pools have hosts of their own, and so have labels of some wildcards.
        """
        d, a = self.domains, self.domains.archetype
        keys = d.key[asked.domain]
        own = ~np.full(len(keys), a.flux)
        own |= unit(mix(keys, key("by label"))) < a.by_label
        return np.where(own, mix(keys, asked.host), mix(keys, 0))

    def _region(self, asked: Asked, fetch: U64, per_query: Flags) -> tuple[Ints, Ints, Ints]:
        """Return the slots that a region's questions are answered from, and the region."""
        d, places = self.domains, self.domains.archetype.places
        live = d.live[asked.domain]
        parts = np.minimum(places, np.maximum(live // np.maximum(d.size[asked.domain], 1), 1))
        region = asked.place % parts
        width = live // parts
        country = (d.archetype.labels == "numbers") & (asked.host >= _NUMBERED)
        named = below(mix(key("country"), asked.host), parts * 4)
        first = np.where(country, named % parts, region) * width
        whole = per_query & (unit(mix(fetch, 1)) < d.elsewhere[asked.domain]) & ~country
        slots = np.where(whole, live, width)
        return np.where(whole, 0, first), slots, region

    # --------------------------------------------------------------------------- from near sites

    def _sites(self, asked: Asked, family: int) -> Sets:
        """Answer from a site near who asks, drawn anew whenever the TTL is over."""
        d = self.domains
        at = asked.domain
        seconds = asked.time / MICROSECONDS
        window = np.floor(seconds / np.maximum(d.ttl[at], 1)).astype(np.int64)
        draw = mix(self.edge(asked), asked.asker, window)
        rows = self.near(asked, draw, family, d.size[at])
        return drawn_sets(rows, self.pools, self.world, family=family)

    def near(self, asked: Asked, draw: U64, family: int, size: Ints | None = None) -> Drawn:
        """Return hosts of the site that answers each question: *size* of them, or one."""
        seconds = asked.time / MICROSECONDS
        pool, first, slots = self._site(asked, seconds, family)
        one = np.ones(len(pool), dtype=np.int64)
        return Drawn(
            pool=pool,
            draw=draw,
            time=self.start + np.floor(seconds / 3600) * 3600,
            size=one if size is None else np.minimum(size, slots),
            first=first,
            slots=slots,
            turn=-one,
            stay=one,
        )

    def operator(self, asked: Asked) -> Ints:
        """Return the operator that serves each question: some customers have two, in turn."""
        d, a = self.domains, self.domains.archetype
        usual = d.pool[asked.domain]
        if a.several <= 0:
            return usual
        keys = d.key[asked.domain]
        both = unit(mix(keys, key("several"))) < a.several
        other = zipf_rank(mix(keys, key("second operator")), self.ground.pools, a.operators_zipf)
        period = log_between(mix(keys, key("switching")), *_SWITCHING_S)
        moment = np.floor(asked.time / MICROSECONDS / period).astype(np.int64)
        second = unit(mix(keys, asked.place, moment)) < _SECOND
        return np.where(both & second, other, usual)

    def _map(self, domain: Ints) -> Ints:
        return below(mix(self.domains.key[domain], key("map")), self.domains.archetype.maps)

    def _site(self, asked: Asked, seconds: Reals, family: int) -> tuple[Ints, Ints, Ints]:
        """Return pool, first slot and slots of the site that answers."""
        d, ground = self.domains, self.ground
        at = asked.domain
        operator = self.operator(asked)
        operators = mix(d.seed, key(d.archetype.name), operator)
        maps = mix(operators, self._map(at))
        hour = np.floor(seconds / 3600).astype(np.int64)
        h = mix(maps, asked.place, hour)
        usual = unit(h) >= d.elsewhere[at]
        far = ~usual & (unit(mix(h, 1)) < _FAR)
        near = np.where(usual, below(mix(maps, asked.place), 3), below(mix(h, 2), _NEAR_SITES))
        site = np.where(far, mix(h, 3), mix(operators, asked.place, near))
        row = operator + (ground.first if family == 4 else ground.six)  # noqa: PLR2004 - family
        hosts = self.pools.plan.live[row]
        width = 1 + below(mix(operators, key("width")), int(d.archetype.site_slots.high))
        width = np.clip(width, int(d.archetype.site_slots.low), hosts)
        spread = below(site, np.maximum(hosts // width, 1)) * width
        if not len(ground.site_first):
            return row, spread, width
        firsts = ground.site_first if family == 4 else ground.site_first6  # noqa: PLR2004 - family
        lan = ground.site_count[operator] > 0
        number = below(site, np.maximum(ground.site_count[operator], 1))
        alone = np.where(lan, firsts[operator] + number, row)
        live = self.pools.plan.live[alone]
        return alone, np.where(lan, 0, spread), np.where(lan, live, width)

    # ---------------------------------------------------------------------------- hosts of its own

    def _static(self, asked: Asked, family: int) -> Sets:
        """Answer from hosts of the name's own: they stay, move once, drift or change address."""
        d, a = self.domains, self.domains.archetype
        at = asked.domain
        keys = d.key[at]
        seconds = asked.time / MICROSECONDS
        own = (asked.host > 0) & (unit(mix(keys, asked.host, key("own"))) < a.own_answers)
        name = mix(keys, np.where(own, asked.host, 0))
        if a.labels == "users":
            name = mix(keys, asked.host)
        size = self._extra(asked, seconds) + d.size[at]
        row = np.repeat(np.arange(len(at)), size)
        number = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
        moved = seconds >= d.moves_s[at]
        pool = self._own_pool(asked, own | moved, mix(name, moved.astype(np.int64)), family)
        host = self._own_slots(row, number, asked, mix(name, moved.astype(np.int64)), pool, seconds)
        changing = a.reassign > 0
        time = np.floor(seconds / 60) * 60 if changing else np.zeros(len(at))
        if a.ip_in_name > 0:
            time = np.where(self.address_in_name(at), 0.0, time)
        places = Placed(row, pool[row], host, self.start + time[row])
        shift = shifts(mix(keys, asked.asker, asked.time), size, rotated=self.rotated)
        return placed_sets(places, shift, self.pools, self.world, family=family)

    def address_in_name(self, at: Ints) -> Flags:
        """Tell whose names spell their addresses: those never change."""
        d = self.domains
        return unit(mix(d.key[at], key("spelt"))) < d.archetype.ip_in_name

    def _own_pool(self, asked: Asked, away: Flags, h: U64, family: int) -> Ints:
        """Return the pool of each question; names that are *away* have one of another operator."""
        d, a = self.domains, self.domains.archetype
        row = (d.row if family == 4 else d.row6)[asked.domain]  # noqa: PLR2004 - address family
        if not away.any() or not a.operators:
            return row
        other = zipf_rank(mix(h, key("away")), self.ground.pools, a.operators_zipf)
        base = self.ground.first if family == 4 else self.ground.six  # noqa: PLR2004 - family
        return np.where(away, base + other, row)

    def _own_slots(
        self, row: Ints, number: Ints, asked: Asked, name: U64, pool: Ints, seconds: Reals
    ) -> Ints:
        """Return the slot of each address of each question."""
        d, a = self.domains, self.domains.archetype
        live = self.pools.plan.live[pool][row]
        at = asked.domain[row]
        if a.own_hosts.high >= 1:  # hosts of its own among many: any of them may be replaced
            number = self._shown(row, number, asked)
            days = seconds[row] / DAY_S
            phase = unit(mix(name[row], number, key("phase")))
            version = np.floor(days * d.drift[at] + phase).astype(np.int64)
            return below(mix(name[row], number, version), live)
        drifted = np.zeros(len(asked.domain), dtype=np.int64)
        if d.drift.any():
            phase = unit(mix(name, key("phase")))
            drifted = np.floor(seconds / DAY_S * d.drift[asked.domain] + phase).astype(np.int64)
        h = mix(name, key("slot"), drifted)
        whole = self.pools.plan.live[pool]
        first = zipf_rank(h, whole, a.crowding) if a.crowding > 0 else below(h, whole)
        return (first[row] + number * np.maximum(live // 7, 1)) % live

    def _shown(self, row: Ints, number: Ints, asked: Asked) -> Ints:
        """Return which of its hosts an answer shows, where it does not show all of them."""
        d = self.domains
        at = asked.domain[row]
        own, size = d.own_hosts[at], d.size[at]
        h = mix(d.key[at], asked.asker[row], asked.time[row])
        turned = (number + below(h, np.maximum(own, 1))) % np.maximum(own, 1)
        return np.where((own > size) & (number < size), turned, number)

    def _extra(self, asked: Asked, seconds: Reals) -> Ints:
        """Return how many hosts more a balancer has in its busy hours, changed in ten minutes."""
        d, a = self.domains, self.domains.archetype
        at = asked.domain
        if a.scaling <= 0:
            return np.zeros(len(at), dtype=np.int64)
        keys = d.key[at]
        scales = (unit(mix(keys, key("scales"))) < a.scaling) & (d.own_hosts[at] <= d.size[at])
        begin = 24 * unit(mix(keys, key("busy")))
        step = np.floor(seconds / 600) / 6
        busy = (step % 24 - begin) % 24 < 4 + 6 * unit(mix(keys, key("busy hours")))
        most = np.maximum(d.size[at] // 2, 1)
        return np.where(scales & busy, np.minimum(most, 8 - np.minimum(d.size[at], 7)), 0)


def turns(keys: U64, rotation: Reals, seconds: Reals) -> tuple[Ints, Reals]:
    """Return the number of the rotation at each moment, and when it began; ends vary a little."""
    period = np.maximum(rotation, 1.0)
    place = seconds / period + unit(keys)
    turn = np.floor(place)
    late = place - turn < _UNEVEN * unit(mix(keys, turn.astype(np.int64)))
    turn -= late
    begin = np.floor((turn - unit(keys)) * period)
    return turn.astype(np.int64) + 1, np.maximum(begin, 0.0)
