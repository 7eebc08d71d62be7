"""Names whose history goes last when the disk bound is reached."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from fluxhound.history.merging import Span

#: Labels of a name that are looked at, from its end: no finding has more. Chosen, not measured.
MOST_LABELS = 10

#: How often it is tried again when another thread has just changed the same names.
_TRIES = 3

_KEEP = """
INSERT INTO kept SELECT name, $until FROM (SELECT DISTINCT unnest($names) AS name)
ON CONFLICT (name) DO UPDATE SET until = greatest(until, excluded.until)
"""

#: Names are compared by each of their endings: a hash join, where LIKE would compare all with all.
_KEPT_NAMES = f"""
CREATE OR REPLACE TEMP TABLE kept_name AS
SELECT DISTINCT name FROM (
    SELECT name, array_to_string(labels[n:], '.') AS ending FROM (
        SELECT name, labels, unnest(range(greatest(1, len(labels) - {MOST_LABELS} + 1),
                                          len(labels) + 1)) AS n
        FROM (SELECT DISTINCT name, string_split(name, '.') AS labels
              FROM {{table}} WHERE {{where}})))
SEMI JOIN (SELECT name AS ending FROM kept) USING (ending)
"""


def keep(connection: duckdb.DuckDBPyConnection, names: Iterable[str], *, until: float) -> None:
    """Let the history of *names*, and of all below them, be evicted last; *until* then.

    One transaction; call it with a cursor of the thread's own, or in a transaction of the store.
    """
    listed = list(names)
    if not listed:
        return
    for _ in range(_TRIES - 1):
        try:
            connection.execute(_KEEP, {"names": listed, "until": until})
        except duckdb.TransactionException:
            continue
        return
    connection.execute(_KEEP, {"names": listed, "until": until})


def find_kept(connection: duckdb.DuckDBPyConnection, span: Span) -> None:
    """Fill the temporary table ``kept_name`` with the names in *span* that are kept."""
    query = _KEPT_NAMES.format(table=span.table, where=span.where)
    connection.execute(query, span.parameters)
