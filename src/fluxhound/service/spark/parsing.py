"""What runs on the cluster's workers: our own readers and stage one, over a part of the input.

There is one definition of parsing and of compaction. A worker gets lines of a log, or a whole
file, and gives back rows in one shape (``SHAPE``): history rows, who asked, and what was counted.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import PythonUDFType

from fluxhound.enrichment.domains import domain_table
from fluxhound.errors import CorruptInputError, FluxhoundError, UnreadableInputError
from fluxhound.history.compaction import Compactor
from fluxhound.history.functions import client_pseudonym
from fluxhound.history.store import Store
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.sniff import format_named
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally

#: What one task's engine may use before it spills to the worker's disk. Chosen: less than the
#: gigabyte for each core that Spark's own default gives.
TASK_MEMORY_BYTES = 900 << 20
#: Rows that are handed to Spark at a time.
BATCH_ROWS = 50_000

#: Spark's name of each column's type. ``client`` has the bits of the unsigned pseudonym.
SHAPE = {
    "hour": "int",
    "sensor": "string",
    "name": "string",
    "type": "string",
    "answers": "string",
    "client": "bigint",
    "first": "double",
    "last": "double",
    "count": "bigint",
    "ttl_max": "bigint",
    "ttl_min": "bigint",
}
DDL = ", ".join(f"`{name}` {kind}" for name, kind in SHAPE.items())
_ARROW = {"int": pa.int32(), "string": pa.string(), "bigint": pa.int64(), "double": pa.float64()}
SCHEMA = pa.schema([(name, _ARROW[kind]) for name, kind in SHAPE.items()])

#: Types of rows that are no history: no DNS record type is written so.
ASKED, COUNTED = "#asked", "#counted"

_HISTORY = """
SELECT hour, sensor, name, type, answers, NULL::BIGINT AS client, min(first) AS first,
       max(last) AS last, CAST(sum(count) AS BIGINT) AS count, max(ttl_max) AS ttl_max,
       min(ttl_min) AS ttl_min
FROM history GROUP BY hour, sensor, name, type, answers
"""
_ASKED = f"""
SELECT DISTINCT 0::INTEGER AS hour, '' AS sensor, name, '{ASKED}' AS type, '' AS answers, client
FROM asked
"""

Batches = Iterator[pa.RecordBatch]
Work = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """How a worker is to read what it is given."""

    number: int  # of the input that it is part of
    name: str
    format: str
    options: ReadOptions
    client_key: bytes = field(repr=False)
    header: bytes = b""  # lines that say how to read what follows, for parts of a file


class _Lines(Stream):
    """Whole lines that come from Spark, as the stream of one input; nothing is read ahead."""

    def __init__(self, portion: Portion, batches: Iterable[pa.RecordBatch]) -> None:
        self.name = portion.name
        self.path = None
        self.compression = ""
        self.begins_with = []
        self._header = portion.header
        self._batches = batches

    @property
    def head(self) -> bytes:
        return self._header

    def blocks(self) -> Iterator[bytes]:
        if self._header:
            yield self._header
        for batch in self._batches:
            if self._header:
                self._refuse_others(batch.column(0))
            yield ended_lines(batch.column(0))

    def _refuse_others(self, lines: pa.Array) -> None:
        """Let no header pass that is another: the parts of a log that follow would not know it."""
        found = lines.filter(pc.starts_with(lines, "#"))
        if any(each not in self._header for each in layout_lines(found.to_pylist())):
            raise UnreadableInputError(
                f"{self.name}: its columns change half-way, which who reads a later part of it on "
                "Spark cannot know. Split it there, or compress it: then one worker reads it whole."
            )

    def close(self) -> None:
        """Nothing is open."""


def layout_lines(lines: Iterable[bytes | str]) -> list[bytes]:
    """Return the header lines among *lines* that say how to read a Zeek log, each with its end."""
    texts = (line.encode() if isinstance(line, str) else line for line in lines)
    return [text.rstrip(b"\n") + b"\n" for text in texts if text.startswith(b"#") and _tells(text)]


def _tells(line: bytes) -> bool:
    return not line.startswith((b"#open", b"#close", b"#types"))


def ended_lines(lines: pa.Array) -> bytes:
    r"""Return a column of lines as text in which each ends with a newline.

    >>> ended_lines(pa.array(["a", "", "b"]))
    b'a\n\nb\n'
    """
    kind = pa.large_binary()
    texts = pc.binary_join_element_wise(
        lines.cast(kind), pa.scalar(b"", kind), pa.scalar(b"\n", kind)
    )
    if not len(texts):
        return b""
    offsets = memoryview(texts.buffers()[1]).cast("q")
    start, end = offsets[texts.offset], offsets[texts.offset + len(texts)]
    return bytes(memoryview(texts.buffers()[2])[start:end])


def parse_lines(portion: Portion) -> Work:
    """Return what reads a part of a log: batches of one column, a line in each row."""

    def parsed(batches: Iterable[pa.RecordBatch]) -> Batches:
        pa.set_cpu_count(1)
        with _store(portion.client_key) as store:
            tally = Tally()
            error = _take(store, _Lines(portion, batches), tally, portion)
            yield from _rows(store)
        yield from _counts(portion, tally, error)

    return parsed


def parse_files(portion: Portion) -> Work:
    """Return what reads whole files: batches of one column, a file's content in each row."""

    def parsed(batches: Iterable[pa.RecordBatch]) -> Batches:
        pa.set_cpu_count(1)
        for batch in batches:
            for content in batch.column(0):
                with _store(portion.client_key) as store:
                    stream = Stream(io.BytesIO(content.as_py()), name=portion.name)
                    tally = Tally()
                    try:
                        error = _take(store, stream, tally, portion)
                    finally:
                        stream.close()
                    yield from _rows(store)
                yield from _counts(portion, tally, error)

    return parsed


def _store(client_key: bytes) -> Store:
    store = Store(None, memory_bytes=TASK_MEMORY_BYTES, threads=1)

    def pseudonyms(clients: pa.Array) -> pa.Array:
        values = [client_pseudonym(text, client_key) for text in clients.to_pylist()]
        return pa.array(values, pa.uint64())

    # One key for the whole cluster, where each store would have its own.
    store.connection.remove_function("client_pseudonym")
    store.connection.create_function(
        "client_pseudonym",
        pseudonyms,
        ["VARCHAR"],
        "UBIGINT",
        type=PythonUDFType.ARROW,
    )
    return store


def _take(store: Store, stream: Stream, tally: Tally, portion: Portion) -> str:
    """Read all of *stream* into *store*; return the error that it ended with, if any."""
    chosen: Format = format_named(portion.format)
    compactor = Compactor(store.connection, source=1)
    error = ""
    try:
        for batch in chosen.read(stream, tally, portion.options):
            compactor.take(batch)
    except CorruptInputError as damage:
        error = str(damage)  # what came before the damage counts
    except FluxhoundError as failure:
        store.connection.execute("DELETE FROM history")
        store.connection.execute("DELETE FROM asked")
        tally.observations = 0
        return str(failure)
    compactor.finish()
    return error


def _rows(store: Store) -> Batches:
    connection: duckdb.DuckDBPyConnection = store.connection
    yield from connection.sql(_HISTORY).to_arrow_table().cast(SCHEMA).to_batches(BATCH_ROWS)
    asked = connection.sql(_ASKED).to_arrow_table()
    if not asked.num_rows:
        return
    clients = asked.column("client").combine_chunks().view(pa.int64())
    nothing = {name: pa.nulls(asked.num_rows, kind) for name, kind in zip(
        SCHEMA.names, SCHEMA.types, strict=True)}  # fmt: skip
    columns = {name: asked.column(name) for name in asked.column_names}
    table = pa.table({**nothing, **columns, "client": clients}, schema=SCHEMA)
    yield from table.to_batches(BATCH_ROWS)


#: What is counted, in the column ``sensor`` of a row of counts.
RECORDS, OBSERVATIONS, PASSED, BAD, SAMPLE, ERROR = (
    "records", "observations", "passed over", "bad", "sample", "error",
)  # fmt: skip


def _counts(portion: Portion, tally: Tally, error: str) -> Batches:
    counts = [(RECORDS, "", tally.records), (OBSERVATIONS, "", tally.observations)]
    counts += [(PASSED, reason, n) for reason, n in tally.passed_over.items()]
    counts += [(BAD, reason, n) for reason, n in tally.bad.items()]
    counts += [
        (SAMPLE, f"{reason}\n{sample}", 1)
        for reason, samples in tally.samples.items()
        for sample in samples[:SAMPLES_PER_REASON]
    ]
    counts += [(ERROR, error, 1)] if error else []
    rows = [
        {
            "hour": portion.number,
            "sensor": what,
            "name": "",
            "type": COUNTED,
            "answers": reason,
            "count": n,
        }
        for what, reason, n in counts
    ]
    yield from pa.Table.from_pylist(rows, schema=SCHEMA).to_batches()


def look_up_domains(batches: Iterable[pa.RecordBatch]) -> Batches:
    """Give each name (the one column) its registered domain, as columns ``owner``, ``domain``."""
    for batch in batches:
        names = batch.column(0)
        found = domain_table().lookup(names).column("registered_domain").combine_chunks()
        yield pa.record_batch({"owner": names, "domain": found})
