"""The history of candidates in memory: what looks are made of.

It is bounded, and the least suspicious go first. It also holds what names showed for the first time
lately, candidates or not, so that a name that becomes one is looked at with what made it so. What
is older is asked of the store.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Reals = NDArray[np.float64]

#: Rows of one registered domain that are held, the newest; and that a neighbour brings to a look.
DOMAIN_ROWS = 20_000
NEIGHBOUR_ROWS = 300
#: Neighbours of all domains of one look together, and the addresses they must share. Chosen.
MOST_NEIGHBOURS = 40
COMMON = 2
#: Addresses that more domains show link nothing here, as in profiles/links.py.
HUB_DOMAINS = 1000
#: Rows of one look.
LOOK_ROWS = 150_000
#: The bench is merged when it has grown by this share, and by so many rows at least. Chosen.
MERGE_SHARE = 0.25
MERGE_ROWS = 40_000

_TABLES = """
CREATE TABLE bench_row (domain UBIGINT, text UBIGINT, hour INTEGER, sensor VARCHAR, name VARCHAR,
    type VARCHAR, answers VARCHAR, first DOUBLE, last DOUBLE, count BIGINT, ttl_max BIGINT,
    ttl_min BIGINT);
CREATE TABLE bench_alias (text UBIGINT, name UBIGINT, domain UBIGINT);
CREATE TABLE bench_address (address UBIGINT, domain UBIGINT);
"""

_COLUMNS = "domain, text, hour, sensor, name, type, answers, first, last, count, ttl_max, ttl_min"

_SUMS = """min(first) AS first, max(last) AS last, CAST(sum(count) AS BIGINT) AS count,
    max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min"""

#: ``ranked`` (domain, rank) holds candidates; the others have the rank 0 and go by their age.
_HELD = """
CREATE OR REPLACE TEMP TABLE held AS
SELECT domain, rank IS NOT NULL AS ranked FROM (
    SELECT domain, count(*) AS rows, max(last) AS last FROM bench_row
    WHERE hour >= $oldest GROUP BY domain)
LEFT JOIN ranked USING (domain)
QUALIFY sum(rows) OVER (ORDER BY coalesce(rank, 0) DESC, last DESC, domain) <= $most
"""

#: Only of candidates are rows repeated: of the others each answer is there once.
_MERGE = f"""
CREATE OR REPLACE TABLE bench_row AS
WITH equal AS (
    SELECT domain, text, hour, sensor, name, type, answers, {_SUMS} FROM bench_row
    WHERE hour >= $oldest AND domain IN (SELECT domain FROM held WHERE ranked) GROUP BY ALL)
SELECT {_COLUMNS} FROM bench_row
WHERE hour >= $oldest AND domain IN (SELECT domain FROM held WHERE NOT ranked)
UNION ALL
SELECT {_COLUMNS} FROM equal
QUALIFY row_number() OVER (PARTITION BY domain ORDER BY last DESC) <= {DOMAIN_ROWS}
"""

_TRIM = (
    """CREATE OR REPLACE TABLE bench_alias AS SELECT DISTINCT text, name, domain FROM bench_alias
       SEMI JOIN bench_row USING (text)""",
    """CREATE OR REPLACE TABLE bench_address AS SELECT DISTINCT address, domain FROM bench_address
       SEMI JOIN bench_row USING (domain)""",
)

_LOST = "SELECT domain FROM ranked ANTI JOIN bench_row USING (domain)"

#: Rows of the chosen domains by their names or by their chains, then of the hosts that their NS
#: records name, then of their neighbours.
_COPY = f"""
CREATE OR REPLACE TEMP TABLE history AS
WITH texts AS (SELECT text FROM bench_alias SEMI JOIN chosen USING (domain)),
mine AS (
    SELECT * FROM bench_row WHERE domain IN (SELECT domain FROM chosen)
       OR text IN (SELECT text FROM texts)),
hosts AS (
    SELECT DISTINCT rtrim(unnest(string_split(answers, ',')[:64]), '.') AS name
    FROM mine WHERE type = 'NS'),
others AS (
    SELECT * FROM bench_row WHERE domain IN (SELECT domain FROM near)
    QUALIFY row_number() OVER (PARTITION BY domain ORDER BY last DESC) <= {NEIGHBOUR_ROWS}
    UNION ALL SELECT * FROM bench_row SEMI JOIN hosts USING (name) WHERE type <> 'NS')
SELECT hour, sensor, name, type, answers, first, last, count, ttl_max, ttl_min,
       CAST(0 AS INTEGER) AS source
FROM (SELECT hour, sensor, name, type, answers, {_SUMS}, 0 AS turn FROM mine GROUP BY ALL
      UNION ALL
      SELECT hour, sensor, name, type, answers, {_SUMS}, 1 FROM others
      ANTI JOIN mine USING (hour, sensor, name, type, answers) GROUP BY ALL)
ORDER BY turn, last DESC LIMIT {LOOK_ROWS}
"""

_NEAR = f"""
SELECT domain FROM (
    SELECT address, domain, count(*) OVER (PARTITION BY address) AS domains FROM (
        SELECT DISTINCT address, domain FROM bench_address SEMI JOIN (
            SELECT DISTINCT address FROM bench_address SEMI JOIN chosen USING (domain))
        USING (address)))
ANTI JOIN chosen USING (domain) SEMI JOIN among USING (domain) WHERE domains <= {HUB_DOMAINS}
GROUP BY domain HAVING count(*) >= {COMMON}
ORDER BY count(*) DESC, domain LIMIT {MOST_NEIGHBOURS}
"""


class Bench:
    """Rows of candidates, and of what is new, in tables of an engine in memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, most_rows: int) -> None:
        """Hold at most *most_rows* rows after each merge, in tables on *connection*."""
        self._connection = connection
        self._most = most_rows
        self._rows = self._merged = 0
        connection.execute(_TABLES)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def add(self, rows: pa.Table, aliases: pa.Table, addresses: pa.Table) -> None:
        """Add rows with their keys, chains and addresses (see ``tracking.Heard``)."""
        for table, name, columns in (
            (rows, "bench_row", _COLUMNS),
            (aliases, "bench_alias", "text, name, domain"),
            (addresses, "bench_address", "address, domain"),
        ):
            if table.num_rows:
                self._connection.register("added", table)
                self._connection.execute(f"INSERT INTO {name} SELECT {columns} FROM added")
                self._connection.unregister("added")
        self._rows += rows.num_rows

    def fill(self, domains: Keys, rows: pa.Table, aliases: pa.Table, addresses: pa.Table) -> None:
        """Put *rows* in the place of what is held of *domains*; rows of others only if missing."""
        self.drop(domains)
        self._connection.register("filling", rows)
        missing = self._connection.sql(
            "SELECT * FROM filling ANTI JOIN bench_row USING (hour, sensor, name, type, answers)"
        ).to_arrow_table()
        self._connection.unregister("filling")
        self.add(missing, aliases, addresses)

    def drop(self, domains: Keys) -> None:
        """Remove the rows of *domains*."""
        self._with("chosen", domains)
        self._connection.execute(
            "DELETE FROM bench_row WHERE domain IN (SELECT domain FROM chosen)"
        )
        self._connection.unregister("chosen")
        self._count()

    def texts_into(self, domains: Keys) -> Keys:
        """Return the keys of texts whose chains lead into *domains*."""
        return self._asked("SELECT DISTINCT text FROM bench_alias SEMI JOIN chosen USING (domain)",
                           domains)  # fmt: skip

    def names_into(self, domains: Keys) -> Keys:
        """Return the keys of names that were asked for and led into *domains*."""
        return self._asked("SELECT DISTINCT name FROM bench_alias SEMI JOIN chosen USING (domain)",
                           domains)  # fmt: skip

    @property
    def full(self) -> bool:
        """Tell whether it is time to merge."""
        grown = self._rows - self._merged
        return grown > max(MERGE_ROWS, MERGE_SHARE * self._merged)

    def merge(self, domains: Keys, ranks: Reals, *, oldest_hour: int) -> Keys:
        """Merge equal rows, and drop what is older or too much; return the *domains* that lost all.

        *domains* are the candidates; those with the least rank go first, after all others.
        """
        ranked = pa.table({"domain": domains, "rank": ranks + 1000.0})
        self._connection.register("ranked", ranked)
        self._connection.execute(_HELD, {"oldest": oldest_hour, "most": self._most})
        self._connection.execute(_MERGE, {"oldest": oldest_hour})
        for statement in _TRIM:
            self._connection.execute(statement)
        lost = self._connection.execute(_LOST).fetchnumpy()["domain"]
        self._connection.unregister("ranked")
        self._count()
        self._merged = self._rows
        return np.asarray(lost, np.uint64)

    def clear(self) -> None:
        """Drop everything: the store has it, too."""
        for table in ("bench_row", "bench_alias", "bench_address"):
            self._connection.execute(f"TRUNCATE {table}")
        self._rows = self._merged = 0

    def copy(self, into: duckdb.DuckDBPyConnection, domains: Keys, *, among: Keys) -> None:
        """Fill the temporary table ``history`` of *into* for a look at *domains*.

        *into* is a cursor of the bench's own connection. Neighbours *among* these domains, who
        share addresses with one of *domains*, come too.
        """
        into.register("chosen", pa.table({"domain": domains}))
        into.register("among", pa.table({"domain": among}))
        near = into.sql(_NEAR).to_arrow_table()
        into.register("near", near)
        into.execute(_COPY)
        into.unregister("near")
        into.unregister("among")
        into.unregister("chosen")

    def _asked(self, query: str, domains: Keys) -> Keys:
        self._with("chosen", domains)
        found = self._connection.execute(query).fetchnumpy()
        self._connection.unregister("chosen")
        return np.asarray(next(iter(found.values())), np.uint64)

    def _with(self, name: str, domains: Keys) -> None:
        self._connection.register(name, pa.table({"domain": domains}))

    def _count(self) -> None:
        found = self._connection.execute("SELECT count(*) FROM bench_row").fetchall()
        self._rows = int(found[0][0])
        self._merged = min(self._merged, self._rows)
