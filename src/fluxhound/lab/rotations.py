"""Answers drawn from pools of hosts: rotated for everybody, or drawn for each response."""

from __future__ import annotations

import numpy as np

from fluxhound.lab.answersets import V4, Drawn, Mixed, Sets, drawn_sets
from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, mix, unit
from fluxhound.lab.hosting import SINKHOLES
from fluxhound.lab.population import PER_QUERY
from fluxhound.lab.queries import MICROSECONDS
from fluxhound.lab.questions import Asked, Authority

#: Numbered hosts after these are names of countries, which have their own hosts (naming).
_NUMBERED = 5
#: Share of a rotation by which its end comes earlier or later (chosen).
_UNEVEN = 0.2


def rotating_sets(of: Authority, asked: Asked, family: int) -> Sets:
    """Answer from hosts of the pool: the same set for everybody for a while, or never."""
    d, a = of.domains, of.domains.archetype
    at = asked.domain
    keys = d.key[at]
    seconds = asked.time / MICROSECONDS
    per_query = d.rotation_s[at] == PER_QUERY
    names = _beginning(of, asked)
    turn, begin = turns(mix(keys, key("turns")), d.rotation_s[at], seconds)
    stay = np.rint(1 / np.maximum(d.replaced[at], 1e-3)).astype(np.int64)
    partly = ~per_query & (stay > 1)
    fetch = mix(names, asked.asker, asked.time)
    regional = a.view == "place"
    draw = np.where(per_query, fetch, np.where(partly, names, mix(names, turn)))
    first, slots = np.zeros(len(at), np.int64), d.live[at]
    if regional:
        first, slots, region = _region(of, asked, fetch, per_query)
        draw = np.where(per_query, draw, mix(draw, region))
    ended = (seconds >= d.ends_s[at]) & (family == V4)
    sink = of.sinkholes + below(mix(keys, key("sinkhole")), SINKHOLES)
    rows = Drawn(
        pool=np.where(ended, sink, of.rows(at, family)),
        draw=np.where(ended, 0, draw).astype(np.uint64),
        time=of.start + np.where(per_query, np.floor(seconds / 600) * 600, begin) * ~ended,
        size=np.where(ended, 1, np.minimum(d.size[at], slots)),
        first=np.where(ended, 0, first),
        slots=np.where(ended, 2, slots),
        turn=np.where(partly & ~ended, turn, -1),
        stay=stay,
    )
    mixed = Mixed(d.decoys[at] * ~ended, a.decoy_sort) if d.decoys.any() else None
    return drawn_sets(rows, of.pools, of.world, family=family, mixed=mixed)


def _beginning(of: Authority, asked: Asked) -> U64:
    """Return what the draws of each question begin with: all names of a flux domain alike.

    Names of volunteers' pools have hosts of their own, and so have labels of some wildcards.
    """
    d, a = of.domains, of.domains.archetype
    keys = d.key[asked.domain]
    own = ~np.full(len(keys), a.flux)
    own |= unit(mix(keys, key("by label"))) < a.by_label
    return np.where(own, mix(keys, asked.host), mix(keys, 0))


def _region(of: Authority, asked: Asked, fetch: U64, per_query: Flags) -> tuple[Ints, Ints, Ints]:
    """Return the slots that a region's questions are answered from, and the region."""
    d, places = of.domains, of.domains.archetype.places
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


def turns(keys: U64, rotation: Reals, seconds: Reals) -> tuple[Ints, Reals]:
    """Return the number of the rotation at each moment, and when it began; ends vary a little."""
    period = np.maximum(rotation, 1.0)
    place = seconds / period + unit(keys)
    turn = np.floor(place)
    late = place - turn < _UNEVEN * unit(mix(keys, turn.astype(np.int64)))
    turn -= late
    begin = np.floor((turn - unit(keys)) * period)
    return turn.astype(np.int64) + 1, np.maximum(begin, 0.0)
