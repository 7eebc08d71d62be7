"""Judging live: takes what was recorded, and tells within seconds what is in flux."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import pyarrow as pa

from fluxhound.enrichment.facts import AddressTable
from fluxhound.history.store import Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.errand import MISHAPS, Errand
from fluxhound.service.explaining import Explained, explained
from fluxhound.service.filling import recent, rows_of
from fluxhound.service.judging import Errands, Judge, OnJudged, WatchOptions
from fluxhound.service.pace import Pace
from fluxhound.service.sweep import Sweep, Swept

__all__ = ["Explained", "Watch", "WatchMeasures", "WatchOptions"]

log = logging.getLogger(__name__)

#: Portions that may wait for the judge; more are left to the next sweep. Half a second each.
MOST_WAITING = 64
#: Rows that are heard at once.
HEARD_TOGETHER = 60_000
#: A look that takes more processor time has half as many domains the next time, one that takes less
#: twice as many, but so many at least: what becomes urgent meanwhile waits for its end. Chosen.
LONG_LOOK_S, SHORT_LOOK_S, FEWEST_DOMAINS = 0.7, 0.4, 20
#: The share of one core that looks at what is urgent may take, and seconds of it that may be taken
#: at once; and the same for looks at the others. Chosen.
URGENT_SHARE, URGENT_AT_ONCE_S = 0.5, 3.0
OTHERS_SHARE, OTHERS_AT_ONCE_S = 0.3, 1.0
#: Seconds after which they go together with what is urgent.
PATIENCE_S = 5.0
#: The share of the time that sweeps may take, and questions to the store.
ERRAND_SHARE = 0.1
#: Seconds after which the judge looks up, although nothing came.
TICK_S = 0.25
#: And when somebody waits for it to have nothing left to do.
SETTLING_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchMeasures:
    """How judging goes; times are seconds."""

    tracked_names: int
    tracked_domains: int
    tracked_bytes: int
    bench_rows: int
    candidates: int
    waiting: int  # domains that are due and had no place in the last look
    postponed: int  # how often a domain had to wait for another look
    looks: int
    last_look_s: float
    sweeps: int
    last_sweep_s: float
    queue: int  # portions that wait for the judge
    dropped: int  # rows that only the next sweep will see
    failures: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """Rows, and when they were taken."""

    rows: pa.Table
    at: float


class _Settled:
    """What the judge is asked to say when it has nothing left to do."""

    def __init__(self) -> None:
        self.done = threading.Event()


class _Awaited:
    """A sweep that somebody waits for: whether it ended, and whether it was told.

    After the *last* one nothing more is looked at: what it said is what stands.
    """

    def __init__(self, *, last: bool = False) -> None:
        self.last = last
        self.done = threading.Event()
        self.told = False


class Watch:
    """The judge and its errands, on threads of their own."""

    def __init__(
        self,
        store: Store,
        *,
        tables: AddressTable,
        on_judged: OnJudged,
        options: WatchOptions | None = None,
        not_observable: Callable[[], tuple[str, ...]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Judge what *store* holds and what is taken; *on_judged* is called on the judge thread."""
        self._store = store
        self._tables = tables
        self._options = options or WatchOptions()
        self._not_observable = not_observable
        self._clock = clock
        self._judge = Judge(
            store,
            tables=tables,
            on_judged=on_judged,
            options=self._options,
            not_observable=not_observable,
            clock=clock,
        )
        self._sweep = Sweep(store, tables=tables, horizon_s=self._options.horizon_s, clock=clock)
        self._inbox: queue.SimpleQueue[Callable[[], None] | _Taken | _Settled] = queue.SimpleQueue()
        self._portions = self._dropped = self._failures = self._sweeps = 0
        now = clock()
        self._next_others = self._next_fill = now
        self._passed_by = inf  # since when what is urgent has come before others
        self._urgent = Pace(URGENT_SHARE, URGENT_AT_ONCE_S, now)
        self._others = Pace(OTHERS_SHARE, OTHERS_AT_ONCE_S, now)
        self._last_look_s = self._last_sweep_s = 0.0
        self._most = self._options.most_domains_a_look
        self._sweep_wanted = False
        self._awaited: list[_Awaited] = []
        self._settling: list[_Settled] = []
        self._calls: deque[Callable[[], None]] = deque()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._sweeper = Errand("fluxhound-sweep", clock=clock)
        self._filler = Errand("fluxhound-fill", clock=clock)
        self._thread = threading.Thread(target=self._run, name="fluxhound-judge", daemon=True)

    # From any thread.

    def start(self) -> None:
        """Begin to judge; what the store holds is read in the background."""
        self._sweeper.start()
        self._filler.start()
        self._sweeper.free_at = self._clock()
        self._filler.send(self._remember)
        self._thread.start()

    def take(self, rows: pa.Table) -> None:
        """Hand over rows that were committed: the history's columns without ``source``."""
        with self._lock:
            if self._portions >= MOST_WAITING:
                self._dropped += rows.num_rows
                return
            self._portions += 1
        self._inbox.put(_Taken(rows, self._clock()))

    def settle(self, timeout_s: float) -> bool:
        """Wait until everything that was taken was looked at, and tell whether it was."""
        asked = _Settled()
        self._inbox.put(asked)
        return asked.done.wait(timeout_s)

    def sweep_now(self, timeout_s: float | None = None) -> bool:
        """Judge the whole store, wait until that was told, and tell whether it was."""
        return self._swept(_Awaited(), timeout_s)

    def _swept(self, awaited: _Awaited, timeout_s: float | None = None) -> bool:
        def want() -> None:
            self._awaited.append(awaited)
            self._sweep_wanted = True

        self._inbox.put(want)
        return awaited.done.wait(timeout_s) and awaited.told

    def stop(self, *, drain: bool) -> None:
        """End; with *drain* the whole store is judged once more before."""
        if self._thread.is_alive():
            if drain:
                self._swept(_Awaited(last=True))
            self._ending.set()
            self._sweep.interrupt()
            self._inbox.put(_nothing)
            self._thread.join()
        self._sweeper.end()
        self._filler.end()
        self._judge.close()

    def measures(self) -> WatchMeasures:
        """Return how judging goes."""
        judge = self._judge
        return WatchMeasures(
            tracked_names=len(judge.tracking.breadth.names),
            tracked_domains=len(judge.tracking.breadth.domains),
            tracked_bytes=judge.tracking.octets,
            bench_rows=judge.rows_on_bench,
            candidates=judge.candidates,
            waiting=judge.waiting,
            postponed=judge.postponed,
            looks=judge.looks,
            last_look_s=self._last_look_s,
            sweeps=self._sweeps,
            last_sweep_s=self._last_sweep_s,
            queue=self._portions,
            dropped=self._dropped,
            failures=self._failures + self._sweeper.failures + self._filler.failures,
        )

    def shown(self, finding: Finding) -> tuple[str, ...]:
        """Return the last answers of a *finding* that the last look had; nothing of any other.

        For ``on_judged``, on the judge's thread.
        """
        return self._judge.shown(finding)

    def judgement_of(self, name: str, entity: EntityKind | None = None) -> Explained:
        """Return the judgement and the time line of a name, from the store.

        Raises:
            UnknownNameError: it was not seen with addresses.
        """
        return explained(
            self._store,
            name,
            entity,
            tables=self._tables,
            not_observable=self._not_observable(),
        )

    # On the judge thread.

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._step()
            except MISHAPS:
                self._failures += 1
                log.exception("judging: a step failed")

    def _step(self) -> None:
        self._hear()
        idle = self._look()
        self._send()
        if idle and self._inbox.empty() and not self._filler.busy:
            for each in self._settling:
                each.done.set()
            self._settling.clear()

    def _look(self) -> bool:
        """Look at what is due, if looks have not taken too much; tell whether nothing is left."""
        if self._ending.is_set():
            return False
        now = self._clock()
        turn = now >= self._next_others and not self._others.wait(now)
        slow = self._urgent.wait(now) > 0  # what is urgent had more than its share
        together = slow or now - self._passed_by >= PATIENCE_S
        if slow and not turn:
            return False
        began = time.thread_time()
        try:
            looked = self._judge.look(now, most=self._most, all_=turn, together=together)
        finally:  # also when it fails
            worked = time.thread_time() - began
            self._spent(now, worked, turn=turn)
        if looked:
            self._last_look_s = self._clock() - now
            self._most = self._sized(worked)
        return turn and not looked

    def _spent(self, began: float, worked: float, *, turn: bool) -> None:
        """Set the pace by what a look cost; *turn* tells that the others could have come."""
        now = self._clock()
        if self._judge.took_others:
            self._others.spend(worked, now)
            self._next_others = began + self._options.look_every_s
        else:
            self._urgent.spend(worked, now)
        if self._judge.took_others or not self._judge.waiting:
            self._passed_by = inf
        elif turn:
            self._passed_by = min(self._passed_by, began)

    def _sized(self, worked: float) -> int:
        """Return how many domains the next look may have."""
        most = self._most * 2 if worked < SHORT_LOOK_S else self._most
        most = self._most // 2 if worked > LONG_LOOK_S else most
        greatest = self._options.most_domains_a_look
        return min(max(most, min(FEWEST_DOMAINS, greatest)), greatest)

    def _hear(self) -> None:
        """Take what is in the inbox; wait for something when it is empty."""
        heard: list[_Taken] = []
        rows = 0
        wait = min(self._urgent.wait(self._clock()) or TICK_S, TICK_S)
        if self._settling:
            wait = min(wait, SETTLING_S)
        while rows < HEARD_TOGETHER:
            try:
                each = self._inbox.get(timeout=wait)
            except queue.Empty:
                break
            wait = 0.0
            if isinstance(each, _Taken):
                heard.append(each)
                rows += each.rows.num_rows
            elif isinstance(each, _Settled):
                self._settling.append(each)
            else:
                self._calls.append(each)
        if heard:
            with self._lock:
                self._portions -= len(heard)
            self._judge.hear(pa.concat_tables([each.rows for each in heard]), taken=heard[0].at)
        while self._calls:  # if one fails, the others are for the next step
            self._calls.popleft()()

    def _send(self) -> None:
        """Send the other threads for what is wanted of the store, at their pace."""
        now = self._clock()
        pause = max(self._options.sweep_every_s, self._sweeper.seconds / ERRAND_SHARE)
        wanted = self._sweep_wanted or now >= self._sweeper.free_at + pause
        if wanted and not self._sweeper.busy:
            self._sweep_wanted = False
            awaited, self._awaited = self._awaited, []
            self._judge.begin_sweep()
            self._sweeper.send(lambda: self._do_sweep(awaited))
        if now >= self._next_fill and not self._filler.busy:
            errands = self._judge.wanted()
            if errands:
                self._filler.send(lambda: self._do_fill(errands))
                least = self._filler.seconds / ERRAND_SHARE
                self._next_fill = now + max(self._options.fill_every_s, least)

    # On the errands' threads.

    def _remember(self) -> None:
        """Read what the store holds of the last hours; what is new meanwhile comes beside it."""
        try:
            for rows in recent(self._store, most=2 * self._options.most_names):
                if not self._hear_old(rows):
                    return
        finally:
            self._sweep_wanted = True  # now that the domains of its findings are known

    def _hear_old(self, rows: pa.Table) -> bool:
        """Let the judge hear *rows*, wait until it has, and tell whether to go on."""
        heard = threading.Event()

        def hear() -> None:
            heard.set()
            self._judge.hear(rows, old=True)

        self._inbox.put(hear)
        while not heard.wait(TICK_S):
            if self._ending.is_set():
                return False
        return True

    def _do_fill(self, errands: Errands) -> None:
        salt = self._judge.tracking.reader.salt
        rows = rows_of(self._store, errands.names, salt=salt, oldest_hour=errands.oldest_hour)
        self._inbox.put(lambda: self._judge.filled(errands, rows))

    def _do_sweep(self, awaited: list[_Awaited]) -> None:
        try:
            swept = self._sweep.run(not_observable=self._not_observable())
        except BaseException:
            for each in awaited:
                each.done.set()
            raise
        self._inbox.put(lambda: self._take_sweep(swept, awaited))

    def _take_sweep(self, swept: Swept, awaited: list[_Awaited]) -> None:
        self._sweeps += 1
        self._last_sweep_s = swept.seconds
        try:
            self._judge.swept(swept)
            for each in awaited:
                each.told = True
                if each.last:
                    self._ending.set()
        finally:
            for each in awaited:
                each.done.set()


def _nothing() -> None:
    """Wake the judge."""
