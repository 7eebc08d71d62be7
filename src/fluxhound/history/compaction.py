"""Observations to history rows: the only step that touches every record.

This is stage one of two: it groups by the answer text as it stands, without splitting it. Stage two
(``answers``) splits, sorts and cleans, but only the texts of candidates. Everything is GROUP BY and
DISTINCT, which spill to disk; count(distinct) does not.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from fluxhound.history.names import NAME_LIMIT
from fluxhound.history.schema import BUCKET_S

#: Rows that are grouped together. Chosen: large enough that most repeats within an hour of a busy
#: network meet, small enough to stay well under the smallest memory limit.
PORTION_ROWS = 1_000_000

#: ASCII names are cleaned by the engine, the few others by us (IDNA).
_OWNER = """CASE WHEN length(name) = strlen(name) THEN rtrim(lower(name), '.')
                 ELSE canonical_name(name) END"""

_HISTORY = """
INSERT INTO history
SELECT CAST(floor(time / {bucket}) AS INTEGER) AS hour, {sensor} AS vantage, {owner} AS owner,
       type, lower(answers) AS text, min(time), max({last}), {count}, max({ttl}), min({ttl})
FROM portion GROUP BY ALL
HAVING owner <> '' AND length(owner) <= {limit}
"""

_ASKED = f"""
INSERT INTO asked
SELECT DISTINCT {_OWNER} AS owner, pseudonym
FROM portion JOIN (
    SELECT client, client_pseudonym(client) AS pseudonym FROM (SELECT DISTINCT client FROM portion
    WHERE client IS NOT NULL)) USING (client)
"""


class Compactor:
    """Takes the batches of one input and adds their history rows to the store's tables.

    Call ``take`` for each batch and ``finish`` once, inside a transaction of the store.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Use *connection*, which has the tables and the functions of the history."""
        self._connection = connection
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0

    def take(self, batch: pa.RecordBatch) -> None:
        """Add one batch of observations (schema ``OBSERVATION``, optional columns may lack)."""
        if self._batches and batch.schema != self._batches[0].schema:
            self.finish()
        self._batches.append(batch)
        self._rows += batch.num_rows
        if self._rows >= PORTION_ROWS:
            self.finish()

    def finish(self) -> None:
        """Compact the rows that are still waiting."""
        if not self._batches:
            return
        portion = pa.Table.from_batches(self._batches)
        self._batches, self._rows = [], 0
        present = set(portion.schema.names)
        self._connection.register("portion", portion)
        self._connection.execute(stage_one(present))
        if "client" in present and portion.column("client").null_count < portion.num_rows:
            self._connection.execute(_ASKED)
        self._connection.unregister("portion")


def stage_one(present: Iterable[str]) -> str:
    """Return the SQL of stage one for a portion that has the columns *present*."""
    columns = set(present)
    return _HISTORY.format(
        bucket=BUCKET_S,
        owner=_OWNER,
        limit=NAME_LIMIT,
        sensor="coalesce(sensor, '')" if "sensor" in columns else "''",
        last="coalesce(time_last, time)" if "time_last" in columns else "time",
        count="sum(coalesce(count, 1))" if "count" in columns else "count(*)",
        ttl="ttl" if "ttl" in columns else "NULL::BIGINT",
    )
