"""What each client did, added up over all its visits."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fluxhound.response.sinkhole.tallies import OTHERS

#: Clients that are looked at, the latest first. Chosen, not measured.
MOST_CALLERS = 10_000
#: Of what one client has many, so many are told; the numbers are of all.
MOST_TOLD = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One name that a client wanted. Times in seconds since 1970."""

    name: str
    first: float
    last: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One client. Times in seconds since 1970; lists are bounded, numbers are not."""

    client: str
    first: float
    last: float
    visits: int
    hours: int  # different hours in which it came
    octets: int
    answered: int
    odd: int
    probes: int
    nameless: int  # visits over TLS or HTTP that told no name
    names: int
    ports: int
    addresses: int
    ja4s: int
    client_port: int  # of its last visit
    called: tuple[Called, ...] = ()  # the most wanted first
    port_numbers: tuple[int, ...] = ()
    order: tuple[str, ...] = ()  # our addresses in the order of its first visits
    protocols: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()  # JA4
    agents: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()  # hexadecimal


_SUMS = """
SELECT client, min(first), max(last), sum(count), count(DISTINCT hour), sum(octets), sum(answered),
       sum(odd), sum(probes),
       sum(iif(name = '' AND protocol IN ('tls', 'https', 'http'), count, 0)),
       count(DISTINCT nullif(nullif(name, ''), '*')),
       count(DISTINCT nullif(port, 0)), count(DISTINCT nullif(address, '')),
       count(DISTINCT nullif(nullif(ja4, ''), '*'))
FROM visit WHERE last >= ? AND client <> '*' AND instr(client, '/') = 0
GROUP BY client ORDER BY max(last) DESC, client LIMIT ?
"""

#: Times and counts of each value of a column, the most frequent or the earliest first.
_VALUES = """
WITH counted AS (
    SELECT client, {column} AS value, min(first) AS first, max(last) AS last, sum(count) AS count
    FROM visit WHERE last >= ? AND {column} NOT IN ('', '*', 0) GROUP BY client, {column}),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY client ORDER BY {order}, value) AS place FROM counted)
SELECT client, value, first, last, count FROM ranked WHERE place <= ? ORDER BY client, place
"""

_LAST_PORTS = """
SELECT client, client_port, max(last) FROM visit WHERE last >= ? GROUP BY client
"""

_FOLDED = """
SELECT coalesce(sum(count), 0) FROM visit
WHERE last >= ? AND (client = '*' OR instr(client, '/') > 0)
"""


def read_callers(
    connection: sqlite3.Connection, *, since: float, most: int = MOST_CALLERS
) -> tuple[Caller, ...]:
    """Return the clients that came after *since* (seconds since 1970), the latest first."""
    values = {
        column: _values(connection, column, order, since)
        for column, order in (
            ("name", "count DESC"),
            ("port", "count DESC"),
            ("address", "first"),
            ("protocol", "count DESC"),
            ("ja4", "count DESC"),
            ("agent", "count DESC"),
            ("opening", "count DESC"),
        )
    }
    ports = {row[0]: int(row[1]) for row in connection.execute(_LAST_PORTS, [since])}
    sums = connection.execute(_SUMS, [since, most])
    return tuple(_caller(row, ports.get(row[0], 0), values) for row in sums)


def folded_visits(connection: sqlite3.Connection, *, since: float) -> int:
    """Return how many visits are known only in sum, because there were too many clients."""
    return int(connection.execute(_FOLDED, [since]).fetchone()[0])


_Values = dict[str, list[tuple[Any, ...]]]


def _values(connection: sqlite3.Connection, column: str, order: str, since: float) -> _Values:
    found: _Values = defaultdict(list)
    query = _VALUES.format(column=column, order=order)
    for client, *rest in connection.execute(query, [since, MOST_TOLD]):
        found[client].append(tuple(rest))
    return found


def _caller(row: tuple[Any, ...], client_port: int, values: dict[str, _Values]) -> Caller:
    client, first, last, visits, hours, octets, answered, odd, probes, nameless, *numbers = row
    names, ports, addresses, ja4s = numbers

    def of(column: str) -> Iterable[Any]:
        return (value for value, *_ in values[column].get(client, []))

    return Caller(
        client=client,
        first=first,
        last=last,
        visits=visits,
        hours=hours,
        octets=octets,
        answered=answered,
        odd=odd,
        probes=probes,
        nameless=nameless,
        names=names,
        ports=ports,
        addresses=addresses,
        ja4s=ja4s,
        client_port=client_port,
        called=tuple(
            Called(name=name, first=begun, last=ended, count=count)
            for name, begun, ended, count in values["name"].get(client, [])
        ),
        port_numbers=tuple(sorted(of("port"))),
        order=tuple(of("address")),
        protocols=tuple(each for each in of("protocol") if each != OTHERS),
        fingerprints=tuple(of("ja4")),
        agents=tuple(of("agent")),
        openings=tuple(of("opening")),
    )
