"""The judgement of an analysis over the whole store, while others go on writing into it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf, isfinite

import duckdb
import numpy as np
from numpy.typing import NDArray

from fluxhound.enrichment.facts import AddressTable
from fluxhound.history.store import Store
from fluxhound.profiles.identities import remember_networks
from fluxhound.records import Finding
from fluxhound.service.judged import judged
from fluxhound.service.looks import domain_scores, hot_addresses

Keys = NDArray[np.uint64]
Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: What a thread that sweeps has of the processor, against others (setpriority(2)).
_NICE = 10

#: Stored networks are for what the history no longer holds: of the rest they are formed anew, so
#: that a sweep says what an analysis of the same records says, whatever earlier sweeps saw.
_OLDER = (
    """CREATE OR REPLACE TEMP TABLE network AS SELECT * FROM "{db}".main.network
       WHERE last_seen < {oldest!r}""",
    """CREATE OR REPLACE TEMP TABLE network_unit AS SELECT * FROM "{db}".main.network_unit
       SEMI JOIN temp.network USING (id)""",
)
_FORGET = (
    "DROP TABLE temp.network",
    "DROP TABLE temp.network_unit",
    "DELETE FROM network WHERE last_seen >= {oldest!r}",
    "DELETE FROM network_unit WHERE id NOT IN (SELECT id FROM network)",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swept:
    """What a sweep found."""

    findings: tuple[Finding, ...]  # ranked, exactly those of an analysis of the same store
    domains: Keys  # of every entity: the key of its registered domain
    odds: Reals
    flagged: Mask
    hot: Keys  # addresses of findings
    entities: int
    seconds: float


class Sweep:
    """Sweeps one store; one sweep at a time, each on a cursor and a snapshot of its own."""

    def __init__(
        self,
        store: Store,
        *,
        tables: AddressTable,
        horizon_s: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Judge *store* with the facts of *tables*: so many seconds before its latest record."""
        self._store = store
        self._tables = tables
        self._horizon_s = horizon_s
        self._clock = clock
        self._lock = threading.Lock()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def run(self, *, not_observable: tuple[str, ...] = ()) -> Swept:
        """Judge everything, and keep the networks that were found in the store.

        Raises:
            duckdb.Error: also when it was interrupted.
        """
        started = self._clock()
        with self._store.connection.cursor() as cursor:
            with self._lock:
                self._cursor = cursor
            try:
                since, oldest = self._bounds(cursor)
                swept = self._judged(cursor, not_observable, started, since, oldest)
                _remember(cursor, oldest)
            finally:
                with self._lock:
                    self._cursor = None
        return swept

    def interrupt(self) -> None:
        """Break off the sweep that is running, if there is one."""
        with self._lock:
            if self._cursor is not None:
                self._cursor.interrupt()

    def _bounds(self, cursor: duckdb.DuckDBPyConnection) -> tuple[datetime | None, float]:
        """Return from when on rows are judged, and when the first of them begins."""
        [(newest,)] = cursor.execute("SELECT max(last) FROM history").fetchall()
        since = -inf if newest is None else newest - self._horizon_s
        [(oldest,)] = cursor.execute(
            "SELECT coalesce(min(first), 0) FROM history WHERE first >= ?", [since]
        ).fetchall()
        return (datetime.fromtimestamp(since, UTC) if isfinite(since) else None), float(oldest)

    def _judged(
        self,
        cursor: duckdb.DuckDBPyConnection,
        not_observable: tuple[str, ...],
        started: float,
        since: datetime | None,
        oldest: float,
    ) -> Swept:
        # One snapshot: what is committed meanwhile must not be in one measure and not in another.
        with transaction(cursor):
            database = cursor.execute("SELECT current_database()").fetchall()[0][0]
            for statement in _OLDER:
                cursor.execute(statement.format(db=database.replace('"', '""'), oldest=oldest))
            found = judged(cursor, tables=self._tables, not_observable=not_observable, since=since)
            domains, odds, flagged = domain_scores(cursor, found)
            return Swept(
                findings=tuple(found.findings),
                domains=domains,
                odds=odds,
                flagged=flagged,
                hot=hot_addresses(cursor, found),
                entities=len(found),
                seconds=self._clock() - started,
            )


def _remember(cursor: duckdb.DuckDBPyConnection, oldest: float) -> None:
    with transaction(cursor):
        for statement in _FORGET:
            cursor.execute(statement.format(oldest=oldest))
        remember_networks(cursor)


@contextlib.contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Do everything within on one snapshot, and all of it or nothing."""
    cursor.execute("BEGIN")
    try:
        yield
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")


def step_back() -> None:
    """Let other threads go before the calling one; where the system can tell threads apart."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
