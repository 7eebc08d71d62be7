"""Any Zeek log in its tab-separated form, as tables of text with the columns that are wanted.

For logs beside ``dns.log``, which has a reader of its own. The tables have the shape that
``ndjson`` gives for the same log as JSON lines, so that one SQL judges both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from fluxhound.errors import CorruptInputError
from fluxhound.sources import texttable
from fluxhound.sources.engine import Engine
from fluxhound.sources.outcome import OTHER_LOG, settled
from fluxhound.sources.stream import HEAD_BYTES, Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeek import MAX_LAYOUTS
from fluxhound.sources.zeeklayout import Layout

NO_FIELDS = "record before #fields"


def is_zeek(head: bytes, path: str) -> bool:
    """Tell a tab-separated log of *path* by its header lines."""
    layout, quiet = Layout(path=""), Tally()
    for line in head[:HEAD_BYTES].splitlines():
        if not line.startswith(b"#"):
            break
        layout.learn(line, quiet)
    return layout.path == path and bool(layout.fields)


def tables(
    stream: Stream, tally: Tally, engine: Engine, *, path: str, wanted: Sequence[str], judge: str
) -> Iterator[pa.Table]:
    """Yield what *judge* selects from the records of each block of the log *path*.

    *judge* is SQL over the view ``objects``, as for ``ndjson.tables``; columns of *wanted* that a
    log lacks are null.

    Raises:
        CorruptInputError: after ``MAX_LAYOUTS`` changes of the layout.
    """
    sql = f"WITH objects AS (SELECT 0 AS _number, '' AS _line, true AS _ok, * FROM cells) {judge}"
    layout, layouts = Layout(path=""), 0
    for block in stream.lines(tally):
        for header, body in _parted(block):
            before = replace(layout)
            for line in header:
                layout.learn(line, tally)
            layouts += layout != before
            if layouts > MAX_LAYOUTS:
                raise CorruptInputError(
                    f"{stream.name}: stopped after {MAX_LAYOUTS} changes of columns, as no Zeek "
                    "log has. Everything before was read."
                )
            for cells in _cells(body, layout, path, wanted, tally):
                yield settled(engine.select(sql, cells=cells), tally)


def _parted(block: bytes) -> Iterator[tuple[list[bytes], bytes]]:
    """Yield header lines and the record lines that follow them."""
    start = 0
    while start < len(block):
        header = []
        while block.startswith(b"#", start):
            end = block.find(b"\n", start) + 1 or len(block)
            header.append(block[start:end].rstrip(b"\r\n"))
            start = end
        end = block.find(b"\n#", start) + 1 or len(block)
        yield header, block[start:end]
        start = end


def _cells(
    body: bytes, layout: Layout, path: str, wanted: Sequence[str], tally: Tally
) -> Iterator[pa.Table]:
    if not body.strip():
        return
    if layout.fields and layout.path in (path, "-", ""):
        yield from texttable.columns(
            body,
            tally,
            names=layout.fields,
            wanted=wanted,
            delimiter=layout.separator.decode("latin-1"),
            nulls=[layout.unset, layout.empty, ""],
            quoted=False,
        )
        return
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    tally.records += lines
    if layout.fields:
        tally.pass_over(OTHER_LOG, lines)
    else:
        tally.reject(NO_FIELDS, body[:200], lines)
