"""The steps of judging live, without threads: hear rows, look at what is due, take sweeps in."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.history.schema import BUCKET_S
from fluxhound.history.store import RESERVED_BYTES, Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.attention import LINE, NEAR, Attention, Fill, State
from fluxhound.service.bench import Bench
from fluxhound.service.hops import Hops
from fluxhound.service.looks import Looks
from fluxhound.service.sweep import Swept
from fluxhound.service.tracking import Tracking

log = logging.getLogger(__name__)

Keys = NDArray[np.uint64]

OnJudged = Callable[[Sequence[Finding], bool], None]

#: Portions by which the time of the traffic is told.
LATEST = 63
#: Domains that are asked of the store at a time.
MOST_FILLED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """Choices for judging live; every time is in seconds."""

    #: How much history a look is made of, by the records' own times.
    horizon_s: float = 7 * 86_400.0
    sweep_every_s: float = 600.0
    #: Least wall time from one look to the next, of those that are not urgent.
    look_every_s: float = 1.0
    #: Least wall time from one question to the store to the next.
    fill_every_s: float = 10.0
    most_names: int = 2_000_000
    #: Rows that are held in memory for looks, and memory for them and for looking.
    most_rows: int = 300_000
    bench_bytes: int = 320 << 20
    most_domains_a_look: int = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Errands:
    """What the store is to be asked for: all rows of *names*, which show *domains*."""

    domains: Keys
    names: Keys
    oldest_hour: int


class Judge:
    """Everything that judging live remembers; for one thread."""

    def __init__(
        self,
        store: Store,
        *,
        tables: AddressTable,
        on_judged: OnJudged,
        options: WatchOptions,
        not_observable: Callable[[], tuple[str, ...]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Judge what is heard; *store* has the networks of the last sweep and who asked."""
        self._clock = clock
        self._free = clock()
        self._options = options
        self._on_judged = on_judged
        self._not_observable = not_observable
        self.tracking = Tracking(
            domain_table().lookup, facts=tables.lookup, most_names=options.most_names
        )
        self._attention = Attention(self.tracking.breadth)
        self._engine = Store(None, memory_bytes=RESERVED_BYTES + options.bench_bytes, threads=1)
        self._bench = Bench(self._engine.connection, most_rows=options.most_rows)
        self._looks = Looks(self._bench, self._engine, store, tables=tables)
        self._hours: deque[float] = deque(maxlen=LATEST)
        self._since_sweep: dict[tuple[str, EntityKind], Finding] = {}
        self.looks = self.postponed = self.waiting = 0
        self.rows_on_bench = self.candidates = 0
        self.took_others = False  # in the last look: what is not urgent

    def hear(self, rows: pa.Table, *, old: bool = False, taken: float | None = None) -> None:
        """Take rows in; *old* ones are in the store since before this process began.

        *taken* tells since when they wait.
        """
        if not rows.num_rows:
            return
        self._hours.append(float(np.median(rows.column("hour").to_numpy())))
        at = self._clock() if taken is None else taken
        heard = self.tracking.hear(rows, old=old, at=at)
        if not old:
            self._bench.add(heard.rows, heard.aliases, heard.addresses)
            self.rows_on_bench = len(self._bench)
            if self._bench.full:
                self._merge()

    def look(
        self, now: float, *, most: int | None = None, all_: bool = True, together: bool = False
    ) -> bool:
        """Look at what is due, *most* domains, and tell whether anything was.

        *all_* and *together* are as for ``Attention.due``.
        """
        most = most or self._options.most_domains_a_look
        due, self.waiting, others = self._attention.due(now, most, all_=all_, together=together)
        self.took_others = others
        if not due.size:
            return False
        self.postponed += self.waiting
        of = self.tracking.breadth.domains
        keys = of["key"][due].astype(np.uint64)
        before = of["state"][due].copy()
        known = before == State.FOUND
        taken = of["changed_at"][due].copy()
        of["due_at"][due] = of["texts"][due] + 1  # what cannot be judged does not come up for ever
        looked = self._looks.look(
            keys,
            known=known,
            among=of["key"][of["passed"]].astype(np.uint64),
            not_observable=self._not_observable(),
        )
        self.looks += 1
        self.candidates = len(self._attention.candidates())
        self._attention.looked(
            due, now, odds=looked.odds, found=looked.found, ruled_out=looked.ruled_out
        )
        after = of["state"][due]
        self._follow(keys[(before < State.OPEN) & (after >= State.OPEN)])
        ruled_out = keys[after == State.RULED_OUT]
        if ruled_out.size:
            self._bench.drop(ruled_out)
        self.tracking.hot.fresh(looked.hot)
        self._since_sweep.update({(f.name, f.entity): f for f in looked.entities})
        judged = self._clock()
        log.debug(
            "look: %d domains, %d more wait, others %s, %d rows, %.3f s",
            len(due), self.waiting, others, looked.rows, judged - now,
        )  # fmt: skip
        if looked.entities:
            try:
                self._on_judged(looked.entities, False)
            except BaseException:  # nobody heard it (a full disk): look, and tell, again
                of["due_at"][due] = 0
                raise
            hops = Hops(domains=keys, taken=taken, free=self._free, began=now, judged=judged)
            hops.tell(looked.entities, self.tracking.reader.domain_keys)
        self._free = self._clock()
        return True

    def shown(self, finding: Finding) -> tuple[str, ...]:
        """Return the last answers of a *finding* of the last look: addresses, and chains."""
        return self._looks.shown(finding)

    def begin_sweep(self) -> None:
        """Note that a sweep begins: what looks find from now on, it may not know."""
        self._since_sweep.clear()

    def swept(self, swept: Swept) -> None:
        """Take in what a sweep found, and tell."""
        self._score(swept)
        self.tracking.hot.fresh(swept.hot)
        told = {(f.name, f.entity) for f in swept.findings}
        newer = [f for key, f in self._since_sweep.items() if f.finding and key not in told]
        self._on_judged((*swept.findings, *newer), True)

    def wanted(self) -> Errands | None:
        """Return what the store is to be asked for, if anything."""
        domains = self._attention.to_fill(MOST_FILLED)
        if not domains.size:
            return None
        breadth = self.tracking.breadth
        keys = breadth.domains["key"][domains].astype(np.uint64)
        names = np.concatenate([breadth.names_of(domains), self._bench.names_into(keys)])
        return Errands(domains=keys, names=names, oldest_hour=self._oldest_hour())

    def filled(self, errands: Errands, rows: pa.Table) -> None:
        """Put what the store had on the bench."""
        heard = self.tracking.describe(rows)
        self._bench.fill(errands.domains, heard.rows, heard.aliases, heard.addresses)
        self.rows_on_bench = len(self._bench)
        numbers = self.tracking.breadth.domains_at(errands.domains)
        self._attention.filled(numbers[numbers >= 0])

    def close(self) -> None:
        """Close the engine."""
        self._looks.close()
        self._engine.close()
        self.tracking.reader.close()

    def _follow(self, domains: Keys) -> None:
        """Let the bench have every row from now on that leads into *domains*."""
        if domains.size:
            self.tracking.followed.fresh(self._bench.texts_into(domains))

    def _score(self, swept: Swept) -> None:
        """Let the sweep's word count for attention, where no look has said anything."""
        of = self.tracking.breadth.domains
        numbers = self.tracking.breadth.domains_at(swept.domains)
        known = numbers >= 0
        odds = np.full(len(of), np.nan)
        np.fmax.at(odds, numbers[known], swept.odds[known])
        found = np.zeros(len(of), dtype=bool)
        found[numbers[known & swept.flagged]] = True
        near = odds >= LINE - NEAR
        state = np.select([found, near], [State.FOUND, State.NEAR], State.UNKNOWN)
        new = np.flatnonzero(~np.isnan(odds) & (of["state"] <= State.RULED_OUT) & (state > 0))
        of["state"][new] = state[new]
        of["odds"][new] = odds[new]
        of["due_at"][new] = of["texts"][new] + 1
        fill = of["fill"][new]
        of["fill"][new] = np.where(fill == Fill.NOT_NEEDED, Fill.WANTED, fill)
        self._follow(of["key"][new].astype(np.uint64))

    def _oldest_hour(self) -> int:
        """Return the hour from which on rows count.

        By medians, so that records with a false time, few among many, do not age all others.
        """
        newest = float(np.median(self._hours)) if self._hours else 0.0
        return int(newest - self._options.horizon_s // BUCKET_S)

    def _merge(self) -> None:
        candidates = self._attention.candidates()
        of = self.tracking.breadth.domains
        keys = of["key"][candidates].astype(np.uint64)
        ranks = self._attention.suspicion(candidates)
        try:
            lost = self._bench.merge(keys, ranks, oldest_hour=self._oldest_hour())
        except duckdb.OutOfMemoryException:
            log.warning("judging: the bench was emptied, its memory was too small")
            self._bench.clear()
            lost = keys
        self.rows_on_bench = len(self._bench)
        numbers = self.tracking.breadth.domains_at(lost)
        of["fill"][numbers[numbers >= 0]] = Fill.FIRST
