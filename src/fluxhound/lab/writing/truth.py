"""The truth beside an output: what each registered domain in it was made as."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
from pyarrow import parquet

from fluxhound.lab.writing.output import written

#: Rows turned into text at once. Chosen, not measured.
_ROWS = 20_000


def truth_path(path: Path, *, columns: bool) -> Path:
    """Return where the truth of the output *path* goes: a Parquet file if in *columns*."""
    return path.with_name(path.name + (".truth.parquet" if columns else ".truth.jsonl"))


def write_truth(truth: pa.Table, path: Path) -> None:
    """Write one row for each registered domain; the path's ending tells how.

    Raises:
        UsageError: if the file cannot be written.
    """
    with written(path) as sink:
        if path.suffix == ".parquet":
            parquet.write_table(truth, sink, compression="zstd")
        else:
            sink.writelines(_lines(truth))


def _lines(truth: pa.Table) -> Iterator[bytes]:
    for batch in truth.to_batches(max_chunksize=_ROWS):
        yield b"".join(
            orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist()
        )
