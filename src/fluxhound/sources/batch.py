"""Columns of observations, filled row by row by readers that cannot work in columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from fluxhound.records import OBSERVATION

#: Rows in a batch: large enough that the cost of a batch vanishes, small enough to stay in cache.
BATCH_ROWS = 50_000


@dataclass(slots=True)
class Columns:
    """Python lists, one for each column of ``OBSERVATION``."""

    time: list[float] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    type: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    ttl: list[int | None] = field(default_factory=list)
    client: list[str | None] = field(default_factory=list)
    sensor: list[str | None] = field(default_factory=list)
    time_last: list[float | None] = field(default_factory=list)
    count: list[int | None] = field(default_factory=list)

    def add(
        self,
        *,
        time: float,
        name: str,
        type: str,  # noqa: A002 - the column's name
        answers: str,
        ttl: int | None = None,
        client: str | None = None,
        sensor: str | None = None,
        time_last: float | None = None,
        count: int | None = None,
    ) -> None:
        """Append one row."""
        self.time.append(time)
        self.name.append(name)
        self.type.append(type)
        self.answers.append(answers)
        self.ttl.append(ttl)
        self.client.append(client)
        self.sensor.append(sensor)
        self.time_last.append(time_last)
        self.count.append(count)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time)

    @property
    def full(self) -> bool:
        """Tell whether it is time to take the batch."""
        return len(self.time) >= BATCH_ROWS

    def take(self) -> pa.RecordBatch:
        """Return the rows as a batch and start again with none."""
        arrays = [pa.array(getattr(self, f.name), type=f.type) for f in OBSERVATION]
        for f in OBSERVATION:
            getattr(self, f.name).clear()
        return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATION)
