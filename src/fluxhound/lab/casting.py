"""Which networks the hosts of each pool are in: kinds as asked, popularity by Zipf's law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxhound.lab.dice import (
    U64,
    Flags,
    Ints,
    Reals,
    Small,
    below,
    key,
    mix,
    normal,
    unit,
    zipf_areas,
    zipf_at,
)
from fluxhound.lab.space import KIND_COUNT, Space

#: Places in a pool's list of networks per network; the list holds each as often as it is popular.
_SHARPNESS = 4
#: The longest list. Networks beyond are in it by chance, in proportion to their popularity.
_LONGEST = 4_096
#: Networks that a pool may have at most.
MOST_NETWORKS = 10_000

#: Deviation of a network's popularity from its size, in nats (chosen, not measured).
_SURPRISE = 1.0

_NETWORK, _KINDS, _TURN, _COUNTRY, _RANK = (
    key(f"casting {word}") for word in ("network", "kinds", "turn", "country", "rank")
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The networks of all pools, one list after the other; each is drawn from evenly."""

    networks: Small
    base: Ints  # per pool: where its list begins, and how long it is
    size: Ints

    def network(self, pool: Ints, h: U64) -> Ints:
        """Return a network for each host of a pool."""
        return self.networks.take(self.base[pool] + below(h, self.size[pool])).astype(np.int64)


def cast(
    space: Space,
    keys: U64,
    kinds: Reals,
    asns: Ints,
    zipf: Reals,
    countries: Ints,
    *,
    like: Space | None = None,
) -> Cast:
    """Return the networks of pools with the *keys*.

    *kinds* has one row of shares for each pool, *countries* one row of codes (0: no more of them;
    all 0: anywhere). A kind that a country has no networks of is drawn from anywhere. The networks
    are those that the pools have in the space of the other family, *like*, where they are in both.
    """
    counts, weights = _shared_out(keys, kinds, asns)
    networks = _networks(space, keys, counts, countries)
    if like is not None:
        twins = space.twins(like)[_networks(like, keys, counts, countries)]
        networks = np.where(twins >= 0, twins, networks)
    size = np.where(asns == 1, 1, np.minimum(asns * _SHARPNESS, _LONGEST))
    base = np.cumsum(size) - size
    first = np.cumsum(asns) - asns
    rank = _ranked(unit(mix(keys, _NETWORK)), size, counts, weights, zipf)
    return Cast(networks[np.repeat(first, size) + rank].astype(np.int32), base, size)


def _shared_out(keys: U64, kinds: Reals, asns: Ints) -> tuple[Ints, Reals]:
    """Return how many networks of each kind a pool has, and which share of hosts is in them.

    Systematic sampling: each kind has in the mean its share of the networks, with one network of
    several kinds as well, and is weighted by its share over the chance that it is there at all.
    """
    shares = kinds / kinds.sum(axis=1, keepdims=True)
    expected = shares * asns[:, None]
    offset = unit(mix(keys, _KINDS))[:, None]
    upto = np.floor(np.cumsum(expected, axis=1) + offset + 1e-9).astype(np.int64)
    counts = np.diff(np.minimum(upto, asns[:, None]), axis=1, prepend=0)
    weights = np.where(counts > 0, shares / np.clip(expected, 1e-9, 1.0), 0.0)
    return counts, weights / weights.sum(axis=1, keepdims=True)


def _networks(space: Space, keys: U64, counts: Ints, countries: Ints) -> Ints:
    """Return the networks of all pools in order of kind and rank.

    A kind's networks are drawn from strata of equal weight, so that only networks larger than a
    stratum come twice. Larger ones tend to be the more popular: they have more hosts to infect.
    """
    per_kind = counts.ravel()
    cell = np.repeat(np.arange(len(per_kind)), per_kind)  # pool and kind
    pool, kind = cell // KIND_COUNT, cell % KIND_COUNT
    first = np.cumsum(per_kind) - per_kind
    rank = np.arange(len(cell)) - first[cell]
    turn = unit(mix(keys[pool], _TURN, kind))
    within = unit(mix(keys[pool], _NETWORK, kind, rank))
    quantile = ((rank + within) / per_kind[cell] + turn) % 1.0
    found = space.network(space.group(kind, _countries(keys, pool, rank, countries)), quantile)
    score = np.log(space.size[found]) + _SURPRISE * normal(mix(keys[pool], _RANK, kind, rank))
    return found[np.lexsort((-score, cell))]


def _countries(keys: U64, pool: Ints, rank: Ints, countries: Ints) -> Ints:
    """Return the country of each network: those of the pool take turns."""
    given = np.count_nonzero(countries, axis=1)
    turn = (rank + below(mix(keys, _COUNTRY), 3)[pool]) % np.maximum(given, 1)[pool]
    found: Ints = countries[pool, turn]
    return found


def _ranked(offset: Reals, size: Ints, counts: Ints, weights: Reals, zipf: Reals) -> Ints:
    """Return which network of its pool stands at each place of the pools' lists.

    Place i of a list stands for the quantile (i + offset) / size of the pool's hosts, ordered by
    kind and rank.
    """
    upto = np.cumsum(weights, axis=1)
    places = np.ceil(upto * size[:, None] - offset[:, None]).astype(np.int64)
    places = np.where(_is_last(counts), size[:, None], np.clip(places, 0, size[:, None]))
    places = np.diff(np.maximum.accumulate(places, axis=1), axis=1, prepend=0)
    places = np.where(counts > 0, places, 0)
    powers = np.broadcast_to(zipf[:, None], counts.shape)
    low, high = zipf_areas(np.maximum(counts, 1).astype(np.float64), powers)
    slope = (high - low) / np.maximum(weights, 1e-12)
    quantile = np.arange(size.sum()) + np.repeat(offset + size - np.cumsum(size), size)
    quantile /= np.repeat(size, size)

    def each(cells: Reals | Ints) -> Reals:
        return np.repeat(cells.ravel(), places.ravel()).astype(np.float64, copy=False)

    area = each(low - slope * (upto - weights)) + each(slope) * quantile
    area = np.clip(area, each(low), each(high))
    begin = np.cumsum(counts, axis=1) - counts
    rank = zipf_at(area, each(counts), each(powers))
    return rank + np.repeat(begin.ravel(), places.ravel())


def _is_last(counts: Ints) -> Flags:
    """Tell which kind is the last one that each pool has networks of, and those after it."""
    return np.asarray(np.cumsum(counts, axis=1) == counts.sum(axis=1, keepdims=True))
