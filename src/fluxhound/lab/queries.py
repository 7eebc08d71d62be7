"""Who asks for which name, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fluxhound.lab.demand import DAY_S, FRESH_MOST, Wanted, whole_days
from fluxhound.lab.dice import (
    U64,
    Flags,
    Ints,
    Reals,
    below,
    exponential,
    key,
    mix,
    unit,
    zipf_rank,
)
from fluxhound.lab.parameters import DemandParameters
from fluxhound.lab.vantage import Vantage

MICROSECONDS = 1_000_000

#: A person's visit asks for one to four names of a site within seconds (chosen).
_VISIT_MOST, _VISIT_GAP_S = 4, 15.0
#: Exponent of the popularity of the hosts of one domain (chosen).
_HOSTS_ZIPF, _USERS_ZIPF = 1.2, 0.8
#: A dual-stack client asks for AAAA beside A this often (chosen).
_ASKS_SIX = 0.6
#: Machines of victims that are not always on run for so many hours a day (chosen).
_ON_LOW_H, _ON_HIGH_H = 6.0, 12.0

#: How busy people are by local hour; its sum does not matter (chosen; shape of ISP resolvers').
_BUSY = np.array(
    [3, 2, 1.4, 1, 1, 1.2, 2, 3.5, 5, 6, 6.5, 6.7, 6.6, 6.5, 6.5, 6.4, 6.5, 6.8, 7.2, 7.8, 8, 7.6,
     6.4, 4.6]
)  # fmt: skip
_DAY_PARTS = np.concatenate([[0.0], np.cumsum(_BUSY) / _BUSY.sum()])


@dataclass(frozen=True, slots=True)
class Queries:
    """One element for each query. Domains are numbered within the chunk, times in microseconds."""

    domain: Ints
    host: Ints
    client: Ints
    time: Ints
    six: Flags

    def __len__(self) -> int:
        """Return the number of queries."""
        return len(self.domain)

    def where(self, keep: Flags) -> Queries:
        """Return the queries that are marked."""
        return Queries(
            self.domain[keep], self.host[keep], self.client[keep], self.time[keep], self.six[keep]
        )


def ask(
    domains: Wanted, vantage: Vantage, days: float, given: DemandParameters, cut_s: float | None
) -> Queries:
    """Return the queries of all *domains* until the end of the run, or *cut_s* seconds of it."""
    parts = [
        _asked(domains, np.flatnonzero(domains.demand == sort), clock, vantage, given)
        for sort, clock in enumerate(_CLOCKS)
    ]
    end = min(days * DAY_S, np.inf if cut_s is None else cut_s)
    both = _dual(_joined(parts), domains)
    return both.where((both.time >= 0) & (both.time < int(end * MICROSECONDS)))


#: Takes the domains, the domain and the number of each query; returns its client (a hash), the
#: number of the client in the domain, seconds, and whether the machine is on.
_Clock = Callable[[Wanted, Ints, Ints, "_Crowd"], tuple[U64, Ints, Reals, Flags]]


@dataclass(frozen=True, slots=True)
class _Crowd:
    """The clients of the vantage, and how victims behave."""

    vantage: Vantage
    given: DemandParameters

    def client(self, h: U64) -> Ints:
        return below(h, self.vantage.resolvers * self.vantage.clients)

    def ahead_h(self, client: Ints) -> Ints:
        return self.vantage.longitude_h(self.vantage.place(client // self.vantage.clients))


def _asked(
    domains: Wanted, chosen: Ints, clock: _Clock, vantage: Vantage, given: DemandParameters
) -> Queries:
    counts = domains.count[chosen]
    domain = np.repeat(chosen, counts)
    number = np.arange(len(domain)) - np.repeat(np.cumsum(counts) - counts, counts)
    crowd = _Crowd(vantage, given)
    h, place, seconds, on = clock(domains, domain, number, crowd)
    host = _hosts(domains, domain, number, place)
    time = np.rint(seconds * MICROSECONDS).astype(np.int64)
    six = np.zeros(len(domain), dtype=np.bool_)
    return Queries(domain, host, crowd.client(h), time, six).where(on)


def _hosts(domains: Wanted, domain: Ints, number: Ints, place: Ints) -> Ints:
    """Return the host that each query is for: the first ones far more often than the last.

    Labels that are made up are one for each client and every three of its queries.
    """
    fresh, hosts = domains.fresh[domain], domains.hosts[domain]
    host = np.zeros(len(domain), dtype=np.int64)
    if (hosts > 1).any():
        h = mix(domains.key[domain], key("host"), number)
        host = zipf_rank(h, hosts, _USERS_ZIPF if domains.users else _HOSTS_ZIPF)
    if fresh.any():
        turn = number // np.maximum(domains.clients[domain], 1)
        host = np.where(fresh, place * (1 << 16) + turn // FRESH_MOST, host)
    return host


def _people(
    domains: Wanted, domain: Ints, number: Ints, crowd: _Crowd
) -> tuple[U64, Ints, Reals, Flags]:
    """Visits of people: each asks for a few names within seconds, at their busy hours."""
    keys = domains.key[domain]
    size = 1 + below(mix(keys, key("visits")), _VISIT_MOST)
    visit = mix(keys, key("visit"), number // size)
    place = below(mix(visit, 1), domains.clients[domain])
    client = mix(keys, key("client"), place)
    ahead = crowd.ahead_h(crowd.client(client))
    first, days = whole_days(domains.begin_s, domains.span_s)
    day, part = np.divmod(unit(visit) * days[domain], 1.0)
    local = np.interp(part, _DAY_PARTS, np.arange(25) / 24) * DAY_S
    when = first[domain] + day * DAY_S + (local - ahead * 3600) % DAY_S
    when += exponential(mix(visit, 2, number), _VISIT_GAP_S) * (number % size > 0)
    since = when - domains.begin_s[domain]
    return client, place, when, (since >= 0) & (since < domains.span_s[domain])


def _machines(
    domains: Wanted, domain: Ints, number: Ints, crowd: _Crowd
) -> tuple[U64, Ints, Reals, Flags]:
    """Machines that ask at even intervals, each at its own moment, a little unevenly."""
    del crowd
    keys = domains.key[domain]
    clients = domains.clients[domain]
    place, turn = number % clients, number // clients
    client = mix(keys, key("client"), place)
    turns = np.maximum(1, np.ceil(domains.count[domain] / clients))
    phase = unit(mix(client, 1))
    jitter = 0.1 * unit(mix(client, 2, turn))
    span = domains.span_s[domain]
    when = domains.begin_s[domain] + (turn + phase + jitter) / turns % 1.0 * span
    return client, place, when, np.ones(len(domain), dtype=np.bool_)


def _calls(
    domains: Wanted, domain: Ints, number: Ints, crowd: _Crowd
) -> tuple[U64, Ints, Reals, Flags]:
    """Malware that calls home at even intervals while its machine is on."""
    keys = domains.key[domain]
    clients = domains.clients[domain]
    place, turn = number % clients, number // clients
    client = mix(keys, key("client"), place)
    jitter = 0.15 * unit(mix(client, 2, turn))
    when = (turn + unit(mix(client, 1)) + jitter) * domains.interval_s[domain]
    moment = domains.begin_s[domain] + when
    machine = crowd.client(client)
    identity = mix(key("machine"), machine)
    hour = (moment / 3600 + crowd.ahead_h(machine)) % 24
    start = 6 + 5 * unit(mix(identity, 1))
    length = _ON_LOW_H + (_ON_HIGH_H - _ON_LOW_H) * unit(mix(identity, 2))
    on = (unit(identity) < crowd.given.always_on) | ((hour - start) % 24 < length)
    return client, place, moment, on & (when < domains.span_s[domain])


def _waves(
    domains: Wanted, domain: Ints, number: Ints, crowd: _Crowd
) -> tuple[U64, Ints, Reals, Flags]:
    """Mail that is opened within hours of a wave, each link asked for one to three times."""
    keys = domains.key[domain]
    clients = domains.clients[domain]
    place, turn = number % clients, number // clients
    client = mix(keys, key("client"), place)
    waves = np.maximum(1, np.ceil(domains.span_s[domain] / (2 * DAY_S))).astype(np.int64)
    wave = mix(keys, key("wave"), below(mix(client, 3), waves))
    mean = crowd.given.wave_h.draw(mix(keys, key("wave hours"))) * 3600 / 2.5
    start = unit(wave) * 0.8 * domains.span_s[domain]
    again = exponential(mix(client, 2, turn), 1200.0) * (turn > 0)
    when = start + exponential(mix(client, 1), mean) + again
    inside = when < domains.span_s[domain]
    return client, place, domains.begin_s[domain] + when, inside


#: In the order of DEMANDS.
_CLOCKS: tuple[_Clock, ...] = (_people, _machines, _calls, _waves)


def _dual(queries: Queries, domains: Wanted) -> Queries:
    """Return the queries, and those for AAAA beside them, a millisecond later."""
    if not domains.dual.any():
        return queries
    h = mix(domains.key[queries.domain], key("AAAA"), queries.client, queries.time)
    more = queries.where(domains.dual[queries.domain] & (unit(h) < _ASKS_SIX))
    six = np.ones(len(more), dtype=np.bool_)
    later = Queries(more.domain, more.host, more.client, more.time + 1000, six)
    return _joined([queries, later])


def _joined(parts: list[Queries]) -> Queries:
    return Queries(
        np.concatenate([part.domain for part in parts]),
        np.concatenate([part.host for part in parts]),
        np.concatenate([part.client for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.six for part in parts]),
    )
