"""Tables with any column names: CSV and TSV with a header, JSON lines, Parquet.

Which column is which is told by its usual names (``fluxhound.sources.mapping``) or by the user.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pyarrow as pa

from fluxhound.sources import delimited, ndjson, parquet
from fluxhound.sources.cells import judge, observed
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.mapping import MAX_COLUMNS, mapped, recognised
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

#: Lines at the head of JSON lines whose keys are looked at.
KEY_LINES = 100
_RESERVED = frozenset({"_line", "_ok", "_number"})
#: Fields that say that another reader knows the format better.
_KNOWN_ELSEWHERE = (b'"event_type"', b'"query_timestamp"', b'"rrname"', b'"qtype_name"', b'"_path"')


def matches(head: bytes) -> bool:
    """Tell a table by its columns: a time, a name and answers under their usual names."""
    if head.startswith(parquet.MAGIC):
        return True
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    if start.startswith(b"{"):
        return not any(key in start for key in _KNOWN_ELSEWHERE) and recognised(keys(start))
    line, newline, _ = start.partition(b"\n")
    if not newline or line.startswith((b"#separator", b"#fields")):
        return False
    _, names = delimited.header(line)
    return 1 < len(names) <= MAX_COLUMNS and recognised(names)


def keys(head: bytes) -> list[str]:
    """Return the keys of the first objects, in order of appearance."""
    found: dict[str, None] = {}
    for line in head.removeprefix(ndjson.BYTE_ORDER_MARK).split(b"\n")[:KEY_LINES]:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(record, dict):
            found.update(dict.fromkeys(record))
    return [key for key in found if key not in _RESERVED][:MAX_COLUMNS]


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the observations of a table."""
    if stream.head.startswith(parquet.MAGIC):
        yield from parquet.read(stream, tally, options)
    elif stream.head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip().startswith(b"{"):
        yield from _read_objects(stream, tally, options)
    else:
        yield from delimited.read(stream, tally, options)


def _read_objects(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    columns = mapped(keys(stream.head), options.columns)
    shape = dict.fromkeys(columns.values(), "VARCHAR")
    sql = judge(columns, "objects", options, ndjson.REFUSED)
    blocks = ndjson.tables(stream, tally, Engine.here(), shape=shape, judge=sql)
    yield from observed(blocks, columns, tally, options)


FORMAT = Format(
    name="table",
    title="Table (CSV, JSON lines, Parquet)",
    matches=matches,
    read=read,
)
