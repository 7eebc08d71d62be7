"""Who asked for a name, counted without the answers."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from fluxhound.sources.live import ASKED


class Asked:
    """Collects names with their clients; each pair is one row, however often it is added."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], list[float]] = {}

    def add(self, names: Iterable[str], client: str, time: float) -> None:
        """Count that *client* was answered about *names* at *time*, in epoch seconds."""
        pairs = self._pairs
        for name in names:
            known = pairs.get((name, client))
            if known is None:
                pairs[name, client] = [time, 1]
            else:
                known[1] += 1

    def __len__(self) -> int:
        """Return the number of rows that wait to be taken."""
        return len(self._pairs)

    def take(self) -> pa.RecordBatch:
        """Return the rows in the schema ``ASKED``, and start again with none."""
        pairs, self._pairs = self._pairs, {}
        columns = {
            "time": [time for time, _ in pairs.values()],
            "name": [name for name, _ in pairs],
            "client": [client for _, client in pairs],
            "count": [int(count) for _, count in pairs.values()],
        }
        arrays = [pa.array(columns[field.name], field.type) for field in ASKED]
        return pa.RecordBatch.from_arrays(arrays, schema=ASKED)
