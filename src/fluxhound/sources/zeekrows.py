r"""Zeek's columns to observations: which rows hold answers, whose vantage point, which TTL."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources.format import ReadOptions
from fluxhound.sources.tally import Tally

#: The record types we use, by Zeek's name and by number (IANA DNS parameters).
TYPE_BY_CODE = {"A": "A", "AAAA": "AAAA", "NS": "NS", "1": "A", "28": "AAAA", "2": "NS"}
#: 2100-01-01: a later time is a broken clock or a broken record.
TIME_LIMIT = 4_102_444_800.0
#: RFC 2181 section 8: a TTL is a number from 0 to 2^31 - 1.
TTL_LIMIT = float(2**31 - 1)
NAME_LIMIT = 1024  # characters; 255 octets escaped as \DDD make 1,020

_HEX_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")


def rows(
    table: pa.Table, tally: Tally, options: ReadOptions, *, separator: str = ","
) -> Iterator[pa.RecordBatch]:
    """Yield observation batches from a table with Zeek's column names.

    ``ts`` is float64 seconds; ``answers`` and ``TTLs`` are lists joined by *separator*.
    """
    table = table.combine_chunks()
    kept = _answered(table, tally)
    if kept.num_rows == 0:
        return
    answers = _text(kept, "answers")
    if separator != ",":
        answers = pc.replace_substring(pc.replace_substring(answers, ",", "\\044"), separator, ",")
    columns: dict[str, pa.Array] = {
        "time": kept.column("ts").combine_chunks(),
        "name": _presented(_text(kept, "query")),
        "type": _types(kept),
        "answers": _presented(answers),
        "ttl": _last_ttl(kept, separator),
        "client": _text(kept, "id.orig_h"),
        "sensor": _sensor(kept, options),
    }
    batch = pa.RecordBatch.from_pydict(columns)
    tally.observations += batch.num_rows
    yield batch


def _text(table: pa.Table, column: str) -> pa.Array:
    if column not in table.schema.names:
        return pa.nulls(table.num_rows, pa.string())
    array = table.column(column).combine_chunks()
    return array if array.type == pa.string() else array.cast(pa.string())


def _answered(table: pa.Table, tally: Tally) -> pa.Table:
    """Return the rows that hold an answer we use; count the others by the first reason."""
    names = table.schema.names
    if "answers" not in names or "ts" not in names:
        tally.reject("no answers or ts column", ",".join(names), table.num_rows)
        return table.slice(0, 0)
    ts = table.column("ts")
    in_time = pc.fill_null(pc.and_(pc.greater(ts, 0.0), pc.less(ts, TIME_LIMIT)), False)
    used = pc.fill_null(pc.is_in(_type_column(table), _VALUES), False)
    sound = _no_error(table)
    held = pc.and_(pc.is_valid(table.column("answers")), pc.is_valid(table.column("query")))
    length = pc.utf8_length(table.column("query"))
    short = pc.fill_null(pc.less_equal(length, NAME_LIMIT), True)
    left = pa.chunked_array([pa.repeat(pa.scalar(True), table.num_rows)])
    for reason, mask, bad in (
        ("time out of range", in_time, True),
        ("other record type", used, False),
        ("error response", sound, False),
        ("no answer", held, False),
        ("name too long", short, True),
    ):
        out = pc.and_(left, pc.invert(mask))
        count = pc.sum(out).as_py() or 0
        if count and bad:
            tally.reject(reason, _sample(table, out, bad_time=reason.startswith("time")), count)
        elif count:
            tally.pass_over(reason, count)
        left = pc.and_(left, mask)
    return table.filter(left)


_VALUES = pa.array(list(TYPE_BY_CODE))
_NOERROR = pa.array(["NOERROR", "0"])


def _type_column(table: pa.Table) -> pa.ChunkedArray:
    for name in ("qtype_name", "qtype"):
        if name in table.schema.names:
            return table.column(name).cast(pa.string())
    return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])


def _no_error(table: pa.Table) -> pa.ChunkedArray:
    """Tell which rows are NOERROR; a log without a response code is taken at its answers' word."""
    for name in ("rcode_name", "rcode"):
        if name in table.schema.names:
            return pc.fill_null(pc.is_in(table.column(name).cast(pa.string()), _NOERROR), True)
    return pa.chunked_array([pa.repeat(pa.scalar(True), table.num_rows)])


def _sample(table: pa.Table, mask: pa.ChunkedArray, *, bad_time: bool) -> str:
    first = table.filter(mask).slice(0, 1).to_pylist()[0]
    return f"{first['ts'] if bad_time else ''} {first.get('query')}".strip()


def _types(table: pa.Table) -> pa.Array:
    codes = _type_column(table).combine_chunks()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    at = pc.index_in(codes, _VALUES)
    return pa.array(list(TYPE_BY_CODE.values())).take(at)


def _last_ttl(table: pa.Table, separator: str) -> pa.Array:
    """Return the TTL of the last record in whole seconds: the addresses stand last."""
    if "TTLs" not in table.schema.names:
        return pa.nulls(table.num_rows, pa.int64())
    text = _text(table, "TTLs")
    pieces = pc.split_pattern(pc.fill_null(text, ""), separator, max_splits=1, reverse=True)
    last = pieces.values.take(pc.subtract(pieces.offsets[1:], 1))
    return whole_seconds(last)


def whole_seconds(text: pa.Array) -> pa.Array:
    """Parse TTLs written as decimal seconds; null for what is no TTL (RFC 2181 section 8)."""
    try:
        values = text.cast(pa.float64())
    except pa.ArrowInvalid:
        sound = pc.match_substring_regex(text, r"^[0-9]{1,10}(\.[0-9]{0,9})?$")
        values = pc.if_else(sound, text, None).cast(pa.float64())
    in_range = pc.and_(pc.greater_equal(values, 0.0), pc.less_equal(values, TTL_LIMIT))
    return pc.round(pc.if_else(pc.fill_null(in_range, False), values, None)).cast(pa.int64())


def _sensor(table: pa.Table, options: ReadOptions) -> pa.Array:
    """Return the vantage point: above a resolver (AA without RA) it is the asker."""
    if options.sensor is not None:
        return pa.repeat(pa.scalar(options.sensor), table.num_rows)
    responder = _text(table, "id.resp_h")
    if not {"AA", "RA"} <= set(table.schema.names):
        return responder
    above = pc.and_(
        pc.fill_null(pc.is_in(_text(table, "AA"), _TRUE), False),
        pc.invert(pc.fill_null(pc.is_in(_text(table, "RA"), _TRUE), False)),
    )
    if not pc.any(above).as_py():
        return responder
    return pc.if_else(above, _text(table, "id.orig_h"), responder)


_TRUE = pa.array(["T", "true", "1"])


def _presented(text: pa.Array) -> pa.Array:
    r"""Return *text* with Zeek's ``\xNN`` as the ``\DDD`` of RFC 1035 section 5.1."""
    mask = pc.match_substring(text, "\\")
    if not pc.any(mask).as_py():
        return text
    values = text.filter(mask).to_pylist()
    return pc.replace_with_mask(text, mask, pa.array([presented(v) for v in values], pa.string()))


def presented(text: str) -> str:
    r"""Return one name with ``\xNN`` as ``\DDD``.

    >>> presented("a\\x2cb.example")
    'a\\044b.example'
    """
    return _HEX_ESCAPE.sub(lambda m: f"\\{int(m[1], 16):03d}", text)


def epoch_seconds(text: pa.ChunkedArray) -> pa.Array:
    """Parse times written as epoch seconds or ISO 8601; null for what is neither."""
    return pa.array([_epoch(value) for value in text.to_pylist()], pa.float64())


def _epoch(value: str | None) -> float | None:
    if not value or len(value) > 40:  # noqa: PLR2004 - no time is written longer
        return None
    try:
        if value[:10].count("-") == 2:  # noqa: PLR2004 - a date
            moment = datetime.fromisoformat(value)
            seconds = (
                moment.timestamp()
                if moment.tzinfo
                else (moment - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001 - UTC by format
            )
        else:
            seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None
