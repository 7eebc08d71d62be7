"""Tables as Parquet files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.cells import judge, observed
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.mapping import mapped
from fluxhound.sources.outcome import settled
from fluxhound.sources.stream import Stream
from fluxhound.sources.tablequick import Rows, is_ours
from fluxhound.sources.tally import Tally

MAGIC = b"PAR1"
BATCH_ROWS = 50_000
#: Of tables in our own columns, which need no more memory for it. Chosen, not measured.
QUICK_ROWS = 100_000
SPOOL_LIMIT = 8 << 30  # Parquet is read from its end: what comes through a pipe is kept on disk
#: Decoded to stored bytes above which a file is taken for a bomb, once ``EXPANSION_FROM`` came
#: out. Dictionary and run-length coding shrink DNS logs 10 to 50 times. Chosen, not measured.
EXPANSION_LIMIT = 1000
EXPANSION_FROM = 1 << 30
#: Bounds on what the file's own header may make the reader allocate.
THRIFT_LIMIT = 16 << 20

_DAMAGE = (
    pa.ArrowException,
    OSError,
    ValueError,
    MemoryError,
    duckdb.OperationalError,
    duckdb.DataError,
    duckdb.InvalidInputException,
)


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the observations of a Parquet table."""
    if stream.path is not None and not stream.compression:
        for _ in stream.blocks():  # the content is still hashed
            pass
        yield from _read_file(stream.path, stream.name, tally, options)
        return
    with tempfile.TemporaryDirectory(prefix="fluxhound-") as folder:
        path = Path(folder) / "spooled.parquet"
        _spool(stream, path)
        yield from _read_file(path, stream.name, tally, options)


def _spool(stream: Stream, path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        for block in stream.blocks():
            size += len(block)
            if size > SPOOL_LIMIT:
                raise UnreadableInputError(
                    f"{stream.name}: a Parquet file above {SPOOL_LIMIT >> 30} GiB is not read "
                    "from a pipe. Give its path."
                )
            file.write(block)


def _read_file(
    path: Path, name: str, tally: Tally, options: ReadOptions
) -> Iterator[pa.RecordBatch]:
    try:
        with _opened(path) as file:
            schema = file.schema_arrow
        columns = mapped(schema.names, options.columns)
        ours = is_ours(schema, columns, options)
        texts = [theirs for theirs in columns.values() if schema.field(theirs).type == pa.string()]
        with _opened(path, texts if ours else []) as file:
            batches = _bounded(
                file, path.stat().st_size, name, columns, QUICK_ROWS if ours else BATCH_ROWS
            )
            if ours:
                yield from _quickly(batches, columns, tally, options)
            else:
                rows = _judged(batches, columns, tally, options)
                yield from observed(rows, columns, tally, options)
    except _DAMAGE as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise CorruptInputError(
            f"{name}: the Parquet file is damaged ({reason}). "
            "Everything before the damage was read."
        ) from error


def _opened(path: Path, dictionaries: Sequence[str] = ()) -> parquet.ParquetFile:
    return parquet.ParquetFile(
        path,
        read_dictionary=list(dictionaries),
        thrift_string_size_limit=THRIFT_LIMIT,
        thrift_container_size_limit=THRIFT_LIMIT,
    )


def _bounded(
    file: parquet.ParquetFile, size: int, name: str, columns: Mapping[str, str], rows: int
) -> Iterator[pa.RecordBatch]:
    """Yield the batches of *file*, until it expands as no log does."""
    came_out = 0
    for batch in file.iter_batches(batch_size=rows, columns=list(set(columns.values()))):
        came_out += batch.nbytes
        if came_out > EXPANSION_FROM and came_out > EXPANSION_LIMIT * size:
            raise CorruptInputError(
                f"{name}: stopped, it expands more than {EXPANSION_LIMIT} times, "
                "as no DNS log does."
            )
        yield batch


def _quickly(
    batches: Iterator[pa.RecordBatch],
    columns: Mapping[str, str],
    tally: Tally,
    options: ReadOptions,
) -> Iterator[pa.RecordBatch]:
    """Yield the observations of quick rows; the others wait until they are worth a query."""
    rows = Rows(columns, options)
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        found, quick = rows.take(batch)
        if found is not None:
            tally.records += found.num_rows
            tally.observations += found.num_rows
            yield found
        waiting.append(_decoded_rows(batch.filter(pa.array(~quick))))
        if sum(each.num_rows for each in waiting) >= BATCH_ROWS:
            yield from _slowly(waiting, columns, tally, options)
            waiting = []
    yield from _slowly(waiting, columns, tally, options)


def _slowly(
    waiting: Sequence[pa.RecordBatch],
    columns: Mapping[str, str],
    tally: Tally,
    options: ReadOptions,
) -> Iterator[pa.RecordBatch]:
    if waiting:
        judged = _judged(iter([pa.concat_batches(waiting)]), columns, tally, options)
        yield from observed(judged, columns, tally, options)


def _decoded_rows(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return few rows without the dictionaries of many."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _judged(
    batches: Iterator[pa.RecordBatch],
    columns: Mapping[str, str],
    tally: Tally,
    options: ReadOptions,
) -> Iterator[pa.Table]:
    engine = Engine.here()
    places = {ours: f"c{i}" for i, ours in enumerate(columns)}
    sql = "WITH nothing AS (SELECT 1)" + judge(places, "rows", options)
    for batch in batches:
        rows = pa.table(
            {places[ours]: _readable(batch.column(theirs)) for ours, theirs in columns.items()}
        )
        tally.records += rows.num_rows
        if rows.num_rows:
            yield settled(engine.select(sql, rows=rows), tally)


def _readable(column: pa.Array) -> pa.Array:
    """Return lists joined and bytes as text; other types the engine writes as text itself."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        texts = [None if v is None else ",".join(str(x) for x in v) for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _decoded(column.cast(pa.large_binary()))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            return _decoded(column.cast(pa.large_binary()))
    return column


def _decoded(column: pa.Array) -> pa.Array:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [
            v if v is None else v.decode("utf-8", "backslashreplace") for v in column.to_pylist()
        ]
        return pa.array(texts, pa.string())
