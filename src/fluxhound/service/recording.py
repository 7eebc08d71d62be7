"""The recorder: what the live inputs said, into the store, with their positions, or not at all."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.errors import StoreError
from fluxhound.history.clients import Askers
from fluxhound.history.compaction import Compactor, clients_of
from fluxhound.history.positions import note_live, set_positions
from fluxhound.history.store import Store
from fluxhound.service.gathering import Arrival
from fluxhound.sources.live import LiveInput

log = logging.getLogger(__name__)

#: The history's columns without ``source``: what the watch is given.
ROWS = (
    "hour",
    "sensor",
    "name",
    "type",
    "answers",
    "first",
    "last",
    "count",
    "ttl_max",
    "ttl_min",
)

_TICK = "CREATE OR REPLACE TEMP TABLE tick AS SELECT * FROM history LIMIT 0"
_REWRITTEN = "DELETE FROM tick WHERE list_has_any(string_split(answers, ','), ?)"
_ADD = "INSERT INTO history SELECT * FROM tick"
_MERGED = """
SELECT hour, sensor, name, type, answers, min(first) AS first, max(last) AS last,
       CAST(sum(count) AS BIGINT) AS count, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
FROM tick GROUP BY hour, sensor, name, type, answers
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one commit added."""

    rows: pa.Table  # columns ``ROWS``, merged over the inputs
    asking: dict[int, int]  # hour -> rows of who asked
    seconds: float


@dataclass(slots=True)
class _Given:
    """All that one input said, put together."""

    source: LiveInput
    batches: list[pa.RecordBatch] = field(default_factory=list)
    asked: list[pa.RecordBatch] = field(default_factory=list)
    records: int = 0
    observations: int = 0
    position: str | None = None
    notes: dict[str, str] = field(default_factory=dict)


class Recorder:
    """Writes arrivals into a store: history, who asked, counts and positions in one transaction."""

    def __init__(
        self,
        store: Store,
        *,
        askers: Askers | None,
        rewritten: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Write into *store*; without *askers* nobody's questions are recorded.

        Answers with one of the *rewritten* addresses are our own sinkhole's: who asked is noted,
        the answer is no history of the name.
        """
        self._store = store
        self._askers = askers
        self._rewritten = [str(ipaddress.ip_address(each)) for each in rewritten]
        self._clock = clock

    def record(self, arrivals: Sequence[Arrival]) -> Recorded:
        """Commit the *arrivals*, and tell each that it is done.

        Raises:
            StoreError: nothing was added; the arrivals may be given again.
        """
        started = time.monotonic()
        given = _by_input(arrivals)
        try:
            with self._store.transaction():
                rows, asking = self._write(given)
        except duckdb.Error as error:
            raise StoreError(
                f"{self._store.path or 'The store'}: nothing was added, it could not be written "
                f"({str(error).splitlines()[0]}). Check the free disk space."
            ) from error
        for arrival in arrivals:
            if arrival.portion.done:
                arrival.portion.done()
        return Recorded(rows=rows, asking=asking, seconds=time.monotonic() - started)

    def _write(self, given: Iterable[_Given]) -> tuple[pa.Table, dict[int, int]]:
        connection = self._store.connection
        connection.execute(_TICK)
        asking: dict[int, int] = defaultdict(int)
        positions: dict[str, str] = {}
        for each in given:
            source = note_live(
                self._store,
                each.source.name,
                format=each.source.format,
                records=each.records,
                observations=each.observations,
                not_observable=each.source.not_observable,
            )
            compactor = Compactor(connection, source=source, into="tick", asked=False)
            for batch in each.batches:
                compactor.take(batch if each.source.sensor else placed(batch, each.source.name))
            compactor.finish()
            for hour, count in self._note_clients(each, source).items():
                asking[hour] += count
            if each.position is not None:
                positions[each.source.name] = each.position
            positions.update(each.notes)
        if self._rewritten:
            connection.execute(_REWRITTEN, [self._rewritten])
        connection.execute(_ADD)
        if positions:
            set_positions(connection, positions, now=self._clock())
        return connection.sql(_MERGED).to_arrow_table(), dict(asking)

    def _note_clients(self, each: _Given, source: int) -> dict[int, int]:
        if self._askers is None:
            return {}
        added: dict[int, int] = defaultdict(int)
        naming = [batch for batch in each.batches if _names_clients(batch)]
        for alike in _of_one_schema([*naming, *each.asked]):
            asked = clients_of(self._store.connection, alike)
            for hour, count in self._askers.add(asked, source=source).items():
                added[hour] += count
        return added


def _names_clients(batch: pa.RecordBatch) -> bool:
    """Tell whether any row says who asked: what a resolver got by itself does not."""
    at = batch.schema.get_field_index("client")
    return at >= 0 and bool(batch.column(at).null_count < batch.num_rows)


def placed(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """Return *batch* with its vantage points as those of one input: ``NAME/RESOLVER``, or ``NAME``.

    Two sites may call their resolvers by the same address, and a source may not name them at all.
    """
    at = batch.schema.get_field_index("sensor")
    if at < 0:
        sensors = pa.repeat(name, batch.num_rows)
        return batch.append_column(pa.field("sensor", pa.string()), sensors)
    given = batch.column(at)
    if given.null_count == batch.num_rows:
        sensors = pa.repeat(name, batch.num_rows)
    else:
        sensors = pc.binary_join_element_wise(name, given, "/", null_handling="skip")
    return batch.set_column(at, pa.field("sensor", pa.string()), sensors)


def _by_input(arrivals: Sequence[Arrival]) -> list[_Given]:
    """Return the arrivals put together for each input; the last position of each counts."""
    found: dict[str, _Given] = {}
    for arrival in arrivals:
        given = found.setdefault(arrival.input.name, _Given(arrival.input))
        portion = arrival.portion
        given.batches.extend(portion.batches)
        given.asked.extend(portion.asked)
        given.records += portion.tally.records
        given.observations += portion.tally.observations
        given.notes.update(portion.notes)
        if portion.position is not None:
            given.position = portion.position
    return list(found.values())


def _of_one_schema(batches: Sequence[pa.RecordBatch]) -> Iterable[list[pa.RecordBatch]]:
    """Yield the batches in lists of the same columns."""
    groups: dict[tuple[str, ...], list[pa.RecordBatch]] = defaultdict(list)
    for batch in batches:
        groups[tuple(batch.schema.names)].append(batch)
    yield from groups.values()
