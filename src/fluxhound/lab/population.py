"""Registered domains of one archetype, as columns of what was drawn for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.lab.demand import Wanted, wanted
from fluxhound.lab.dice import U64, Flags, Ints, Reals, key, mix, unit
from fluxhound.lab.hosting import Ground
from fluxhound.lab.naming import MOST_DOMAINS, codes, registered
from fluxhound.lab.parameters import NS_SORTS, Archetype, Parameters

#: What a code is for: a domain that is asked for, or one of those behind it.
DOMAIN, EDGE, PROVIDER, OPERATOR, SERVERS, BULLETPROOF = range(6)

#: Rotation of domains whose answers are drawn anew for each response, and of own hosts.
PER_QUERY, STATIC = -1.0, 0.0
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Domains:
    """One element for each registered domain, or (``where``) for some of them."""

    archetype: Archetype
    index: int  # place of the archetype among all
    seed: int
    number: Ints
    key: U64
    pool: Ints  # counted within the archetype
    row: Ints  # of the plan
    row6: Ints  # of the plan, or -1
    size: Ints  # addresses in an answer
    ttl: Ints
    live: Ints
    turnover: Reals
    rotation_s: Reals  # or PER_QUERY, or STATIC
    replaced: Reals
    own_hosts: Ints  # hosts that the answer shows some of; 0: just those of the answer
    drift: Reals  # share of hosts of its own that are replaced in a day
    moves_s: Reals  # when it moves to another host, in seconds of the run, or infinity
    ends_s: Reals  # when it is taken down, in seconds of the run, or infinity
    elsewhere: Reals
    decoys: Ints
    chain: Ints
    ns: Ints  # place in NS_SORTS
    ns_size: Ints
    ns_ttl: Ints
    names: Ints
    fresh: Flags  # whether labels are made up for each client
    dual: Flags

    def __len__(self) -> int:
        """Return the number of domains."""
        return len(self.number)

    def texts(self) -> pa.StringArray:
        """Return the registered domains."""
        code = codes(DOMAIN, self.index, self.number)
        return registered(code, self.seed, self.archetype.style, self.pool)


def domains(
    a: Archetype,
    numbers: Ints,
    ground: Ground,
    live: Ints,
    turnover: Reals,
    *,
    index: int,
    days: float,
    given: Parameters,
    seed: int,
) -> Domains:
    """Return the domains of an archetype with the given *numbers*.

    *live* and *turnover* are the columns of the plan of pools.
    """
    if len(numbers) and int(numbers.max()) >= MOST_DOMAINS:
        raise ValueError(f"an archetype has at most {MOST_DOMAINS:,} domains")
    keys = mix(seed, key(a.name), numbers)

    def drawn(name: str) -> Reals:
        return getattr(a, name).draw(mix(keys, key(name)))  # type: ignore[no-any-return]

    def whole(name: str) -> Ints:
        return getattr(a, name).whole(mix(keys, key(name))).astype(np.int64)  # type: ignore[no-any-return]

    pool = ground.pool_of(keys, numbers, a.operators_zipf)
    row = ground.first + pool
    ttl = np.maximum(np.rint(drawn("ttl")), 0).astype(np.int64)
    dual = unit(mix(keys, key("dual"))) < a.dual_stack
    size, own = _sizes(a, keys, whole("answers"), whole("own_hosts"), live[row])
    moves = unit(mix(keys, key("moves"))) / max(given.population.migrating_per_day, 1e-9)
    return Domains(
        archetype=a,
        index=index,
        seed=seed,
        number=numbers,
        key=keys,
        pool=pool,
        row=row,
        row6=np.where(dual, ground.six + pool, -1) if ground.six >= 0 else np.full(len(row), -1),
        size=size,
        ttl=ttl,
        live=live[row],
        turnover=turnover[row],
        rotation_s=_rotation(a, keys, ttl),
        replaced=drawn("replaced"),
        own_hosts=own,
        drift=drawn("drift"),
        moves_s=np.where(moves < days, moves * 86_400, np.inf)
        if a.migrates
        else np.full(len(keys), np.inf),
        ends_s=np.where(
            unit(mix(keys, key("taken down"))) < a.taken_down,
            unit(mix(keys, key("ends"))) * days * 86_400,
            np.inf,
        ),
        elsewhere=drawn("elsewhere"),
        decoys=whole("decoys"),
        chain=whole("chain"),
        ns=_sorts(keys, a),
        ns_size=np.clip(whole("ns_names"), 1, 13),
        ns_ttl=np.maximum(np.rint(drawn("ns_ttl")), 0).astype(np.int64),
        names=np.maximum(whole("names"), 1),
        fresh=unit(mix(keys, key("fresh"))) < (1.0 if a.labels == "fresh" else a.fresh),
        dual=dual,
    )


def _sizes(a: Archetype, keys: U64, size: Ints, own: Ints, live: Ints) -> tuple[Ints, Ints]:
    """Return addresses in an answer, and own hosts where not all of them are in each answer.

    Three balancers of four answer with all of their hosts, up to eight (chosen).
    """
    size = np.clip(size, 1, np.minimum(live, 254))
    if a.own_hosts.high < 1:
        return size, np.zeros(len(size), dtype=np.int64)
    whole = unit(mix(keys, key("all hosts"))) < 0.75  # noqa: PLR2004 - chosen, see above
    own = np.minimum(own, live)
    shown = np.where(whole, np.minimum(own, 8), np.minimum(size, own))
    return shown, own


def _rotation(a: Archetype, keys: U64, ttl: Ints) -> Reals:
    if a.rotation_s == "none":
        return np.full(len(keys), STATIC)
    if a.rotation_s == "query":
        hourly = unit(mix(keys, key("hourly"))) < a.hourly
        return np.where(hourly, HOUR_S, PER_QUERY)
    h = mix(keys, key("rotation_s"))
    if a.rotation_s == "ttl":
        return np.maximum(a.rotation_factor.draw(h) * ttl, 1.0)
    return np.maximum(a.rotation_s.draw(h), 1.0)


def _sorts(keys: U64, a: Archetype) -> Ints:
    edges = np.cumsum([a.ns.get(sort, 0.0) for sort in NS_SORTS])
    place = np.searchsorted(edges / edges[-1], unit(mix(keys, key("ns"))), side="right")
    return np.minimum(place, len(NS_SORTS) - 1).astype(np.int64)


def demand(of: Domains, days: float, given: Parameters) -> Wanted:
    """Return how the domains are asked for over *days*."""
    a = of.archetype
    return wanted(
        of.key,
        demand=a.demand,
        factor=a.popularity.draw(mix(of.key, key("factor"))),
        hosts=of.names,
        life_days=a.life_days.draw(mix(of.key, key("life"))),
        beginning=a.beginning,
        fresh=of.fresh,
        dual=of.dual,
        users=a.labels == "users",
        days=days,
        population=given.population,
        given=given.demand,
    )
