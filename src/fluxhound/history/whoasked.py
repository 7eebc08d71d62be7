"""Who asked for a name, or for anything below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from fluxhound.history.clients import pseudonym_text

#: Clients that are listed at most. Chosen: a name that more asked for is looked at in the table.
MOST_LISTED = 10_000
#: Names below the one asked about that are listed for each client.
MOST_NAMES = 20

_BELOW = "(name = $name OR ends_with(name, '.' || $name))"

_ASKERS = f"""
WITH found AS (
    SELECT client, name, first, last, count FROM asking WHERE {_BELOW} AND last >= $since
    UNION ALL
    SELECT client, name, NULL, NULL, NULL FROM asked WHERE {_BELOW} AND $undated)
SELECT client, any_value(address), min(first), max(last), CAST(sum(count) AS BIGINT),
       list_sort(list(DISTINCT name))[:{MOST_NAMES}]
FROM found LEFT JOIN client_address USING (client)
GROUP BY client ORDER BY client = 0 DESC, max(last) DESC NULLS LAST, client LIMIT $limit
"""

_COUNT = f"""
SELECT count(DISTINCT client), bool_or(client = 0) FROM (
    SELECT client FROM asking WHERE {_BELOW} AND last >= $since
    UNION ALL SELECT client FROM asked WHERE {_BELOW} AND $undated)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One client that asked. Times in seconds since 1970; ``None`` if only log files tell of it."""

    client: str  # 16 hexadecimal digits, or its address where addresses are stored
    first: float | None
    last: float | None
    count: int | None
    names: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the client as JSON is made of it."""
        return {
            "client": self.client,
            "first": _iso(self.first),
            "last": _iso(self.last),
            "count": self.count,
            "names": list(self.names),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAsked:
    """The clients that asked for a name, the latest first."""

    name: str
    clients: tuple[Asker, ...]
    capped: bool  # there were more clients than are listed
    count: int  # how often they asked, those that are not listed included

    def document(self) -> dict[str, Any]:
        """Return the answer as JSON is made of it."""
        return {
            "name": self.name,
            "clients": [each.document() for each in self.clients],
            "capped": self.capped,
            "count": self.count,
        }

    def identified(self, addresses: Mapping[str, str]) -> WhoAsked:
        """Return the same with the *addresses* (by pseudonym text) in place of pseudonyms."""
        clients = (replace(c, client=addresses.get(c.client, c.client)) for c in self.clients)
        return replace(self, clients=tuple(clients))


def who_asked(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    since: float | None = None,
    limit: int = MOST_LISTED,
) -> WhoAsked:
    """Return who asked for *name* or a name below it, after *since* (seconds since 1970).

    Clients known from log files have no times, so they are told only without *since*.
    """
    rows = connection.execute(_ASKERS, {**_parameters(name, since), "limit": limit + 2}).fetchall()
    listed = [row for row in rows if row[0] != 0]
    return WhoAsked(
        name=name,
        clients=tuple(_asker(row) for row in listed[:limit]),
        capped=len(listed) > limit or len(listed) < len(rows),
        count=sum(row[4] or 0 for row in rows)
        if len(listed) <= limit
        else _total(connection, name, since),
    )


def client_count(
    connection: duckdb.DuckDBPyConnection, name: str, *, since: float | None = None
) -> int | None:
    """Return how many clients asked for *name* or a name below it; ``None`` if none is ever known.

    Where a name's clients are capped, it is the number of those that are known.
    """
    count, capped = connection.execute(_COUNT, _parameters(name, since)).fetchall()[0]
    if count:
        return int(count) - bool(capped)
    known = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM asking) OR EXISTS (SELECT 1 FROM asked)"
    )
    return 0 if known.fetchall()[0][0] else None


def _total(connection: duckdb.DuckDBPyConnection, name: str, since: float | None) -> int:
    parameters = {"name": name, "since": float("-inf") if since is None else since}
    query = f"SELECT coalesce(sum(count), 0) FROM asking WHERE {_BELOW} AND last >= $since"
    return int(connection.execute(query, parameters).fetchall()[0][0])


def _parameters(name: str, since: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "since": float("-inf") if since is None else since,
        "undated": since is None,
    }


def _asker(row: tuple[Any, ...]) -> Asker:
    client, address, first, last, count, names = row
    return Asker(
        client=address or pseudonym_text(client),
        first=first,
        last=last,
        count=count,
        names=tuple(names),
    )


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
