"""Zeek records as Zeek writes them, from octets to observations without a parser of CSV.

Nearly every block of a dns.log is plain: ASCII without escapes, each line with all its columns,
times with six decimals. Where the separators stand is then all there is to know of it. Whatever is
not plain is left to ``zeek``, which reads everything, in three times the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.sources import views
from fluxhound.sources.digits import last_whole, times
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.octets import marks, truth
from fluxhound.sources.tally import Tally
from fluxhound.sources.views import Octets, Places, Views
from fluxhound.sources.zeeklayout import Layout
from fluxhound.sources.zeekrows import NAME_LIMIT, TIME_LIMIT, TYPE_BY_CODE, whole_seconds

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Octets taken at once: few enough to stay in a processor's cache. Measured: 2 MiB is best here.
PIECE_BYTES = 2 << 20
_NEAR = 4096
#: What a header says in every log that Zeek wrote with its defaults.
UNSET, EMPTY = "-", "(empty)"
_TAB, _NEWLINE, _BLANK, _DELETE = 0x09, 0x0A, 0x20, 0x7F
_A, _LETTERS = np.uint8(ord("A")), 26
_BACKSLASH, _DOT = ord("\\"), ord(".")
_NULLS = tuple(views.word(text) for text in ("", UNSET, EMPTY))
_TRUE = tuple(views.word(text) for text in ("T", "true", "1"))
_NO_ERROR = (*_NULLS, *(views.word(text) for text in ("NOERROR", "0")))
_TYPES = tuple(dict.fromkeys(TYPE_BY_CODE.values()))
_TYPE_VIEWS = np.concatenate([views.constant(name, 1) for name in _TYPES])
_NULL_VIEWS = np.concatenate([views.constant(text, 1) for text in (UNSET, EMPTY)])
_DIGITS = (ord("0"), ord("9"))


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of *content* from *start* on, and where each of their fields ends."""

    content: Octets
    start: int
    ends: NDArray[np.int32]  # one row for each line, one column for each field
    columns: Mapping[str, int]

    @property
    def count(self) -> int:
        """Return the number of lines."""
        return len(self.ends)

    def field(self, name: str, rows: Rows | slice) -> tuple[Places, Places]:
        """Return the starts and lengths of a field in *rows*."""
        at = self.columns[name]
        ends = self.ends[rows, at].astype(np.int64)
        if at:
            starts = self.ends[rows, at - 1].astype(np.int64)
        else:
            before = np.concatenate([[self.start - 1], self.ends[:-1, -1]])
            starts = before[rows].astype(np.int64)
        starts += 1
        ends -= starts
        return starts, ends

    def words(self, name: str, rows: Rows | slice) -> NDArray[np.uint64]:
        """Return the first eight octets of a field; all ones where it is longer."""
        starts, lengths = self.field(name, rows)
        found = views.words(self.content, starts, lengths)
        found[lengths > 8] = ~np.uint64(0)  # noqa: PLR2004 - octets of a word
        return found


def lines_of(content: Octets, start: int, end: int, fields: Sequence[str]) -> Lines | None:
    """Return where the fields of the lines in [start, end) stand, or ``None`` if not all are plain.

    Plain is ASCII without controls or backslashes, and all its columns in each line.
    """
    text = content[start:end]
    if not len(text) or text[-1] != _NEWLINE or text.max() >= _DELETE or (text == _BACKSLASH).any():
        return None
    found = np.flatnonzero(text - np.uint8(_TAB) <= 1)
    if len(found) % len(fields) or len(found) != np.count_nonzero(text < _BLANK):
        return None
    ends = found.astype(np.int32).reshape(-1, len(fields))
    # As many newlines as lines, and one at the end of each: all the others are tabs.
    if np.count_nonzero(text == _NEWLINE) != len(ends) or (text[ends[:, -1]] != _NEWLINE).any():
        return None
    ends += np.int32(start)
    columns = {name: at for at, name in reversed(list(enumerate(fields)))}  # the first of a name
    return Lines(content, start, ends, columns)


@dataclass(frozen=True, slots=True)
class Plain:
    """What the plain lines of a log hold."""

    batch: pa.RecordBatch | None
    counts: Tally

    def count(self, tally: Tally) -> None:
        """Add the counts to *tally*."""
        tally.records += self.counts.records
        tally.observations += self.counts.observations
        for reason, count in self.counts.passed_over.items():
            tally.pass_over(reason, count)


def parted(
    body: memoryview, layout: Layout, options: ReadOptions
) -> Iterator[tuple[memoryview, Plain | None]]:
    """Yield *body* in parts of whole lines, with what the plain ones hold, ``None`` for others."""
    if not _is_usual(layout):
        yield body, None
        return
    content, buffer = np.frombuffer(body, np.uint8), pa.py_buffer(body)
    start = begun = 0  # where the piece begins, and the part that is not yielded yet
    found: list[_Piece] = []
    while start < len(body):
        end = _next_line(body, min(start + PIECE_BYTES, len(body)))
        piece = _piece(content, start, end, layout.fields, options)
        if (piece is None) == bool(found) and begun < start:
            yield body[begun:start], _joined(found, buffer, options) if found else None
            found, begun = [], start
        if piece is not None:
            found.append(piece)
        start = end
    yield body[begun:], _joined(found, buffer, options) if found else None


def _is_usual(layout: Layout) -> bool:
    return (
        layout.separator == b"\t"
        and layout.set_separator == ","
        and (layout.unset, layout.empty) == (UNSET, EMPTY)
        and {"ts", "query", "answers"} <= set(layout.fields)
    )


def _next_line(body: memoryview, at: int) -> int:
    """Return where a line begins at or after *at*, or the end."""
    for width in (_NEAR, len(body)):
        newline = bytes(body[at - 1 : at + width]).find(b"\n")
        if newline >= 0:
            return at + newline
    return len(body)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The columns of one piece; those of a piece without observations are empty."""

    counts: Tally
    time: NDArray[np.float64]
    name: Views
    plain_names: bool  # lower case, no dots at the end
    type: Views
    answers: Views
    plain_answers: bool  # lower case
    ttl: NDArray[np.int64]
    has_ttl: Mask
    client: Views
    has_client: Mask
    sensor: Views
    has_sensor: Mask


def _piece(
    content: Octets, start: int, end: int, fields: Sequence[str], options: ReadOptions
) -> _Piece | None:
    """Return the observations in the lines from *start* to *end*, or ``None`` if not plain."""
    lines = lines_of(content, start, end, fields)
    if lines is None:
        return None
    moments = times(content, *lines.field("ts", slice(None)))
    if moments is None or not ((moments > 0.0) & (moments < TIME_LIMIT)).all():
        return None
    counts = Tally(records=lines.count)
    types, rows = _answered(lines, counts)
    counts.observations = len(rows)
    starts, lengths = lines.field("query", rows)
    if (lengths > NAME_LIMIT).any():
        return None
    names = views.views(content, starts, lengths)
    dotted = (content[starts + lengths - 1] == _DOT).any()
    capitals = content[start:end] - _A < _LETTERS
    first, size = lines.field("answers", rows)
    answers = views.views(content, first, size)
    ttls, has_ttl = _ttls(lines, rows)
    clients, has_client = _texts(lines, "id.orig_h", rows)
    sensors, has_sensor = _sensors(lines, rows, (clients, has_client), options)
    return _Piece(
        counts=counts,
        time=moments[rows],
        name=names,
        plain_names=not dotted and not views.any_within(capitals, starts - start, lengths),
        type=types,
        answers=answers,
        plain_answers=not views.any_within(capitals, first - start, size),
        ttl=ttls,
        has_ttl=has_ttl,
        client=clients,
        has_client=has_client,
        sensor=sensors,
        has_sensor=has_sensor,
    )


def _joined(pieces: Sequence[_Piece], buffer: pa.Buffer, options: ReadOptions) -> Plain:
    counts = Tally()
    for piece in pieces:
        Plain(None, piece.counts).count(counts)
    count = counts.observations
    if not count:
        return Plain(None, counts)

    def whole(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(piece, name) for piece in pieces])

    def text(name: str, valid: str = "", *, plain: bool = True) -> pa.Array:
        known = _validity(whole(valid)) if valid else None
        array = views.column(whole(name), [buffer], known)
        return array if options.views and plain else array.cast(pa.string())

    has_ttl = whole("has_ttl")
    ttl = pa.array(whole("ttl"), mask=None if has_ttl.all() else ~has_ttl)
    sensor = text("sensor", "has_sensor")
    if options.sensor is not None:
        sensor = pa.repeat(pa.scalar(options.sensor, sensor.type), count)
    columns = {
        "time": pa.array(whole("time")),
        "name": text("name", plain=all(piece.plain_names for piece in pieces)),
        "type": text("type"),
        "answers": text("answers", plain=all(piece.plain_answers for piece in pieces)),
        "ttl": ttl,
        "client": text("client", "has_client"),
        "sensor": sensor,
    }
    return Plain(pa.RecordBatch.from_pydict(columns), counts)


def _answered(lines: Lines, counts: Tally) -> tuple[Views, Rows]:
    """Return the types and numbers of the lines that hold an answer we use; count the others."""
    codes = _types(lines)
    rows = _passing(np.arange(lines.count), codes >= 0, "other record type", counts)
    rows = _passing(rows, _without_error(lines, rows), "error response", counts)
    held = _held(lines, "answers", rows) & _held(lines, "query", rows)
    rows = _passing(rows, held, "no answer", counts)
    addressed = _addressed(lines, rows) | (codes[rows] == _TYPES.index("NS"))
    addressed = _with_colons(lines, rows, addressed)
    rows = _passing(rows, addressed, "no addresses", counts)
    return _TYPE_VIEWS[codes[rows]], rows


def _passing(rows: Rows, mask: Mask, reason: str, counts: Tally) -> Rows:
    left = rows[mask]
    counts.pass_over(reason, len(rows) - len(left))
    return left


def _is_in(found: NDArray[np.uint64], values: Sequence[int]) -> Mask:
    result: Mask = found == np.uint64(values[0])
    for value in values[1:]:
        result |= found == np.uint64(value)
    return result


def _types(lines: Lines) -> NDArray[np.int8]:
    """Return for each line the place of its type in ``_TYPES``, or -1."""
    codes = np.full(lines.count, -1, np.int8)
    column = next((name for name in ("qtype_name", "qtype") if name in lines.columns), None)
    if column is None:
        return codes
    found = lines.words(column, slice(None))
    for text, name in TYPE_BY_CODE.items():
        codes[found == np.uint64(views.word(text))] = _TYPES.index(name)
    return codes


def _without_error(lines: Lines, rows: Rows) -> Mask:
    for name in ("rcode_name", "rcode"):
        if name in lines.columns:
            return _is_in(lines.words(name, rows), _NO_ERROR)
    return np.ones(len(rows), bool)


def _held(lines: Lines, name: str, rows: Rows) -> Mask:
    return ~_is_in(lines.words(name, rows), _NULLS)


def _addressed(lines: Lines, rows: Rows) -> Mask:
    """Tell which answers end in a digit, as addresses do and names do not."""
    last = lines.content[lines.ends[rows, lines.columns["answers"]] - 1]
    digits: Mask = (last >= _DIGITS[0]) & (last <= _DIGITS[1])
    return digits


def _with_colons(lines: Lines, rows: Rows, addressed: Mask) -> Mask:
    """Add to *addressed* the answers that hold a colon, or a space behind their addresses."""
    undecided = np.flatnonzero(~addressed)
    if not len(undecided):
        return addressed
    starts, lengths = lines.field("answers", rows[undecided])
    ends = starts + lengths
    last = views.windows(lines.content, np.maximum(ends - 8, 0), 8).view(np.uint8).reshape(-1, 8)
    near = ((last == ord(":")) & (np.arange(8) >= 8 - lengths[:, None])).any(axis=1)
    content = lines.content
    for at in np.flatnonzero(~near):
        text = content[starts[at] : ends[at]].tobytes()
        near[at] = b":" in text or b" " in text
    addressed[undecided] = near
    return addressed


def _validity(mask: Mask) -> pa.Buffer | None:
    return None if mask.all() else marks(mask).buffers()[1]


def _texts(lines: Lines, name: str, rows: Rows) -> tuple[Views, Mask]:
    """Return a column of texts, and where it is not null."""
    if name not in lines.columns:
        return np.zeros((len(rows), 2), np.uint64), np.zeros(len(rows), bool)
    starts, lengths = lines.field(name, rows)
    found = views.views(lines.content, starts, lengths)
    null = lengths == 0
    for short, rest in _NULL_VIEWS:
        null |= (found[:, 0] == short) & (found[:, 1] == rest)
    return found, ~null


def _sensors(
    lines: Lines, rows: Rows, clients: tuple[Views, Mask], options: ReadOptions
) -> tuple[Views, Mask]:
    """Return the vantage points: above a resolver (AA without RA) it is the asker."""
    if options.sensor is not None:
        return clients
    found, valid = _texts(lines, "id.resp_h", rows)
    if {"AA", "RA"} <= lines.columns.keys():
        above = _is_in(lines.words("AA", rows), _TRUE) & ~_is_in(lines.words("RA", rows), _TRUE)
        if above.any():
            found = np.where(above[:, None], clients[0], found)
            valid = np.where(above, clients[1], valid)
    return found, valid


def _ttls(lines: Lines, rows: Rows) -> tuple[NDArray[np.int64], Mask]:
    """Return the TTLs of the last records in whole seconds, and where they are known."""
    if "TTLs" not in lines.columns:
        return np.zeros(len(rows), np.int64), np.zeros(len(rows), bool)
    ends = lines.ends[rows, lines.columns["TTLs"]].astype(np.int64)
    numbers, known = last_whole(lines.content, ends)
    left = np.flatnonzero(~known)
    if len(left):
        starts, lengths = lines.field("TTLs", rows[left])
        written = [
            lines.content[start : start + length].tobytes().decode()
            for start, length in zip(starts, lengths, strict=True)
        ]
        last = ["" if text in {UNSET, EMPTY} else text.rpartition(",")[2] for text in written]
        values = whole_seconds(pa.array(last, pa.string()))
        numbers[left] = values.fill_null(0).to_numpy()
        known[left] = truth(values.is_valid())
    return numbers, known
