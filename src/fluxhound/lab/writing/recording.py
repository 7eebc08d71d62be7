"""Traffic to one file, batch by batch, with the truth beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from fluxhound.errors import UsageError
from fluxhound.lab.writing.formats import RecordFormat, Scene
from fluxhound.lab.writing.output import written
from fluxhound.lab.writing.responses import whole
from fluxhound.lab.writing.truth import truth_path, write_truth

#: Told after each batch: observations taken so far.
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was written."""

    path: Path
    truth: Path | None
    observations: int  # rows of the traffic
    records: int  # lines, packets, frames or rows of the file
    octets: int
    left_out: Mapping[str, int]  # reason -> responses that the format cannot hold


def record(
    batches: Iterable[pa.RecordBatch],
    path: Path,
    *,
    form: RecordFormat,
    scene: Scene,
    truth: pa.Table | None = None,
    tell: Tell | None = None,
) -> Recording:
    """Write *batches* to *path*, in the order given, and *truth* beside it.

    Nothing is left of either file if the work is interrupted.

    Raises:
        UsageError: if a file cannot be written, or the format cannot hold aggregates.
    """
    if scene.aggregated and not form.aggregates:
        raise UsageError(
            f"The format {form.name} holds single responses, no aggregates. "
            "Use cof, parquet or csv."
        )
    observations = 0
    beside = truth_path(path, columns=form.name == "parquet") if truth is not None else None
    with written(path, compress=form.name != "parquet") as sink:
        writer = form.open(sink, scene)
        for rows in whole(batches):
            writer.take(rows)
            observations += rows.num_rows
            if tell:
                tell(observations)
        writer.finish()
        records, left_out = writer.records, Counter(writer.left_out)
        if beside is not None:
            write_truth(truth, beside)
    return Recording(
        path=path,
        truth=beside,
        observations=observations,
        records=records,
        octets=path.stat().st_size,
        left_out=left_out,
    )
