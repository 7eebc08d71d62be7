"""What becomes of each record: its reason is counted, or its rows go on as observations."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.records import OBSERVATION
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.presentation import joined, presented
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally

OTHER_LOG = "other log"
OTHER_EVENT = "other event"
OTHER_TYPE = "other record type"
ERROR = "error response"
QUERY = "query"
NO_ANSWER = "no answer"
NO_ADDRESS = "no addresses"
ROOT = "root name"
BAD_TIME = "time out of range"
NO_NAME = "no name"
LONG_NAME = "name too long"
NO_OBJECT = "not a JSON object"
BAD_REASONS = frozenset({BAD_TIME, NO_NAME, LONG_NAME, NO_OBJECT})
BLANK = "blank line"  # no record at all

#: 255 octets, each escaped as \DDD, make 1,020 characters.
NAME_LIMIT = 1024
#: 2100-01-01: a later time is a broken clock or a broken record.
TIME_LIMIT = 4_102_444_800.0
#: RFC 2181 section 8: a TTL is a number from 0 to 2^31 - 1.
TTL_LIMIT = 2**31 - 1


def settled(judged: pa.Table, tally: Tally) -> pa.Table:
    """Count the rows that have a ``reason`` and return the others.

    ``judged`` has the columns ``reason`` and ``sample``, both text, which are dropped.
    """
    reasons = judged.column("reason")
    rest = judged.drop_columns(["reason", "sample"])
    if reasons.null_count == len(reasons):
        return rest
    for entry in pc.value_counts(reasons.drop_null()).to_pylist():
        reason, count = entry["values"], entry["counts"]
        if reason == BLANK:
            tally.records -= count
            continue
        if reason not in BAD_REASONS:
            tally.pass_over(reason, count)
            continue
        samples = judged.column("sample").filter(pc.equal(reasons, reason))
        _reject(tally, reason, samples, count)
    return rest.filter(pc.is_null(reasons))


def batches(rows: pa.Table, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield *rows* in the schema ``OBSERVATION``.

    ``ttl`` is any number; ``answers`` is a list, or text whose names (like ``name``) are in
    presentation form and short already.
    """
    if rows.num_rows == 0:
        return
    rows = rows.combine_chunks()
    columns = {name: _array(rows.column(name)) for name in rows.schema.names}
    if "ttl" in columns:
        columns["ttl"] = sound_ttl(columns["ttl"])
    if options.sensor is not None:
        columns["sensor"] = pa.repeat(pa.scalar(options.sensor), rows.num_rows)
    lists = columns["answers"]
    if pa.types.is_list(lists.type):
        columns["name"] = presented(columns["name"])
        columns["answers"] = joined(lists)
    order = [field for field in OBSERVATION if field.name in columns]
    table = pa.table(
        [columns[field.name].cast(field.type) for field in order], schema=pa.schema(order)
    )
    if pa.types.is_list(lists.type):
        table = _short_names(table, lists, tally)
    tally.observations += table.num_rows
    yield from table.to_batches()


def sound_ttl(values: pa.Array) -> pa.Array:
    """Return TTLs as whole seconds; null for what is no TTL (RFC 2181 section 8)."""
    numbers = values.cast(pa.float64())
    sound = pc.and_(pc.greater_equal(numbers, 0.0), pc.less_equal(numbers, float(TTL_LIMIT)))
    kept = pc.if_else(pc.fill_null(sound, False), numbers, pa.scalar(None, pa.float64()))
    return pc.round(kept).cast(pa.int64())


def _short_names(table: pa.Table, answers: pa.ListArray, tally: Tally) -> pa.Table:
    """Drop rows with a name longer than any name, and count them as bad."""
    names = pc.less_equal(pc.utf8_length(table.column("name")), NAME_LIMIT)
    longest = pc.max(pc.utf8_length(answers.flatten())).as_py() or 0
    if pc.all(names).as_py() and longest <= NAME_LIMIT:
        return table
    parents = pc.list_parent_indices(answers)
    long = parents.filter(pc.greater(pc.utf8_length(answers.flatten()), NAME_LIMIT))
    index = pa.array(range(table.num_rows), parents.type)
    keep = pc.and_(names, pc.invert(pc.is_in(index, value_set=long)))
    lost = table.filter(pc.invert(keep))
    _reject(tally, LONG_NAME, lost.column("name"), lost.num_rows)
    return table.filter(keep)


def _reject(tally: Tally, reason: str, samples: pa.ChunkedArray, count: int) -> None:
    shown = [text or "" for text in samples.slice(0, SAMPLES_PER_REASON).to_pylist()]
    for sample in shown:
        tally.reject(reason, sample[:512])
    tally.reject(reason, count=count - len(shown))


def _array(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)
