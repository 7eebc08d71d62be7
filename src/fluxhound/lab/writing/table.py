"""Our own columns, as CSV with a header and as Parquet: nothing of the rows is lost."""

from __future__ import annotations

from collections import Counter
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from fluxhound.lab.writing.columns import contains, decimal_seconds, joined
from fluxhound.records import OBSERVATION

#: Columns that make a table one of aggregates.
AGGREGATES = ("time_last", "count")
PLAIN = tuple(name for name in OBSERVATION.names if name not in AGGREGATES)


def columns(*, aggregated: bool) -> tuple[str, ...]:
    """Return the columns of a table; without aggregates, rows are single responses."""
    return tuple(OBSERVATION.names) if aggregated else PLAIN


def head(names: tuple[str, ...]) -> bytes:
    """Return the header line."""
    return (",".join(names) + "\n").encode()


def csv_lines(rows: pa.RecordBatch, names: tuple[str, ...]) -> pa.StringArray:
    """Return the lines of a CSV table."""
    cells: list[pa.Array | str] = []
    for name in names:
        cells += [_cells(rows, name), ","]
    return joined(*cells[:-1], "\n")


def _cells(rows: pa.RecordBatch, name: str) -> pa.StringArray:
    column = rows.column(name)
    if name == "time":
        return decimal_seconds(column.to_numpy())
    if name == "time_last":
        known = pc.coalesce(column, rows.column("time"))
        return decimal_seconds(known.to_numpy())
    texts = pc.fill_null(column.cast(pa.string()), "")
    if name == "answers":
        return joined('"', _doubled(texts), '"')
    odd = contains(texts, '"')
    if not odd.any():
        return texts
    return pc.if_else(pa.array(odd), joined('"', _doubled(texts), '"'), texts)


def _doubled(texts: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring(texts, '"', '""')


class ParquetTable:
    """A Parquet file that grows batch by batch."""

    def __init__(self, sink: BinaryIO, names: tuple[str, ...]) -> None:
        """Write the columns *names* to *sink*."""
        self.records = 0
        self.left_out: Counter[str] = Counter()
        self._names = list(names)
        schema = pa.schema([OBSERVATION.field(name) for name in names])
        self._writer = parquet.ParquetWriter(sink, schema, compression="zstd")

    def take(self, rows: pa.RecordBatch) -> None:
        """Append *rows*."""
        self.records += rows.num_rows
        self._writer.write_batch(rows.select(self._names))

    def finish(self) -> None:
        """Write the footer, without which the file cannot be read."""
        self._writer.close()
