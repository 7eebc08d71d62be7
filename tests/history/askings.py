"""Rows of a live store for tests, and what the tables mean when they are merged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from fluxhound.history.store import Store

HOUR = 3600

HISTORY_VIEW = """
SELECT hour, sensor, name, type, answers, source, min(first), max(last), sum(count)::BIGINT,
       max(ttl_max), min(ttl_min)
FROM history GROUP BY ALL ORDER BY ALL
"""
ASKING_VIEW = """
SELECT hour, name, client, source, min(first), max(last), sum(count)::BIGINT
FROM asking GROUP BY ALL ORDER BY ALL
"""

#: hour, sensor, name, type, answers, first, last, count, ttl_max, ttl_min, source
Row = tuple[int, str, str, str, str, float, float, int, int | None, int | None, int]


def row(
    hour: int,
    name: str,
    answers: str = "192.0.2.1",
    *,
    sensor: str = "",
    count: int = 1,
    ttl: int | None = 300,
    at: float = 0.0,
    source: int = 1,
) -> Row:
    """Return one history row of *hour*, *at* seconds into it."""
    first = hour * HOUR + at
    return (hour, sensor, name, "A", answers, first, first, count, ttl, ttl, source)


def add(store: Store, rows: Iterable[Row]) -> dict[int, int]:
    """Add history rows in one transaction; return the rows for each hour."""
    listed = list(rows)
    counts: dict[int, int] = {}
    for each in listed:
        counts[each[0]] = counts.get(each[0], 0) + 1
    with store.transaction():
        if listed:
            columns = zip(*listed, strict=True)
            schema = store.connection.table("history").columns
            added = pa.table(  # noqa: F841 - the engine finds it by its name
                {name: pa.array(c) for name, c in zip(schema, columns, strict=True)}
            )
            store.connection.execute("INSERT INTO history SELECT * FROM added")
    return counts


def add_askings(store: Store, rows: Iterable[tuple[int, str, int, float, int]]) -> dict[int, int]:
    """Add rows (hour, name, client, time within it, count); return the rows for each hour."""
    counts: dict[int, int] = {}
    with store.transaction():
        for hour, name, client, at, count in rows:
            time = hour * HOUR + at
            store.connection.execute(
                "INSERT INTO asking VALUES (?, ?, ?, ?, ?, ?, 1)",
                [hour, name, client, time, time, count],
            )
            counts[hour] = counts.get(hour, 0) + 1
    return counts


def fetch(store: Store, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of *query*."""
    return store.connection.execute(query).fetchall()


def number(store: Store, query: str) -> Any:
    """Return the one value of *query*."""
    return fetch(store, query)[0][0]
