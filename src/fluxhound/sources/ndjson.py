"""JSON lines to columns: one object on each line, whatever else the lines hold.

Every line counts as a record. A line that is no JSON object is counted as bad, with a sample;
blank lines are skipped. Fields of another type than asked for are null, or text where text was
asked for; of keys that occur twice the first counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from fluxhound.sources.engine import Engine, in_chunks
from fluxhound.sources.outcome import NO_OBJECT, settled
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: What the engine raises for rows that it cannot hold or read; a mistake in SQL is none of these.
TOO_MUCH = (duckdb.OperationalError, duckdb.DataError, duckdb.InvalidInputException)
#: Lines that the engine is given at once: a block of very short lines is more than it should hold.
QUERY_LINES = 200_000
EMPTY = 1  # octet: the end of a line and nothing before it
#: The shape of the wanted fields in DuckDB's json_transform notation:
#: ``{"ts": "DOUBLE", "answers": ["VARCHAR"], "id": {"orig_h": "VARCHAR"}}``.
Shape = Mapping[str, Any]

_OBJECTS = """
WITH objects AS (
  SELECT _number, _line, value IS NOT NULL AND starts_with(ltrim(_line, ' \t\r\n'), '{{') AS _ok,
         unnest(json_transform(value, {shape}))
  FROM (SELECT _number, _line, try_cast(_line AS JSON) AS value FROM lines)
)
"""
#: First arms of the CASE that gives each record its reason.
REFUSED = """WHEN NOT _ok THEN CASE WHEN trim(_line, ' \t\r\n') = '' THEN 'blank line'
              ELSE 'not a JSON object' END"""
#: The sample of a bad record: its line, or its ``time`` and ``name``. Others need none, and writing
#: numbers as text is slow.
SAMPLE = """CASE WHEN NOT _ok THEN left(trim(_line, ' \t\r\n'), 200)
            WHEN NOT in_time(time) THEN concat(time, ' ', name) END"""


def blocks(stream: Stream, tally: Tally) -> Iterator[bytes]:
    """Yield blocks of whole lines, without the mark that may stand before the first."""
    first = True
    for block in stream.lines(tally):
        text = block.removeprefix(BYTE_ORDER_MARK) if first else block
        first = False
        yield text


def tables(
    stream: Stream, tally: Tally, engine: Engine, *, shape: Shape, judge: str
) -> Iterator[pa.Table]:
    """Yield what *judge* selects from the ``objects`` of each block of *stream*."""
    return judged(blocks(stream, tally), tally, engine, shape=shape, judge=judge)


def judged(
    texts: Iterable[bytes], tally: Tally, engine: Engine, *, shape: Shape, judge: str
) -> Iterator[pa.Table]:
    """Yield what *judge* selects from the ``objects`` of each of *texts*, which are whole lines.

    *judge* is SQL over the view ``objects``: ``_number`` (of the line, in the block), ``_line``,
    ``_ok`` (it is an object) and the columns of *shape*. It gives the columns ``reason`` and
    ``sample``, which are counted and dropped, together with the rows that have a reason.
    """
    sql = _OBJECTS.format(shape=quoted(shape)) + judge
    for text in texts:
        if b"{" not in text:
            _refuse_all(text, tally)
            continue
        lines = line_array(text, tally)
        for at in range(0, len(lines), QUERY_LINES):
            yield from _judged(lines.slice(at, QUERY_LINES), sql, tally, engine)


def _refuse_all(block: bytes, tally: Tally) -> None:
    """Count the lines of a block without any object, which the engine need not see."""
    for line in block.split(b"\n"):
        if line.strip():
            tally.records += 1
            tally.reject(NO_OBJECT, line[:512])


def line_array(block: bytes, tally: Tally) -> pa.Array:
    """Return the lines of *block* that hold anything; those not UTF-8 are counted as bad."""
    if not block.isascii() and not _is_utf8(block):
        block = _utf8_lines(block, tally)
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")).astype(np.int32) + 1
    if len(block) > (int(ends[-1]) if len(ends) else 0):
        ends = np.append(ends, np.int32(len(block)))
    offsets = np.concatenate((np.zeros(1, np.int32), ends))
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    empty = np.diff(offsets) <= EMPTY
    if len(empty) and not block.endswith(b"\n"):
        empty[-1] = False
    return lines.filter(pa.array(~empty)) if empty.any() else lines


def _judged(lines: pa.Array, sql: str, tally: Tally, engine: Engine) -> Iterator[pa.Table]:
    numbers = pa.array(np.arange(len(lines), dtype=np.int32))
    table = pa.table({"_number": in_chunks(numbers), "_line": in_chunks(lines)})
    try:
        judged = engine.select(sql, lines=table)
    except TOO_MUCH:
        # Too much for the engine at once: halves, down to the line that is at fault.
        if len(lines) == 1:
            tally.records += 1
            tally.reject("line too complex", lines[0].as_py()[:512])
            return
        half = len(lines) // 2
        yield from _judged(lines.slice(0, half), sql, tally, engine)
        yield from _judged(lines.slice(half), sql, tally, engine)
        return
    tally.records += len(lines)
    yield settled(judged, tally)


def quoted(shape: Shape) -> str:
    """Return *shape* as an SQL literal."""
    return "'" + json.dumps(shape).replace("'", "''") + "'"


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf8_lines(block: bytes, tally: Tally) -> bytes:
    kept = []
    for line in block.split(b"\n"):
        if _is_utf8(line):
            kept.append(line)
        else:
            tally.records += 1
            tally.reject("not UTF-8", line[:512])
    return b"\n".join(kept)
