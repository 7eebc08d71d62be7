"""What the recorder does for the store between commits: the one most urgent small piece of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.history.folding import Folder, Step
from fluxhound.history.retention import DAY_HOURS, Retention, Sweeper
from fluxhound.history.store import Store

__all__ = ["Retention", "Step", "Upkeep"]


class Upkeep:
    """Keeps a live store small, within its retention and on its disk."""

    def __init__(self, store: Store, retention: Retention) -> None:
        """Count what *store* holds; the calls below are all for the thread that commits."""
        self._store = store
        self.retention = retention
        #: Rows that were deleted since the start, by "purge" (too old) and "evict" (disk bound).
        self.deleted = Counter[str]()
        self._open()

    def _open(self) -> None:
        self._history = Folder(self._store, "history")
        self._asking = Folder(self._store, "asking")
        self._sweeper = Sweeper(
            self._store, self.retention, history=self._history, asking=self._asking
        )

    def appended(
        self,
        history: pa.Table | Mapping[int, int],
        asking: Mapping[int, int] | None = None,
        *,
        now: float,
    ) -> None:
        """Take note of what a commit added: history (a table with ``hour``), askings by hour."""
        counts = hours_of(history) if isinstance(history, pa.Table) else history
        self._history.appended(counts, now=now)
        self._asking.appended(asking or {}, now=now)

    def step(self, *, now: float) -> Step | None:
        """Do the one most urgent piece, of about 0.3 s at most; ``None`` if nothing is due.

        Raises:
            StoreError, duckdb.Error: it could not be written; what it was about is as before.
        """
        if not self._store.writable():
            return None
        return self._checkpoint() or self._fold(now) or self._sweep(now) or self._settle(now)

    def reopened(self) -> None:
        """Count anew after the store was opened again."""
        self._open()

    def _checkpoint(self) -> Step | None:
        begun = time.perf_counter()
        if not self._store.checkpoint():
            return None
        seconds = time.perf_counter() - begun
        return Step(
            kind="checkpoint", table="", hour=0, rows_before=0, rows_after=0, seconds=seconds
        )

    def _fold(self, now: float) -> Step | None:
        """Go on with what was begun, or begin with an hour that grew too much."""
        for folder in (self._history, self._asking):
            if step := folder.step():
                return step
        for folder in (self._history, self._asking):
            hour = folder.crowded()
            if hour is not None:
                folder.begin(hour, hour + 1, now=now)
                return folder.step()
        return None

    def _sweep(self, now: float) -> Step | None:
        step = self._sweeper.evict(now=now) or self._sweeper.purge(now=now)
        if step:
            self.deleted[step.kind] += step.rows_before - step.rows_after
        return step

    def _settle(self, now: float) -> Step | None:
        """Merge what is over: hours for good, then old days."""
        for folder in (self._history, self._asking):
            hour = folder.over(now=now)
            if hour is not None:
                folder.begin(hour, hour + 1, now=now)
                return folder.step()
        day = self._sweeper.due_day(now=now)
        if day is None:
            return None
        self._history.begin(day, day + DAY_HOURS, now=now, kind="rollup")
        return self._history.step()


def hours_of(table: pa.Table) -> dict[int, int]:
    """Return the rows for each hour in *table*, which has a column ``hour``."""
    counted = pc.value_counts(table.column("hour"))
    return dict(
        zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    )
