"""Answers of names with hosts of their own, which stay, move, drift or change address."""

from __future__ import annotations

import numpy as np

from fluxhound.lab.answersets import Placed, Sets, placed_sets, shifts
from fluxhound.lab.demand import DAY_S
from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, mix, unit, zipf_rank
from fluxhound.lab.queries import MICROSECONDS
from fluxhound.lab.questions import Asked, Authority


def own_sets(of: Authority, asked: Asked, family: int) -> Sets:
    """Answer from hosts of the name's own: they stay, move once, drift or change address."""
    d, a = of.domains, of.domains.archetype
    at = asked.domain
    keys = d.key[at]
    seconds = asked.time / MICROSECONDS
    own = (
        (asked.host > 0) & ~d.fresh[at] & (unit(mix(keys, asked.host, key("own"))) < a.own_answers)
    )
    name = mix(keys, np.where(own, asked.host, 0))
    if a.labels == "users":
        name = mix(keys, asked.host)
    size = _extra(of, asked, seconds) + d.size[at]
    row = np.repeat(np.arange(len(at)), size)
    number = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    moved = seconds >= d.moves_s[at]
    pool = _pool(of, asked, own | moved, mix(name, moved.astype(np.int64)), family)
    host = _slots(of, row, number, asked, mix(name, moved.astype(np.int64)), pool, seconds)
    changing = a.reassign > 0
    time = np.floor(seconds / 60) * 60 if changing else np.zeros(len(at))
    if a.ip_in_name > 0:
        time = np.where(address_in_name(of, at), 0.0, time)
    places = Placed(row, pool[row], host, of.start + time[row])
    shift = shifts(mix(keys, asked.asker, asked.time), size, rotated=of.rotated)
    return placed_sets(places, shift, of.pools, of.world, family=family)


def address_in_name(of: Authority, at: Ints) -> Flags:
    """Tell whose names spell their addresses: those never change."""
    d = of.domains
    return unit(mix(d.key[at], key("spelt"))) < d.archetype.ip_in_name


def _pool(of: Authority, asked: Asked, away: Flags, h: U64, family: int) -> Ints:
    """Return the pool of each question; names that are *away* have one of another operator."""
    a = of.domains.archetype
    row = of.rows(asked.domain, family)
    if not away.any() or not a.operators:
        return row
    other = zipf_rank(mix(h, key("away")), of.ground.pools, a.operators_zipf)
    return np.where(away, of.first(family) + other, row)


def _slots(
    of: Authority, row: Ints, number: Ints, asked: Asked, name: U64, pool: Ints, seconds: Reals
) -> Ints:
    """Return the slot of each address of each question."""
    d, a = of.domains, of.domains.archetype
    live = of.pools.plan.live[pool][row]
    at = asked.domain[row]
    if a.own_hosts.high >= 1:  # hosts of its own among many: any of them may be replaced
        number = _shown(of, row, number, asked)
        days = seconds[row] / DAY_S
        phase = unit(mix(name[row], number, key("phase")))
        version = np.floor(days * d.drift[at] + phase).astype(np.int64)
        version += np.where(number >= d.size[at], 1000 * (1 + np.floor(days)), 0).astype(np.int64)
        return below(mix(name[row], number, version), live)
    drifted = np.zeros(len(asked.domain), dtype=np.int64)
    if d.drift.any():
        phase = unit(mix(name, key("phase")))
        drifted = np.floor(seconds / DAY_S * d.drift[asked.domain] + phase).astype(np.int64)
    h = mix(name, key("slot"), drifted)
    whole = of.pools.plan.live[pool]
    first = zipf_rank(h, whole, a.crowding) if a.crowding > 0 else below(h, whole)
    return (first[row] + number * np.maximum(live // 7, 1)) % live


def _shown(of: Authority, row: Ints, number: Ints, asked: Asked) -> Ints:
    """Return which of its hosts an answer shows, where it does not show all of them."""
    d = of.domains
    at = asked.domain[row]
    own, size = d.own_hosts[at], d.size[at]
    h = mix(d.key[at], asked.asker[row], asked.time[row])
    turned = (number + below(h, np.maximum(own, 1))) % np.maximum(own, 1)
    return np.where((own > size) & (number < size), turned, number)


def _extra(of: Authority, asked: Asked, seconds: Reals) -> Ints:
    """Return how many hosts more a balancer has in its busy hours, changed in ten minutes."""
    d, a = of.domains, of.domains.archetype
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
