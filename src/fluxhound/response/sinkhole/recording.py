"""From conversations to the disk: a thread of its own, so that no client waits for it."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.limits import Limits, Setup
from fluxhound.response.sinkhole.tallies import Tallies
from fluxhound.response.sinkhole.visit import Visit
from fluxhound.response.sinkhole.visitlog import VisitLog
from fluxhound.response.sinkhole.visits import VisitStore

logger = logging.getLogger(__name__)

#: How often the log is brought to the disk and the sums to the store. Chosen: what a loss of power
#: may cost.
FLUSH_S = 1.0
#: After a failure it is tried again so much later.
_AGAIN_S = 10.0
_PURGE_S = 3_600.0
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of the visits since the start."""

    visits: int = 0  # taken from conversations
    lost: int = 0  # not taken, as too many waited; they are in no sum
    left_out: int = 0  # without a line of their own, but in the sums
    unwritten: int = 0  # lines that the disk did not take
    folded: int = 0  # in rows that stand for many
    waiting: int = 0  # rows that the store did not take yet


class Recorder:
    """Takes visits from any thread and writes them in its own."""

    def __init__(self, setup: Setup, *, clock: Callable[[], float] = time.time) -> None:
        """Open log and store, so that what is wrong is told before anything listens.

        Raises:
            StoreError: one of them cannot be used.
        """
        self._setup = setup
        self._clock = clock
        limits: Limits = setup.limits
        self._queue: queue.Queue[Visit | None] = queue.Queue(limits.queue)
        self._log = VisitLog(setup.log_path, limits, clock=clock) if setup.log else None
        self._store = VisitStore(setup.store_path)
        self._tallies = Tallies(limits)
        self._again = self._purged = float("-inf")
        self._reopen = threading.Event()
        self._visits = self._lost = self._lost_told = 0
        self._thread = threading.Thread(target=self._run, name="sinkhole-recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, visit: Visit) -> None:
        """Take one visit; never waits: if too many are waiting, it is counted and lost."""
        try:
            self._queue.put_nowait(visit)
        except queue.Full:
            self._lost += 1

    def reopen(self) -> None:
        """Open the log anew, soon."""
        self._reopen.set()

    def close(self) -> None:
        """Write what was taken, and end."""
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=FLUSH_S)
                self._thread.join()

    @property
    def writing(self) -> bool:
        """Tell whether its thread is alive; it ends by a defect alone, or by ``close``."""
        return self._thread.is_alive()

    def written(self) -> Written:
        """Return the counts."""
        return Written(
            visits=self._visits,
            lost=self._lost,
            left_out=self._log.left_out if self._log else 0,
            unwritten=self._log.unwritten if self._log else 0,
            folded=self._tallies.folded,
            waiting=len(self._tallies),
        )

    def _run(self) -> None:
        with self._store as store:
            ended = False
            while not ended:
                visits, ended = self._next()
                self._take(visits)
                self._flush(store, now=True if ended else None)
            if self._log:
                self._log.close()

    def _next(self) -> tuple[list[Visit], bool]:
        """Return what comes until the next flush is due, and whether that was all."""
        visits: list[Visit] = []
        until = time.monotonic() + FLUSH_S
        while len(visits) < _AT_ONCE:
            try:
                visit = self._queue.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                break
            if visit is None:
                return visits, True
            visits.append(visit)
        return visits, False

    def _take(self, visits: list[Visit]) -> None:
        self._visits += len(visits)
        for each in visits:
            self._tallies.add(each)
        if self._log is None:
            return
        if self._reopen.is_set():
            self._reopen.clear()
            self._log.reopen()
        lost = self._lost - self._lost_told
        self._lost_told += lost
        self._log.add(visits, lost=lost)
        self._log.sync()

    def _flush(self, store: VisitStore, *, now: bool | None = None) -> None:
        """Bring the sums to the store; what it does not take waits here and goes on growing."""
        moment = time.monotonic()
        if moment < self._again and not now:
            return
        try:
            self._write(store)
            if moment >= self._purged + _PURGE_S:
                self._purged = moment
                store.purge(before=self._clock() - self._setup.keep.total_seconds())
        except StoreError as error:
            logger.warning("%s It is tried again; what is counted meanwhile is kept.", error)
            self._again = moment + _AGAIN_S

    def _write(self, store: VisitStore) -> None:
        if not len(self._tallies):
            return
        store.add(self._tallies.rows())
        self._tallies.clear()
