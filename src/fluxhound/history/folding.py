"""Keeping a table small that grows by a few thousand rows every half second.

The hour that is being written is merged when what came since is as much as what was merged before,
so that each row is rewritten a few times at most, whatever the load. An hour that is over is merged
once more. Everything is done in parts, each a transaction of its own: killed in between, the table
holds the same as before, and the hour is merged again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fluxhound.history.merging import Span, count_rows, merge, parts
from fluxhound.history.schema import BUCKET_S
from fluxhound.history.store import Store

#: Rows that are merged at once, at most and at least. Measured: 150,000 take 0.15 to 0.2 s on two
#: idle cores; on busy ones parts are made smaller, to take about ``PART_S``.
PART_ROWS, SMALL_PART_ROWS = 150_000, 30_000
PART_S = 0.25
#: Fewer loose rows than this are left until the hour is over. Chosen: queries do not feel them.
FEW_ROWS = 50_000
#: An hour is over when it ended, and nothing came for it, so many seconds ago. Chosen.
QUIET_S = 300
#: Once merged for good, an hour is merged again only for as many new rows: 1/4 of the merged ones.
LATE_SHARE = 4
#: Loose hours are looked through at most this often; there may be very many of them.
LOOK_EVERY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One piece of upkeep that was done."""

    kind: str  # "fold", "rollup", "purge", "evict" or "checkpoint"
    table: str
    hour: int
    rows_before: int
    rows_after: int
    seconds: float


@dataclass(slots=True)
class _Hour:
    """What is known of one hour of a table."""

    rows: int = 0
    merged: int = 0  # of them, so many have keys that differ
    folded_at: float = float("-inf")
    appended_at: float = float("-inf")

    @property
    def loose(self) -> int:
        return self.rows - self.merged

    def crowded(self) -> bool:
        return self.loose >= max(self.merged, FEW_ROWS)

    def over(self, hour: int, now: float) -> bool:
        """Tell whether the hour ended and is worth merging (again)."""
        end = (hour + 1) * BUCKET_S
        if self.loose <= 0 or now < max(end, self.appended_at) + QUIET_S:
            return False
        return self.folded_at < end or self.loose * LATE_SHARE >= self.merged


class Folder:
    """Merges the rows of one table, hour by hour, in small steps."""

    def __init__(self, store: Store, table: str) -> None:
        """Count the rows of *table* ("history" or "asking"): milliseconds per million rows."""
        self._store = store
        self._table = table
        counted = store.connection.execute(f"SELECT hour, count(*) FROM {table} GROUP BY hour")
        self.hours = {int(hour): _Hour(rows=int(rows)) for hour, rows in counted.fetchall()}
        known = store.connection.execute(
            "SELECT hour, rows, folded_at FROM folded WHERE folded_table = ?", [table]
        )
        for hour, rows, folded_at in known.fetchall():
            if hour in self.hours:
                self.hours[hour].merged, self.hours[hour].folded_at = int(rows), float(folded_at)
        self._pending = {hour for hour, each in self.hours.items() if each.loose > 0}
        self._crowded = {hour for hour in self._pending if self.hours[hour].crowded()}
        self._round: Iterator[Step] | None = None
        self._looked = float("-inf")
        self._part_rows = PART_ROWS

    @property
    def busy(self) -> bool:
        """Tell whether an hour is half merged."""
        return self._round is not None

    def appended(self, counts: Mapping[int, int], *, now: float) -> None:
        """Take note of rows that were added: hour -> rows."""
        for hour, rows in counts.items():
            each = self.hours.setdefault(hour, _Hour())
            each.rows += rows
            each.appended_at = now
            self._pending.add(hour)
            if each.crowded():
                self._crowded.add(hour)

    def crowded(self) -> int | None:
        """Return the hour with the most loose rows, of those that have more of them than merged."""
        return max(self._crowded, key=lambda hour: self.hours[hour].loose, default=None)

    def over(self, *, now: float) -> int | None:
        """Return an hour that is over and worth merging, the oldest first."""
        if now < self._looked + LOOK_EVERY_S:
            return None
        found = min((h for h in self._pending if self.hours[h].over(h, now)), default=None)
        if found is None:
            self._looked = now
        return found

    def begin(self, first: int, end: int, *, now: float, kind: str = "fold") -> None:
        """Begin to merge the hours [first, end) into *first*; ``step`` does it."""
        self._round = self._merged(first, end, now, kind)

    def step(self) -> Step | None:
        """Merge one part; ``None`` when all is done.

        Raises:
            StoreError, duckdb.Error: it could not be written; nothing changed.
        """
        if self._round is None:
            return None
        try:
            step = next(self._round, None)
        except BaseException:
            self._round = None
            raise
        if step is None:
            self._round = None
        return step

    def forget(self, first: int, end: int) -> None:
        """Take note that the hours [first, end) changed, or are gone: count them again."""
        for hour in [hour for hour in self.hours if first <= hour < end]:
            rows = count_rows(self._store.connection, self._span(hour, hour + 1))
            if rows:
                known = self.hours[hour]
                known.merged = max(0, known.merged - (known.rows - rows))
                known.rows = rows
            else:
                self._drop(hour)

    def _drop(self, hour: int) -> None:
        del self.hours[hour]
        self._pending.discard(hour)
        self._crowded.discard(hour)

    def _span(self, first: int, end: int) -> Span:
        return Span(table=self._table, first=first, end=end)

    def _merged(self, first: int, end: int, now: float, kind: str) -> Iterator[Step]:
        merged, connection = 0, self._store.connection
        spans = parts(connection, self._span(first, end), rows=self._part_rows)
        for number, span in enumerate(spans, 1):
            begun = time.perf_counter()
            with self._store.transaction():
                if number == 1:
                    self._unnote(first, end)
                before, after = merge(connection, span, target=first)
                if number == len(spans):
                    self._note(first, merged + after, now)
            merged += after
            if number == len(spans):
                self._settle(first, end, merged, now)
            seconds = time.perf_counter() - begun
            self._pace(before, seconds)
            yield Step(
                kind=kind,
                table=self._table,
                hour=first,
                rows_before=before,
                rows_after=after,
                seconds=seconds,
            )

    def _pace(self, rows: int, seconds: float) -> None:
        """Let the parts of the next round take about ``PART_S``, as this one's pace suggests."""
        if rows < SMALL_PART_ROWS:
            return  # what a commit costs by itself says nothing about the rows
        suggested = int((self._part_rows + rows * PART_S / max(seconds, 1e-6)) / 2)
        self._part_rows = min(max(suggested, SMALL_PART_ROWS), PART_ROWS)

    def _unnote(self, first: int, end: int) -> None:
        """Until the last part is merged, the store does not say that these hours are."""
        self._store.connection.execute(
            "DELETE FROM folded WHERE folded_table = ? AND hour >= ? AND hour < ?",
            [self._table, first, end],
        )

    def _note(self, hour: int, rows: int, now: float) -> None:
        self._store.connection.execute(
            "INSERT INTO folded VALUES (?, ?, ?, ?)", [self._table, hour, rows, now]
        )

    def _settle(self, first: int, end: int, merged: int, now: float) -> None:
        rows = count_rows(self._store.connection, self._span(first, end))
        appended_at = max(
            (each.appended_at for hour, each in self.hours.items() if first <= hour < end),
            default=float("-inf"),
        )
        for hour in [hour for hour in self.hours if first <= hour < end]:
            self._drop(hour)
        self.hours[first] = _Hour(rows, merged, now, appended_at)
        if rows > merged:
            self._pending.add(first)
        if self.hours[first].crowded():
            self._crowded.add(first)
