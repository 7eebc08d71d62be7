r"""Zeek dns.log in its tab-separated form, read in columns.

Logs may be concatenated and rotated: every ``#fields`` line starts a new layout, and columns are
taken by their names. Zeek writes a response's records as two parallel lists, ``answers`` and
``TTLs``, without owners and types: a CNAME chain is names first, then addresses.
Format: https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
from pyarrow import csv

from fluxhound.errors import CorruptInputError
from fluxhound.sources import zeekplain
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.stream import LINE_BYTES, Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeeklayout import Layout
from fluxhound.sources.zeekrows import epoch_seconds, rows

#: The columns we use, and their Arrow types. Few distinct values: dictionaries are faster.
_FEW = pa.dictionary(pa.int32(), pa.string())
WANTED = {
    "ts": pa.float64(),
    "id.orig_h": pa.string(),
    "id.resp_h": pa.string(),
    "query": pa.string(),
    "qtype_name": _FEW,
    "qtype": _FEW,
    "rcode_name": _FEW,
    "rcode": _FEW,
    "AA": _FEW,
    "RA": _FEW,
    "answers": pa.string(),
    "TTLs": pa.string(),
}
_NEWLINE = ord("\n")
_PATIENCE = 1000
PARSE_BLOCK = 4 << 20  # two threads get one block each of what the stream delivers
#: Layouts in one input: each costs a parse of its own, a millisecond. Years of rotated logs hold
#: one for each version of Zeek. Chosen, not measured.
MAX_LAYOUTS = 1000
#: A byte that is no UTF-8 becomes four characters, so the longest line grows to this.
REPAIR_BLOCK = 5 * LINE_BYTES


def matches(head: bytes) -> bool:
    """Tell a Zeek TSV log by its header lines."""
    if not head.startswith(b"#"):
        return False
    return b"#separator" in head[:4096] or b"#fields" in head[:4096]


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the answers of a Zeek dns.log.

    Raises:
        CorruptInputError: after ``MAX_LAYOUTS`` changes of the layout.
    """
    layout, layouts = Layout(), 0
    for block in stream.lines(tally):
        waiting: list[memoryview] = []
        for header, body in _segments(block):
            before = replace(layout)
            for line in header.splitlines():
                layout.learn(line, tally)
            if layout != before:
                layouts += 1
                if waiting:
                    yield from _parsed(_joined(waiting), before, tally, options)
                    waiting = []
                if layouts > MAX_LAYOUTS:
                    raise _too_many_layouts(stream.name)
            if body:
                waiting.append(body)
        if waiting:
            yield from _parsed(_joined(waiting), layout, tally, options)


def _joined(bodies: list[memoryview]) -> memoryview:
    """Return the record lines under equal headers as one: rotated logs repeat theirs."""
    return bodies[0] if len(bodies) == 1 else memoryview(b"".join(bodies))


def _too_many_layouts(name: str) -> CorruptInputError:
    return CorruptInputError(
        f"{name}: stopped after {MAX_LAYOUTS} changes of columns, as no Zeek log has. "
        "Everything before was read."
    )


def _segments(block: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield (header lines, record lines after them)."""
    view = memoryview(block)
    start = 0
    while start < len(block):
        head_end = start
        while block.startswith(b"#", head_end):
            newline = block.find(b"\n", head_end)
            head_end = len(block) if newline < 0 else newline + 1
        body_end = _next_header(block, head_end)
        yield block[start:head_end], view[head_end:body_end]
        start = body_end


def _next_header(block: bytes, start: int) -> int:
    """Return where the next header line begins at or after *start*, or the end of the block.

    A single character is searched for much faster than two; where there are many, it is not.
    """
    at = start
    for _ in range(_PATIENCE):
        at = block.find(b"#", at)
        if at < 0:
            return len(block)
        if block[at - 1] == _NEWLINE:
            return at
        at += 1
    found = block.find(b"\n#", at - 1)
    return len(block) if found < 0 else found + 1


def _parsed(
    body: memoryview, layout: Layout, tally: Tally, options: ReadOptions
) -> Iterator[pa.RecordBatch]:
    if layout.path not in ("dns", "-", "") or "query" not in layout.fields:
        lines = _line_count(body)
        tally.records += lines
        if layout.fields:
            tally.pass_over("other log", lines)
        else:
            tally.reject("record before #fields", bytes(body[:200]), lines)
        return
    for piece, plain in zeekplain.parted(body, layout, options):
        if plain is None:
            table, skipped = _columns(piece, layout, tally)
            tally.records += table.num_rows + skipped
            if table.num_rows:
                yield from rows(table, tally, options, separator=layout.set_separator)
        else:
            plain.count(tally)
            if plain.batch is not None:
                yield plain.batch


def _line_count(body: memoryview) -> int:
    text = bytes(body)
    return text.count(b"\n") + (not text.endswith(b"\n"))


def _columns(body: memoryview, layout: Layout, tally: Tally) -> tuple[pa.Table, int]:
    """Parse *body*; where Arrow refuses it, parse again as text and repair the columns."""
    wanted = {name: kind for name, kind in WANTED.items() if name in layout.fields}
    rejected = _Rejected(tally)
    if _is_utf8(body):  # Arrow cannot hand over a bad row that is not
        try:
            return _read_csv(pa.py_buffer(body), layout, wanted, rejected), rejected.count
        except pa.ArrowInvalid:
            pass
    return _repaired(body, layout, wanted, _Rejected(tally, quiet_for=rejected.count))


def _repaired(
    body: memoryview, layout: Layout, wanted: dict[str, pa.DataType], rejected: _Rejected
) -> tuple[pa.Table, int]:
    text = bytes(body).decode("utf-8", "backslashreplace").encode()
    as_text = {name: pa.string() if name == "ts" else kind for name, kind in wanted.items()}
    try:
        table = _read_csv(pa.py_buffer(text), layout, as_text, rejected, block=REPAIR_BLOCK)
    except pa.ArrowInvalid:  # not one row was left
        empty = {name: pa.array([], kind) for name, kind in as_text.items()}
        table = pa.table(empty)
    if "ts" in as_text:
        at = table.schema.get_field_index("ts")
        table = table.set_column(at, "ts", epoch_seconds(table.column("ts")))
    return table, rejected.count


def _is_utf8(body: memoryview) -> bool:
    if np.frombuffer(body, np.uint8).max(initial=0) < _BEYOND_ASCII:
        return True
    try:
        str(body, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


_BEYOND_ASCII = 0x80


class _Rejected:
    """Counts rows with a wrong number of columns."""

    def __init__(self, tally: Tally, quiet_for: int = 0) -> None:
        self.count = 0
        self._tally = tally
        self._quiet_for = quiet_for

    def __call__(self, row: csv.InvalidRow) -> str:
        self.count += 1
        if self.count > self._quiet_for:
            self._tally.reject("wrong number of columns", row.text)
        return "skip"


def _read_csv(
    source: pa.Buffer,
    layout: Layout,
    wanted: dict[str, pa.DataType],
    rejected: _Rejected,
    *,
    block: int = PARSE_BLOCK,
) -> pa.Table:
    # Duplicate column names cannot be told apart: only the first of each is kept by its name.
    seen: set[str] = set()
    names = [
        name if not (name in seen or seen.add(name)) else f"{name}#{i}"  # type: ignore[func-returns-value]
        for i, name in enumerate(layout.fields)
    ]
    return csv.read_csv(
        pa.BufferReader(source),
        read_options=csv.ReadOptions(column_names=names, block_size=block),
        parse_options=csv.ParseOptions(
            delimiter=layout.separator.decode("latin-1"),
            quote_char=False,
            double_quote=False,
            invalid_row_handler=rejected,
        ),
        convert_options=csv.ConvertOptions(
            include_columns=list(wanted),
            column_types=wanted,
            null_values=[layout.unset, layout.empty, ""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


FORMAT = Format(
    name="zeek",
    title="Zeek dns.log",
    matches=matches,
    read=read,
    not_observable=("name-servers",),
)
