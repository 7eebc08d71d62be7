"""Answers of content delivery networks: hosts of a site near who asks."""

from __future__ import annotations

import numpy as np

from fluxhound.lab.answersets import V4, Drawn, Sets, drawn_sets
from fluxhound.lab.dice import U64, Ints, Reals, below, key, log_between, mix, unit, zipf_rank
from fluxhound.lab.queries import MICROSECONDS
from fluxhound.lab.questions import Asked, Authority

#: Sites near a place that an operator answers with, now this one and now that (chosen).
_NEAR_SITES = 6
#: Of the hours in which a site is not the usual one, so many have one far away (chosen).
_FAR = 0.3
#: Share of a CDN's customers whose edge name serves others as well (chosen).
SHARED_EDGE = 0.3
#: Share of customers whose every name has an edge name of its own (chosen).
_BY_HOST = 0.5
#: Customers of two operators change between them so often, and to the second so often (chosen).
_SWITCHING_S, _SECOND = (300.0, 21_600.0), 0.4


def site_sets(of: Authority, asked: Asked, family: int) -> Sets:
    """Answer from a site near who asks, drawn anew whenever the TTL is over."""
    d = of.domains
    at = asked.domain
    seconds = asked.time / MICROSECONDS
    window = np.floor(seconds / np.maximum(d.ttl[at], 1)).astype(np.int64)
    draw = mix(edge(of, asked), asked.asker, window)
    rows = near(of, asked, draw, family, d.size[at])
    return drawn_sets(rows, of.pools, of.world, family=family)


def near(of: Authority, asked: Asked, draw: U64, family: int, size: Ints | None = None) -> Drawn:
    """Return hosts of the site that answers each question: *size* of them, or one."""
    seconds = asked.time / MICROSECONDS
    pool, first, slots = _site(of, asked, seconds, family)
    one = np.ones(len(pool), dtype=np.int64)
    return Drawn(
        pool=pool,
        draw=draw,
        time=of.start + np.floor(seconds / 3600) * 3600,
        size=one if size is None else np.minimum(size, slots),
        first=first,
        slots=slots,
        turn=-one,
        stay=one,
    )


def operator(of: Authority, asked: Asked) -> Ints:
    """Return the operator that serves each question: some customers have two, in turn."""
    d, a = of.domains, of.domains.archetype
    usual = d.pool[asked.domain]
    if a.several <= 0:
        return usual
    keys = d.key[asked.domain]
    both = unit(mix(keys, key("several"))) < a.several
    other = zipf_rank(mix(keys, key("second operator")), of.ground.pools, a.operators_zipf)
    period = log_between(mix(keys, key("switching")), *_SWITCHING_S)
    moment = np.floor(asked.time / MICROSECONDS / period).astype(np.int64)
    second = unit(mix(keys, asked.place, moment)) < _SECOND
    return np.where(both & second, other, usual)


def edge(of: Authority, asked: Asked) -> U64:
    """Return a number for the edge name of each question: of its own, or a shared one."""
    d = of.domains
    keys = d.key[asked.domain]
    apart = (unit(mix(keys, 1)) < _BY_HOST) & ~d.fresh[asked.domain]
    own = mix(keys, key("edge"), np.where(apart, asked.host, 0))
    shared = mix(d.seed, key("map"), d.row[asked.domain], _map(of, asked.domain))
    return np.where(unit(mix(keys, key("edge shared"))) < SHARED_EDGE, shared, own)


def _map(of: Authority, domain: Ints) -> Ints:
    return below(mix(of.domains.key[domain], key("map")), of.domains.archetype.maps)


def _site(of: Authority, asked: Asked, seconds: Reals, family: int) -> tuple[Ints, Ints, Ints]:
    """Return pool, first slot and slots of the site that answers."""
    d, ground = of.domains, of.ground
    at = asked.domain
    company = operator(of, asked)
    operators = mix(d.seed, key(d.archetype.name), company)
    maps = mix(operators, _map(of, at))
    hour = np.floor(seconds / 3600).astype(np.int64)
    h = mix(maps, asked.place, hour)
    usual = unit(h) >= d.elsewhere[at]
    far = ~usual & (unit(mix(h, 1)) < _FAR)
    near = np.where(usual, below(mix(maps, asked.place), 3), below(mix(h, 2), _NEAR_SITES))
    site = np.where(far, mix(h, 3), mix(operators, asked.place, near))
    row = company + of.first(family)
    hosts = of.pools.plan.live[row]
    width = 1 + below(mix(operators, key("width")), int(d.archetype.site_slots.high))
    width = np.clip(width, int(d.archetype.site_slots.low), hosts)
    spread = below(site, np.maximum(hosts // width, 1)) * width
    if not len(ground.site_first):
        return row, spread, width
    firsts = ground.site_first if family == V4 else ground.site_first6
    lan = ground.site_count[company] > 0
    number = below(site, np.maximum(ground.site_count[company], 1))
    alone = np.where(lan, firsts[company] + number, row)
    live = of.pools.plan.live[alone]
    return alone, np.where(lan, 0, spread), np.where(lan, live, width)
