"""The addresses that names answered, and when it meant something to connect to them.

An answer may be used from when it was first seen until the last one has expired: its TTL after it
was last seen, and a grace for clients that hold on to addresses longer. Only the answers of the
names that are asked about are ever taken apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from fluxhound.enrichment.domains import registered_domain
from fluxhound.history.answers import split_answers

#: Seconds after the end of the TTL in which a connection still counts: browsers and libraries keep
#: addresses of their own, and a connection may be opened again. Chosen, not measured.
GRACE_S = 600.0
#: Seconds by which clocks of two sensors may differ. Chosen, not measured.
SKEW_S = 5.0
#: TTL where the source records none (passive DNS), and the longest that caches honour (a day, as
#: the default of Unbound's cache-max-ttl).
UNKNOWN_TTL_S, LONGEST_TTL_S = 300, 86_400
#: Addresses of all names together; beyond it the latest are kept. Chosen, not measured.
MOST_ADDRESSES = 1_000_000

# Every history name with its ends, so that names below one are found by equality.
_ROWS = """
CREATE OR REPLACE TEMP TABLE watched_row AS
WITH ends AS (
  SELECT name AS owner, unnest(list_transform(range(1, len(parts) + 1),
                        lambda n: array_to_string(parts[n:], '.'))) AS name
  FROM (SELECT name, string_split(name, '.') AS parts FROM (SELECT DISTINCT name FROM history))
), owners AS (SELECT owner, name FROM ends SEMI JOIN wanted USING (name))
SELECT owners.name, history.answers, min(first) AS first, max(last) AS last, max(ttl_max) AS ttl
FROM history JOIN owners ON owners.owner = history.name
WHERE type IN ('A', 'AAAA') GROUP BY owners.name, history.answers, hour
"""
_TEXTS = """
CREATE OR REPLACE TEMP TABLE watched_text AS
SELECT DISTINCT answers, false AS hosts FROM watched_row
"""
_SPANS = f"""
CREATE OR REPLACE TEMP TABLE watched_span AS
WITH parted AS (
  SELECT name, unnest(string_split(clean, ',')) AS address, first - {SKEW_S} AS first,
         last + least(coalesce(ttl, {UNKNOWN_TTL_S}), {LONGEST_TTL_S}) + {GRACE_S} AS until
  FROM watched_row JOIN answer_text USING (answers) WHERE clean <> ''
), latest AS (SELECT * FROM parted ORDER BY until DESC LIMIT {MOST_ADDRESSES}),
marked AS (
  SELECT *, coalesce(first > max(until) OVER (PARTITION BY name, address ORDER BY first, until
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS begins
  FROM latest
), numbered AS (
  SELECT *, count(*) FILTER (begins) OVER (PARTITION BY name, address ORDER BY first, until
           ROWS UNBOUNDED PRECEDING) AS island
  FROM marked
)
SELECT name, address, min(first) AS first, max(until) AS until
FROM numbered GROUP BY name, address, island
"""
# What else the same addresses served, as the history has it.
_OTHERS = """
SELECT DISTINCT address, name FROM (
  SELECT name, unnest(string_split(answers, ',')) AS address
  FROM (SELECT DISTINCT name, answers FROM history WHERE type IN ('A', 'AAAA')))
SEMI JOIN touched USING (address)
"""
_POOL = """
SELECT DISTINCT domain FROM network_unit
WHERE id IN (SELECT id FROM network_unit SEMI JOIN wanted_domain USING (domain))
"""


def watch(cursor: duckdb.DuckDBPyConnection, names: Sequence[str]) -> int:
    """Fill the temporary table ``watched_span`` (name, address, first, until) for *names*.

    Each name stands for all below it as well. *names* are as the history writes them. Return how
    many addresses there are. *cursor* must be one that nobody else has temporary tables on.
    """
    _hold(cursor, "wanted", {"name": pa.array(sorted(set(names)), pa.string())})
    cursor.execute(_ROWS)
    cursor.execute(_TEXTS)
    split_answers(cursor, "watched_text")
    cursor.execute(_SPANS)
    counted = cursor.execute("SELECT count(DISTINCT address) FROM watched_span")
    return int(counted.fetchall()[0][0])


def shared_addresses(
    cursor: duckdb.DuckDBPyConnection, addresses: Sequence[str], names: Sequence[str]
) -> frozenset[str]:
    """Return those of *addresses* that served other names than *names* and what is below them.

    Domains of one flux network share their hosts by trade: they are no others. What only the
    history has not seen is not known to be shared.
    """
    domains = {registered_domain(name) for name in names}
    _hold(cursor, "touched", {"address": pa.array(addresses, pa.string())})
    _hold(cursor, "wanted_domain", {"domain": pa.array(sorted(domains), pa.string())})
    pool = domains | {domain for (domain,) in cursor.execute(_POOL).fetchall()}
    found = cursor.execute(_OTHERS).fetchall()
    strange = {owner for owner in {o for _, o in found} if registered_domain(owner) not in pool}
    return frozenset(address for address, owner in found if owner in strange)


def _hold(cursor: duckdb.DuckDBPyConnection, table: str, columns: dict[str, pa.Array]) -> None:
    held = pa.table(columns)
    cursor.register("held", held)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM held")
    cursor.unregister("held")
