"""How domains are asked for: by whom, how often, and in which stretch of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fluxhound.lab.dice import U64, Flags, Ints, Reals, below, key, log_between, mix, unit
from fluxhound.lab.parameters import DEMANDS, DemandParameters, PopulationParameters

DAY_S = 86_400.0

#: Clients of a domain grow less than its queries do (chosen).
_CLIENTS_POWER = 0.85
#: Queries of one machine in a day: from a cron job to a poll every few minutes (chosen).
_MACHINE_LOW, _MACHINE_HIGH = 1.0, 200.0
#: Each label of a wildcard is asked for so often (survey of the literature, generator table).
FRESH_MOST = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """How domains are asked for: arrays with one element for each domain."""

    key: U64
    demand: Ints  # place in DEMANDS
    count: Ints  # queries, before machines that are off and moments outside the run are left out
    clients: Ints  # clients or victims that ask
    interval_s: Reals  # between the calls of one client
    begin_s: Reals  # the stretch of the run in which the name is in use
    span_s: Reals
    hosts: Ints  # host names of the domain
    fresh: Flags  # whether labels are made up for each client
    dual: Flags  # whether it has IPv6 addresses as well
    users: bool = False


def popularity(keys: U64, factor: Reals, given: PopulationParameters) -> Reals:
    """Return the mean queries of a day of domains that people or machines ask for.

    By rank these follow Zipf's law with exponent s; drawn independently, that is Pareto's law with
    exponent 1 / s.
    """
    drawn = (1.0 - unit(mix(keys, key("popularity")))) ** -given.queries_zipf
    return np.minimum(given.queries_low * drawn * factor, given.queries_most)


def wanted(
    keys: U64,
    *,
    demand: Mapping[str, float],
    factor: Reals,
    hosts: Ints,
    life_days: Reals,
    beginning: float,
    fresh: Flags,
    dual: Flags,
    users: bool,
    days: float,
    population: PopulationParameters,
    given: DemandParameters,
) -> Wanted:
    """Return how each domain is asked for over a run of *days*.

    *demand* gives the shares of the sorts, *factor* multiplies the queries, a *life_days* above 0
    bounds the days a name is in use, and a share of *beginning* names begins within the run.
    """
    sort = _demands(keys, demand)
    begin, span = _lives(keys, life_days, beginning, days)
    _, length = whole_days(begin, span)
    rate = popularity(keys, factor, population)
    interval = given.interval_s.draw(mix(keys, key("interval")))
    victims = np.maximum(1, np.rint(given.victims.draw(mix(keys, key("victims"))) * factor))
    victims = np.minimum(victims, population.queries_most * interval / DAY_S)
    per_machine = log_between(mix(keys, key("machine")), _MACHINE_LOW, _MACHINE_HIGH)
    usual = np.maximum(1, np.floor(rate * length + unit(mix(keys, key("count")))))
    victims = np.ceil(victims)
    asks = 1 + below(mix(keys, key("asks")), FRESH_MOST)
    calls = victims * np.ceil(span / interval)
    count = np.select([sort == 2, sort == 3], [calls, victims * asks], usual)  # noqa: PLR2004
    crowd = np.select(
        [sort == 0, sort == 1],
        [np.ceil(rate**_CLIENTS_POWER), np.ceil(rate / per_machine)],
        victims,
    )
    return Wanted(
        key=keys, demand=sort, count=count.astype(np.int64), clients=crowd.astype(np.int64),
        interval_s=interval, begin_s=begin, span_s=span, hosts=hosts,
        fresh=fresh, dual=dual, users=users,
    )  # fmt: skip


def _demands(keys: U64, shares: Mapping[str, float]) -> Ints:
    edges = np.cumsum([shares.get(name, 0.0) for name in DEMANDS])
    place = np.searchsorted(edges / edges[-1], unit(mix(keys, key("demand"))), side="right")
    return np.minimum(place, len(DEMANDS) - 1).astype(np.int64)


def _lives(keys: U64, life_days: Reals, beginning: float, days: float) -> tuple[Reals, Reals]:
    """Return when each name comes into use, in seconds of the run, and for how long."""
    end = days * DAY_S
    u = unit(mix(keys, key("begin")))
    starts = unit(mix(keys, key("begins"))) < beginning
    begin = np.where(starts, u * end * 0.8, 0.0)
    short = life_days > 0
    whole = np.ceil(np.maximum(days, 1))
    first_day = np.floor(u * (whole + life_days - 1)) - np.floor(life_days) + 1
    begin = np.where(short, np.maximum(first_day * DAY_S, 0), begin)
    last = np.where(short, np.minimum((first_day + np.ceil(life_days)) * DAY_S, end), end)
    begin = np.minimum(begin, np.maximum(end - 60, 0))
    return begin, np.maximum(last - begin, 60.0)


def whole_days(begin: Reals, span: Reals) -> tuple[Reals, Reals]:
    """Return the beginning of the first day that a stretch touches, and how many it touches."""
    first = np.floor(begin / DAY_S)
    return first * DAY_S, np.ceil((begin + span) / DAY_S) - first
