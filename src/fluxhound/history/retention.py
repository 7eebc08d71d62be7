"""How long what is kept: hours become days, days are dropped, clients go first.

Everything is done in small steps between commits, the oldest first. What is deleted here leaves the
tables at once and the file when its blocks are written again; ``rewriting`` makes sure of it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from fluxhound.history.folding import PART_ROWS, Folder, Step
from fluxhound.history.kept import find_kept
from fluxhound.history.merging import Span, count_rows, parts
from fluxhound.history.schema import BUCKET_S
from fluxhound.history.store import Store

log = logging.getLogger(__name__)

DAY_S = 86_400
DAY_HOURS = DAY_S // BUCKET_S
#: Ages are looked at so often, the disk bound so often. Chosen: both grow slowly.
AGES_EVERY_S = 60.0
DISK_EVERY_S = 10.0
#: Eviction begins above this share of the disk bound and ends below that one. The rest is room for
#: the log and for rows that are moved about.
EVICT_ABOVE, EVICT_TO = 0.90, 0.85
#: Rows in hours of their own that a day must have to be made one again, as a share. Chosen.
LATE_SHARE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how long the store keeps what, in seconds, and how large its file may be."""

    hourly_s: float
    daily_s: float
    clients_s: float
    disk_bytes: int | None = None


class Sweeper:
    """Drops and shrinks what is older than it may be, and the oldest when the disk bound is met."""

    def __init__(
        self, store: Store, retention: Retention, *, history: Folder, asking: Folder
    ) -> None:
        """Keep *store* within *retention*; the folders count the rows of its two tables."""
        self._store = store
        self._keep = retention
        self._folders = {"history": history, "asking": asking}
        self._ages_at = self._days_at = self._disk_at = self._asked_at = float("-inf")
        self._evicting: Iterator[Step] | None = None

    def purge(self, *, now: float) -> Step | None:
        """Delete the oldest hour that is too old, of clients or of history; ``None`` if none is."""
        if now < self._ages_at + AGES_EVERY_S:
            return None
        # Rows of history may be a day long; they go when all of the day is too old.
        ends = {
            "asking": first_kept(now, self._keep.clients_s),
            "history": first_kept(now, self._keep.daily_s) // DAY_HOURS * DAY_HOURS,
        }
        for table, end in ends.items():
            oldest = min(self._folders[table].hours, default=end)
            if oldest < end:
                return self._drop(table, oldest)
        step = self._purge_asked(now)
        if step is None:
            self._ages_at = now
        return step

    def due_day(self, *, now: float) -> int | None:
        """Return the first hour of a day that is to become one row for each key, if there is one.

        A day is due when all of it is older than hours are kept.
        """
        if now < self._days_at + AGES_EVERY_S:
            return None
        end = first_kept(now, self._keep.hourly_s) // DAY_HOURS * DAY_HOURS
        days: dict[int, list[int]] = {}
        for hour, each in self._folders["history"].hours.items():
            if hour < end:
                rows = days.setdefault(hour // DAY_HOURS * DAY_HOURS, [0, 0])
                rows[hour % DAY_HOURS != 0] += each.rows
        found = min(
            (d for d, (made, late) in days.items() if late * LATE_SHARE > made), default=None
        )
        if found is None:
            self._days_at = now
        return found

    def evict(self, *, now: float) -> Step | None:
        """Delete some of the oldest rows if the store is too large, those of kept names last."""
        if self._keep.disk_bytes is None:
            return None
        if self._evicting is None:
            if now < self._disk_at + DISK_EVERY_S:
                return None
            self._disk_at = now
            used = used_bytes(self._store)
            if used <= EVICT_ABOVE * self._keep.disk_bytes:
                return None
            self._evicting = self._evicted(used - EVICT_TO * self._keep.disk_bytes, used, now)
        try:
            step = next(self._evicting, None)
        except BaseException:
            self._evicting = None
            raise
        if step is None:
            self._evicting = None
        return step

    def _drop(self, table: str, hour: int, kind: str = "purge") -> Step:
        begun = time.perf_counter()
        with self._store.transaction():
            rows = self._delete(Span(table=table, first=hour, end=hour + 1))
            self._store.connection.execute(
                "DELETE FROM folded WHERE folded_table = ? AND hour = ?", [table, hour]
            )
            if table == "asking":
                self._forget_addresses()
        self._folders[table].forget(hour, hour + 1)
        return _step(kind, table, hour, rows, 0, begun)

    def _delete(self, span: Span, condition: str = "") -> int:
        query = f"DELETE FROM {span.table} WHERE {span.where}{condition}"
        return int(self._store.connection.execute(query, span.parameters).fetchall()[0][0])

    def _forget_addresses(self) -> None:
        """Forget addresses in clear of clients of whom nothing else is stored."""
        if not self._is_empty("client_address"):
            self._store.connection.execute(_LOST_ADDRESSES)

    def _is_empty(self, table: str) -> bool:
        return not self._store.connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()

    def _purge_asked(self, now: float) -> Step | None:
        """Once an hour, delete clients of files that hold nothing younger, as they have no times.

        Names that are no longer kept are forgotten as well.
        """
        begun = time.perf_counter()
        if now < self._asked_at + BUCKET_S:
            return None
        self._asked_at = now
        if not self._is_empty("kept"):
            with self._store.transaction():
                self._store.connection.execute("DELETE FROM kept WHERE until < ?", [now])
        if self._is_empty("asked"):
            return None
        with self._store.transaction():
            deleted = self._store.connection.execute(_OLD_ASKED, [now - self._keep.clients_s])
            rows = int(deleted.fetchall()[0][0])
        return _step("purge", "asked", 0, rows, 0, begun) if rows else None

    def _evicted(self, excess: float, used: float, now: float) -> Iterator[Step]:
        """Delete *excess* of *used* bytes; clients of an hour go with its history."""
        rows = sum(each.rows for folder in self._folders.values() for each in folder.hours.values())
        wanted, gone = rows * excess / used, Counter[str]()
        with self._store.transaction():
            self._store.connection.execute("DELETE FROM kept WHERE until < ?", [now])
        for sparing in (True, False):
            for hour in sorted({h for folder in self._folders.values() for h in folder.hours}):
                for step in self._evicted_hour(hour, now, sparing=sparing):
                    yield step
                    gone[step.table] += step.rows_before - step.rows_after
                if gone.total() >= wanted:
                    self._tell(gone)
                    yield self._settled(now)
                    return
        self._tell(gone)

    def _evicted_hour(self, hour: int, now: float, *, sparing: bool) -> Iterator[Step]:
        for table, folder in self._folders.items():
            if hour not in folder.hours or abs(hour - now // BUCKET_S) <= 1:
                continue  # the hour that is being written, and those beside it, are not evicted
            whole = Span(table=table, first=hour, end=hour + 1)
            for span in parts(self._store.connection, whole, rows=PART_ROWS):
                begun = time.perf_counter()
                before = count_rows(self._store.connection, span)
                with self._store.transaction():
                    if sparing:
                        find_kept(self._store.connection, span)
                    deleted = self._delete(span, _NOT_KEPT if sparing else "")
                yield _step("evict", table, hour, before, before - deleted, begun)
            folder.forget(hour, hour + 1)

    def _tell(self, gone: Counter[str]) -> None:
        if gone.total():
            log.warning(
                "%s: the disk bound is met; the oldest rows were deleted: %d of history, %d of who "
                "asked.",
                self._store.path,
                gone["history"],
                gone["asking"],
            )

    def _settled(self, now: float) -> Step:
        """Give the blocks free, so that the next look at the size sees them."""
        begun = time.perf_counter()
        with self._store.transaction():
            self._forget_addresses()
        self._store.checkpoint(least_bytes=0, moving=True)
        self._disk_at = now
        return _step("checkpoint", "", 0, 0, 0, begun)


_NOT_KEPT = " AND name NOT IN (SELECT name FROM kept_name)"

_LOST_ADDRESSES = """
DELETE FROM client_address WHERE client NOT IN (SELECT client FROM asking)
"""

_OLD_ASKED = """
DELETE FROM asked WHERE source NOT IN (
    SELECT source FROM history GROUP BY source HAVING max(last) >= ?)
"""


def first_kept(now: float, age_s: float) -> int:
    """Return the first hour of which something is not older than *age_s*."""
    return int((now - age_s) // BUCKET_S)


def used_bytes(store: Store) -> int:
    """Return what the store takes of the disk without blocks that are free to be used again."""
    row = store.connection.execute("SELECT block_size, used_blocks FROM pragma_database_size()")
    block_size, used_blocks = row.fetchall()[0]
    return int(block_size) * int(used_blocks) + store.log_bytes


def _step(kind: str, table: str, hour: int, before: int, after: int, begun: float, /) -> Step:
    return Step(
        kind=kind,
        table=table,
        hour=hour,
        rows_before=before,
        rows_after=after,
        seconds=time.perf_counter() - begun,
    )
