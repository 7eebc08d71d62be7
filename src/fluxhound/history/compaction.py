"""Observations to history rows: the only step that touches every record.

This is stage one of two: it groups by the answer text as it stands, without splitting it. Stage two
(``answers``) splits, sorts and cleans, but only the texts of candidates. Everything is GROUP BY and
DISTINCT, which spill to disk; count(distinct) does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from fluxhound.history.names import NAME_LIMIT
from fluxhound.history.schema import BUCKET_S
from fluxhound.records import KEPT_COLUMN
from fluxhound.sources.octets import last_octets, octets

#: Rows that are grouped together. Chosen: large enough that most repeats within an hour of a busy
#: network meet, small enough to stay well under the smallest memory limit.
PORTION_ROWS = 300_000
#: What they may hold in memory: views keep the whole blocks of the input. Chosen.
PORTION_BYTES = 160 << 20
#: Clients whose pseudonyms are remembered from portion to portion. Chosen: about 30 MB.
KNOWN_CLIENTS = 200_000

_HISTORY = """
INSERT INTO {into}
SELECT CAST(floor(time / {bucket}) AS INTEGER) AS hour, {sensor} AS vantage, {owner} AS owner,
       type, {text} AS text, min(time), max({last}), {count}, max({ttl}), min({ttl}),
       {source}
FROM portion WHERE {kept} GROUP BY ALL
HAVING owner <> '' AND length(owner) <= {limit}
"""

_ASKED = """
INSERT INTO asked SELECT DISTINCT {owner}, pseudonym, {source}
FROM portion WHERE {kept} AND pseudonym IS NOT NULL
"""


class Compactor:
    """Takes the batches of one input and adds their history rows to the store's tables.

    Call ``take`` for each batch and ``finish`` once, inside a transaction of the store.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        source: int = 0,
        into: str = "history",
        asked: bool = True,
    ) -> None:
        """Use *connection*, which has the history's tables and functions; mark rows by *source*.

        The rows go *into* a table like ``history``. Who *asked* is noted unless somebody else does.
        """
        self._connection = connection
        self._source = source
        self._into = into
        self._asked = asked
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._octets = 0
        self._known: dict[str, int] = {}  # client -> pseudonym

    def take(self, batch: pa.RecordBatch) -> None:
        """Add one batch of observations (schema ``OBSERVATION``, optional columns may lack)."""
        if self._batches and batch.schema != self._batches[0].schema:
            batch = self._alike(batch)
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._octets += batch.get_total_buffer_size()
        if self._rows >= PORTION_ROWS or self._octets >= PORTION_BYTES:
            self.finish()

    def _alike(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return *batch* so that it fits the waiting ones, if need be after compacting those.

        One log may give batches with views and without, marked and filtered; were each a portion of
        its own, few repeats would meet.
        """
        plain = [_plain(waiting) for waiting in self._batches]
        fitting = _plain(batch)
        if fitting.schema.equals(plain[0].schema):
            self._batches = plain
            return fitting
        self.finish()
        return batch

    def finish(self) -> None:
        """Compact the rows that are still waiting."""
        if not self._batches:
            return
        portion = pa.Table.from_batches(self._batches)
        self._batches, self._rows, self._octets = [], 0, 0
        present = set(portion.schema.names)
        owner = _owner(portion.column("name"))
        text = _text(portion.column("answers"))
        # The engine finds the local ``portion`` by its name. Registered as a view it would be kept
        # alive until the transaction ends, and with it the memory of every portion of the input.
        self._connection.execute(
            stage_one(present, owner=owner, text=text, source=self._source, into=self._into)
        )
        if not self._asked:
            return
        if "client" in present and portion.column("client").null_count < portion.num_rows:
            kept = KEPT_COLUMN if KEPT_COLUMN in present else "true"
            columns = [name for name in ("name", KEPT_COLUMN) if name in present]
            pseudonyms = self._pseudonyms(portion.column("client"))
            portion = portion.select(columns).append_column("pseudonym", pseudonyms)
            self._connection.execute(_ASKED.format(owner=owner, kept=kept, source=self._source))

    def _pseudonyms(self, clients: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the pseudonym of each client, each distinct one made once."""
        encoded = clients.dictionary_encode()
        texts = encoded.chunk(0).dictionary.to_pylist()
        if len(self._known) + len(texts) > KNOWN_CLIENTS:
            self._known.clear()
        unknown = pa.table({"client": [text for text in texts if text not in self._known]})
        if unknown.num_rows:
            made = "SELECT client, client_pseudonym(client) FROM unknown"
            self._known.update(self._connection.execute(made).fetchall())
        values = pa.array([self._known[text] for text in texts], pa.uint64())
        return pa.chunked_array([values.take(chunk.indices) for chunk in encoded.chunks])


_CLIENTS = """
SELECT {owner} AS name, client, max(time) AS time, CAST({count} AS BIGINT) AS count
FROM portion WHERE {kept} AND client IS NOT NULL
GROUP BY {owner}, client, floor(time / {bucket})
"""


def clients_of(
    connection: duckdb.DuckDBPyConnection, batches: Sequence[pa.RecordBatch]
) -> pa.Table:
    """Return who asked for what: one row (name, client, time, count) for each hour.

    The *batches* have the schema ``OBSERVATION`` or ``ASKED``, all the same columns.
    """
    portion = pa.Table.from_batches(list(batches))
    present = portion.schema.names
    query = _CLIENTS.format(
        owner=_owner(portion.column("name")),
        count="sum(coalesce(count, 1))" if "count" in present else "count(*)",
        kept=KEPT_COLUMN if KEPT_COLUMN in present else "true",
        bucket=BUCKET_S,
    )
    return connection.sql(query).to_arrow_table()


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return *batch* without its rows that are none, its views as texts of their own."""
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    kept = columns.pop(KEPT_COLUMN, None)
    texts = {name: _copied(column) for name, column in columns.items()}
    plain = pa.RecordBatch.from_pydict(texts)
    return plain if kept is None else plain.filter(kept)


def _copied(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if column.type == pa.string_view() else column


def _owner(names: pa.ChunkedArray) -> str:
    """Return the SQL that makes owner names of *names*: no more of it than these names need.

    Changing case costs as much as grouping does, and most logs hold no capitals.
    """
    if names.type == pa.string_view():  # see ``ReadOptions.views``
        return "name"
    if _is_beyond_ascii(names):
        return """CASE WHEN length(name) = strlen(name) THEN rtrim(lower(name), '.')
                       ELSE canonical_name(name) END"""
    dotted = any((last_octets(chunk) == _DOT).any() for chunk in names.chunks)
    name = "lower(name)" if _has_capitals(names) else "name"
    return f"rtrim({name}, '.')" if dotted else name


def _text(answers: pa.ChunkedArray) -> str:
    """Return the SQL that makes answer texts of *answers*: the names of a chain are names too."""
    if answers.type == pa.string_view():
        return "answers"
    if _is_beyond_ascii(answers):
        return """CASE WHEN length(answers) = strlen(answers) THEN lower(answers)
                       ELSE canonical_answers(answers) END"""
    return "lower(answers)" if _has_capitals(answers) else "answers"


def _is_beyond_ascii(text: pa.ChunkedArray) -> bool:
    return any((octets(chunk) >= _BEYOND_ASCII).any() for chunk in text.chunks)


def _has_capitals(text: pa.ChunkedArray) -> bool:
    return any(((octets(chunk) - _A) < _LETTERS).any() for chunk in text.chunks)


_A, _LETTERS, _DOT, _BEYOND_ASCII = np.uint8(ord("A")), 26, ord("."), 0x80


def stage_one(
    present: Iterable[str],
    *,
    owner: str = "name",
    text: str = "answers",
    source: int = 0,
    into: str = "history",
) -> str:
    """Return the SQL of stage one for a portion that has the columns *present*.

    *owner* and *text* are the SQL that cleans the names and the answers; *source* marks the rows,
    which go *into* a table.
    """
    columns = set(present)
    return _HISTORY.format(
        bucket=BUCKET_S,
        source=int(source),
        into=into,
        owner=owner,
        text=text,
        kept=KEPT_COLUMN if KEPT_COLUMN in columns else "true",
        limit=NAME_LIMIT,
        sensor="coalesce(sensor, '')" if "sensor" in columns else "''",
        last="coalesce(time_last, time)" if "time_last" in columns else "time",
        count="sum(coalesce(count, 1))" if "count" in columns else "count(*)",
        ttl="ttl" if "ttl" in columns else "NULL::BIGINT",
    )
