"""Rows in the order of their times, with memory bounded: what is not written yet waits on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from fluxhound.lab.writing.columns import Times
from fluxhound.lab.writing.responses import BATCH_ROWS

#: Rows that are sorted in memory at once, about. Chosen: some 300 MB.
ROWS_AT_ONCE = 1_000_000
#: Files that are open at once.
MOST_PARTS = 256
_KEYS = [("time", "ascending"), ("name", "ascending"), ("type", "ascending")]
_COMPRESSED = ipc.IpcWriteOptions(compression="lz4")


def parts_for(rows: int) -> int:
    """Return in how many parts to sort about so many *rows*."""
    return min(max(1, -(-rows // ROWS_AT_ONCE)), MOST_PARTS)


def in_order(
    batches: Iterable[pa.RecordBatch], *, first: float, last: float, parts: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of *batches* by time, name and type.

    *first* and *last* are the times between which most rows lie, and are cut into *parts*.
    """
    if parts == 1:
        held = list(batches)
        yield from _sorted([pa.Table.from_batches(held)] if held else [])
        return
    with TemporaryDirectory(prefix="fluxhound-") as folder:
        edges = np.linspace(first, last, parts + 1)[1:-1]
        paths = [Path(folder) / f"{part}.arrows" for part in range(parts)]
        _spread(batches, edges, paths)
        yield from _sorted(_read(path) for path in paths if path.exists())


def _spread(batches: Iterable[pa.RecordBatch], edges: Times, paths: list[Path]) -> None:
    """Write each row to the part that its time lies in."""
    writers: dict[int, ipc.RecordBatchStreamWriter] = {}
    with ExitStack() as stack:
        for rows in batches:
            part = np.searchsorted(edges, rows.column("time").to_numpy(), side="right")
            order = np.argsort(part, kind="stable")
            gathered = rows.take(pa.array(order))
            cuts = np.searchsorted(part[order], np.arange(len(paths) + 1))
            for number in np.unique(part).tolist():
                if number not in writers:
                    sink = stack.enter_context(paths[number].open("wb"))
                    new = ipc.new_stream(sink, rows.schema, options=_COMPRESSED)
                    writers[number] = stack.enter_context(new)
                start, end = int(cuts[number]), int(cuts[number + 1])
                writers[number].write_batch(gathered.slice(start, end - start))


def _read(path: Path) -> pa.Table:
    with path.open("rb") as source, ipc.open_stream(source) as reader:
        return reader.read_all()


def _sorted(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    for table in tables:
        ordered = table.take(pc.sort_indices(table, _KEYS))
        yield from ordered.combine_chunks().to_batches(max_chunksize=BATCH_ROWS)
