"""Who asked for a name, counted without the answers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.sources.live import ASKED
from fluxhound.sources.octets import column


class Asked:
    """Collects names with their clients; each pair is one row, however often it is added.

    The time of a row is the earliest.
    """

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], list[float]] = {}
        self._tables: list[pa.Table] = []

    def add(self, names: Iterable[str], client: str, time: float) -> None:
        """Count that *client* was answered about *names* at *time*, in epoch seconds."""
        pairs = self._pairs
        for name in names:
            known = pairs.get((name, client))
            if known is None:
                pairs[name, client] = [time, 1]
            else:
                known[0] = min(known[0], time)
                known[1] += 1

    def add_many(
        self, names: pa.StringArray, clients: pa.StringArray, times: NDArray[np.float64]
    ) -> None:
        """Count the same for many answers: one value for each; none is null."""
        if len(names):
            columns = [column(times), names, clients, column(np.ones(len(names), np.int64))]
            self._tables.append(_summed(pa.table(columns, schema=ASKED)))

    def __len__(self) -> int:
        """Return the number of rows that wait to be taken; pairs may be counted several times."""
        return len(self._pairs) + sum([int(table.num_rows) for table in self._tables])

    def take(self) -> pa.RecordBatch:
        """Return the rows in the schema ``ASKED``, and start again with none."""
        pairs, self._pairs = self._pairs, {}
        tables, self._tables = self._tables, []
        columns = {
            "time": [time for time, _ in pairs.values()],
            "name": [name for name, _ in pairs],
            "client": [client for _, client in pairs],
            "count": [int(count) for _, count in pairs.values()],
        }
        arrays = [pa.array(columns[field.name], field.type) for field in ASKED]
        alone = pa.RecordBatch.from_arrays(arrays, schema=ASKED)
        if not tables:
            return alone
        if pairs:
            tables.append(pa.table(alone))
        whole = _summed(pa.concat_tables(tables)) if len(tables) > 1 else tables[0]
        [batch] = whole.combine_chunks().to_batches()
        return batch


def _summed(table: pa.Table) -> pa.Table:
    """Return one row for each pair."""
    grouped = table.group_by(["name", "client"], use_threads=False)
    found = grouped.aggregate([("time", "min"), ("count", "sum")])
    found = found.rename_columns({"time_min": "time", "count_sum": "count"})
    return found.select(ASKED.names).cast(ASKED)
