"""The merge laws as SQL: rows of one table with the same key become one row.

Merging is min, max and sum, so it is associative and commutative, and may be done to any part of
the rows at any time. That a portion is not added twice is the positions' task, not the merge's.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import duckdb

#: Clients of one name that are kept apart in one merged hour (or day); the rest is counted together
#: as client 0. A name that more ask for says nothing about who is infected. Chosen, not measured.
MOST_CLIENTS = 1000
#: Sums stop here instead of failing: a fold that failed would fail for ever.
_LARGEST = (1 << 63) - 1

#: ``$target`` is the hour of the merged rows; ``merged_rows`` counts what became one row.
_HISTORY = f"""
SELECT CAST($target AS INTEGER) AS hour, sensor, name, type, answers,
       min(first) AS first, max(last) AS last,
       CAST(least(sum(count), {_LARGEST}) AS BIGINT) AS count,
       max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min, source, count(*) AS merged_rows
FROM history WHERE {{where}} GROUP BY sensor, name, type, answers, source
"""

_ASKING = f"""
WITH merged AS (
    SELECT name, client, min(first) AS first, max(last) AS last, sum(count) AS count, source,
           count(*) AS merged_rows
    FROM asking WHERE {{where}} GROUP BY name, client, source),
crowded AS (SELECT name FROM merged GROUP BY name HAVING count(*) > {MOST_CLIENTS}),
capped AS (
    SELECT * REPLACE (CASE WHEN row_number() OVER (PARTITION BY name ORDER BY client = 0, first,
                                                   client) <= {MOST_CLIENTS}
                           THEN client ELSE 0 END AS client)
    FROM merged SEMI JOIN crowded USING (name)
    UNION ALL SELECT * FROM merged ANTI JOIN crowded USING (name))
SELECT CAST($target AS INTEGER) AS hour, name, client, min(first) AS first, max(last) AS last,
       CAST(least(sum(count), {_LARGEST}) AS BIGINT) AS count, source,
       CAST(sum(merged_rows) AS BIGINT) AS merged_rows
FROM capped GROUP BY name, client, source
"""

MERGES = {"history": _HISTORY, "asking": _ASKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Some rows of a table: hours in [first, end), names in [since, until)."""

    table: str  # a key of MERGES
    first: int
    end: int
    since: str = ""
    until: str | None = None

    @property
    def where(self) -> str:
        """Return the SQL condition; its parameters are ``parameters``."""
        until = "" if self.until is None else " AND name < $until"
        since = " AND name >= $since" if self.since else ""
        return f"hour >= $first AND hour < $end{since}{until}"

    @property
    def parameters(self) -> dict[str, int | str]:
        """Return the parameters of ``where``."""
        values: dict[str, int | str] = {"first": self.first, "end": self.end}
        if self.since:
            values["since"] = self.since
        if self.until is not None:
            values["until"] = self.until
        return values


def count_rows(connection: duckdb.DuckDBPyConnection, span: Span) -> int:
    """Return the number of rows in *span*."""
    query = f"SELECT count(*) FROM {span.table} WHERE {span.where}"
    return int(connection.execute(query, span.parameters).fetchall()[0][0])


def parts(connection: duckdb.DuckDBPyConnection, span: Span, *, rows: int) -> list[Span]:
    """Return *span* in parts by name of about *rows* rows each, in the order of the names.

    Merged part after part, rows come to lie in the order of their names, so that a look-up of a
    name or a part later reads little. One name is never parted.
    """
    total = count_rows(connection, span)
    wanted = -(-total // rows)
    if wanted <= 1:
        return [span]
    stride = max(1, total // (wanted * _SAMPLES))
    sample = connection.execute(
        f"SELECT name FROM {span.table} WHERE {span.where} AND rowid % {stride} = 0",
        span.parameters,
    ).fetchnumpy()["name"]
    names = sorted(sample.tolist())
    bounds = sorted({names[i * len(names) // wanted] for i in range(1, wanted)} - {""})
    edges = [span.since, *(b for b in bounds if b > span.since), span.until]
    return [
        Span(table=span.table, first=span.first, end=span.end, since=since or "", until=until)
        for since, until in itertools.pairwise(edges)
    ]


#: Names that are looked at for each part, to find where it ends.
_SAMPLES = 100


def merge(connection: duckdb.DuckDBPyConnection, span: Span, *, target: int) -> tuple[int, int]:
    """Merge the rows of *span* into rows of the hour *target*; return the rows before and after.

    Call it in a transaction.
    """
    query = MERGES[span.table].format(where=span.where)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE merging AS {query}", {**span.parameters, "target": target}
    )
    counts = connection.execute("SELECT coalesce(sum(merged_rows), 0), count(*) FROM merging")
    before, after = counts.fetchall()[0]
    if before != after or span.end - span.first > 1:
        connection.execute(f"DELETE FROM {span.table} WHERE {span.where}", span.parameters)
        connection.execute(
            f"INSERT INTO {span.table} SELECT * EXCLUDE (merged_rows) FROM merging ORDER BY name"
        )
    connection.execute("DROP TABLE merging")
    return int(before), int(after)
