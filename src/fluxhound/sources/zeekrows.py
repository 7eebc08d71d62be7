r"""Zeek's columns to observations: which rows hold answers, whose vantage point, which TTL.

Rows are marked, not filtered: copying the texts of the rows that stay would cost as much as
parsing them did.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.records import KEPT_COLUMN
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.octets import last_octets, lengths, marks, octets, truth
from fluxhound.sources.tally import Tally

Mask = NDArray[np.bool_]

#: The record types we use, by Zeek's name and by number (IANA DNS parameters).
TYPE_BY_CODE = {"A": "A", "AAAA": "AAAA", "NS": "NS", "1": "A", "28": "AAAA", "2": "NS"}
#: 2100-01-01: a later time is a broken clock or a broken record.
TIME_LIMIT = 4_102_444_800.0
#: RFC 2181 section 8: a TTL is a number from 0 to 2^31 - 1.
TTL_LIMIT = float(2**31 - 1)
NAME_LIMIT = 1024  # bytes; 255 octets escaped as \DDD make 1,020

_HEX_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BACKSLASH, _BLANK, _DELETE = ord("\\"), ord(" "), 0x7F


def rows(
    table: pa.Table, tally: Tally, options: ReadOptions, *, separator: str = ","
) -> Iterator[pa.RecordBatch]:
    """Yield observation batches from a table with Zeek's column names.

    ``ts`` is float64 seconds; ``answers`` and ``TTLs`` are lists joined by *separator*.
    """
    names = table.schema.names
    if "answers" not in names or "ts" not in names:
        tally.reject("no answers or ts column", ",".join(names), table.num_rows)
        return
    for part in table.to_batches():
        batch = _observed(part, tally, options, separator)
        if batch is not None:
            yield batch


def _observed(
    part: pa.RecordBatch, tally: Tally, options: ReadOptions, separator: str
) -> pa.RecordBatch | None:
    types = _types(part)
    kept = _answered(part, types, tally)
    count = int(kept.sum())
    tally.observations += count
    if not count:
        return None
    answers = _text(part, "answers")
    if separator != ",":
        answers = pc.replace_substring(pc.replace_substring(answers, ",", "\\044"), separator, ",")
    return pa.RecordBatch.from_pydict(
        {
            "time": part.column("ts"),
            "name": _presented(_text(part, "query")),
            "type": types,
            "answers": _presented(answers),
            "ttl": _last_ttl(part, separator),
            "client": _text(part, "id.orig_h"),
            "sensor": _sensor(part, options),
            KEPT_COLUMN: marks(kept),
        }
    )


def _text(part: pa.RecordBatch, column: str) -> pa.Array:
    if column not in part.schema.names:
        return pa.nulls(part.num_rows, pa.string())
    array = part.column(column)
    return array if array.type == pa.string() else array.cast(pa.string())


def _answered(part: pa.RecordBatch, types: pa.Array, tally: Tally) -> Mask:
    """Return which rows hold an answer we use; count the others by the first reason."""
    ts = part.column("ts").fill_null(0.0).to_numpy()
    answers, query = part.column("answers"), part.column("query")
    held = _valid(answers) & _valid(query)
    left = np.ones(part.num_rows, bool)
    for reason, mask, bad in (
        ("time out of range", (ts > 0.0) & (ts < TIME_LIMIT), True),
        ("other record type", _valid(types), False),
        ("error response", _no_error(part), False),
        ("no answer", held, False),
        ("no addresses", _addressed(answers, types), False),
        ("name too long", lengths(query) <= NAME_LIMIT, True),
    ):
        out = left & ~mask
        count = int(out.sum())
        if count and bad:
            tally.reject(reason, _sample(part, int(out.argmax()), reason), count)
        elif count:
            tally.pass_over(reason, count)
        left &= mask
    return left


def _valid(array: pa.Array) -> Mask:
    return truth(array.is_valid())


def _addressed(answers: pa.Array, types: pa.Array) -> Mask:
    """Tell which texts hold an address, or list name servers.

    Addresses stand last and end in a digit or hold a colon; an answer of names alone ends in a
    top-level domain, never in a digit (RFC 3696 section 2). After the addresses a record of another
    type may stand, "RRSIG 5 example.com": its space tells.
    """
    last = last_octets(answers)
    digit = (last >= ord("0")) & (last <= ord("9"))
    if digit.all():
        return digit
    undecided = marks(~digit)
    texts = answers.filter(undecided)
    holds = pc.or_(pc.match_substring(texts, ":"), pc.match_substring(texts, " "))
    listed = pc.equal(types.filter(undecided), "NS")
    digit[~digit] = truth(pc.or_kleene(holds, listed).fill_null(False))
    return digit


_NOERROR = pa.array(["NOERROR", "0"])
_TRUE = pa.array(["T", "true", "1"])


def _types(part: pa.RecordBatch) -> pa.Array:
    """Return A, AAAA, NS, or null for the types we do not use."""
    for name in ("qtype_name", "qtype"):
        if name in part.schema.names:
            column = _encoded(part.column(name))
            known = [TYPE_BY_CODE.get(value) for value in column.dictionary.to_pylist()]
            return pa.array(known, pa.string()).take(column.indices)
    return pa.nulls(part.num_rows, pa.string())


def _no_error(part: pa.RecordBatch) -> Mask:
    """Tell which rows are NOERROR; a log without a response code is taken at its answers' word."""
    for name in ("rcode_name", "rcode"):
        if name in part.schema.names:
            return _is_in(part.column(name), _NOERROR, missing=True)
    return np.ones(part.num_rows, bool)


def _is_in(column: pa.Array, values: pa.Array, *, missing: bool) -> Mask:
    """Tell which values of a dictionary column are among *values*, by looking at each once."""
    encoded = _encoded(column)
    found = pc.is_in(encoded.dictionary, values).take(encoded.indices).fill_null(missing)
    return truth(found)


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _sample(part: pa.RecordBatch, row: int, reason: str) -> str:
    query = part.column("query")[row].as_py()
    return f"{part.column('ts')[row].as_py()} {query}" if reason.startswith("time") else str(query)


def _last_ttl(part: pa.RecordBatch, separator: str) -> pa.Array:
    """Return the TTL of the last record in whole seconds: the addresses stand last."""
    if "TTLs" not in part.schema.names:
        return pa.nulls(part.num_rows, pa.int64())
    text = pc.fill_null(_text(part, "TTLs"), "")
    pieces = pc.split_pattern(text, separator, max_splits=1, reverse=True)
    last = pieces.values.take(pc.subtract(pieces.offsets[1:], 1))
    return whole_seconds(last)


def whole_seconds(text: pa.Array) -> pa.Array:
    """Parse TTLs written as decimal seconds; null for what is no TTL (RFC 2181 section 8)."""
    sound = pc.if_else(pc.equal(text, ""), None, text)
    try:
        values = sound.cast(pa.float64())
    except pa.ArrowInvalid:
        written = pc.match_substring_regex(sound, r"^[0-9]{1,10}(\.[0-9]{0,9})?$")
        values = pc.if_else(written, sound, None).cast(pa.float64())
    in_range = pc.and_(pc.greater_equal(values, 0.0), pc.less_equal(values, TTL_LIMIT))
    return pc.round(pc.if_else(pc.fill_null(in_range, False), values, None)).cast(pa.int64())


def _sensor(part: pa.RecordBatch, options: ReadOptions) -> pa.Array:
    """Return the vantage point: above a resolver (AA without RA) it is the asker."""
    if options.sensor is not None:
        return pa.repeat(pa.scalar(options.sensor), part.num_rows)
    responder = _text(part, "id.resp_h")
    if not {"AA", "RA"} <= set(part.schema.names):
        return responder
    above = _is_in(part.column("AA"), _TRUE, missing=False) & ~_is_in(
        part.column("RA"), _TRUE, missing=False
    )
    if not above.any():
        return responder
    return pc.if_else(marks(above), _text(part, "id.orig_h"), responder)


def _presented(text: pa.Array) -> pa.Array:
    r"""Return *text* with Zeek's ``\xNN`` as the ``\DDD`` of RFC 1035 section 5.1."""
    found = octets(text)
    plain = found.min(initial=_BLANK) >= _BLANK and found.max(initial=0) < _DELETE
    if plain and not (found == _BACKSLASH).any():
        return text
    mask = pc.fill_null(pc.match_substring_regex(text, r"[\\\x00-\x1f\x7f]"), False)
    values = text.filter(mask).to_pylist()
    return pc.replace_with_mask(text, mask, pa.array([presented(v) for v in values], pa.string()))


def presented(text: str) -> str:
    r"""Return one name with ``\xNN``, and what is a control as it stands, as ``\DDD``.

    >>> presented("a\\x2cb.example")
    'a\\044b.example'
    """
    escaped = _HEX_ESCAPE.sub(lambda m: f"\\{int(m[1], 16):03d}", text)
    return _CONTROL.sub(lambda m: f"\\{ord(m[0]):03d}", escaped)


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
