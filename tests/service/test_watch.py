from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from fluxhound.errors import UnknownNameError
from fluxhound.history.store import Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.judged import judged
from fluxhound.service.sweep import Swept
from fluxhound.service.watch import MOST_WAITING, Watch, WatchOptions
from tests.service.live import plain, record, store_of, tables, traffic

FAST = WatchOptions(look_every_s=0.0, fill_every_s=0.0, most_names=100_000)
PATIENCE_S = 120.0


class Ledger:
    """What was told, as a ledger keeps it."""

    def __init__(self) -> None:
        self.standing: dict[tuple[str, EntityKind], Finding] = {}
        self.sweeps = 0
        self.threads: set[str] = set()

    def take(self, told: Sequence[Finding], complete: bool) -> None:
        self.threads.add(threading.current_thread().name)
        if complete:
            self.sweeps += 1
            self.standing.clear()
        self.standing.update({(f.name, f.entity): f for f in told})
        self.standing = {key: f for key, f in self.standing.items() if f.finding}


@contextmanager
def watching(store: Store, ledger: Ledger, options: WatchOptions = FAST) -> Iterator[Watch]:
    watch = Watch(store, tables=tables(), on_judged=ledger.take, options=options)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop(drain=False)


def test_a_replay_ends_with_the_findings_of_an_analysis() -> None:
    seen = traffic()
    ledger = Ledger()
    with store_of(None) as store:
        watch = Watch(store, tables=tables(), on_judged=ledger.take, options=FAST)
        watch.start()
        size = seen.num_rows // 5 + 1
        for start in range(0, seen.num_rows, size):
            watch.take(record(store, seen.slice(start, size)))
        assert watch.settle(PATIENCE_S)
        live = {key for key, _ in ledger.standing.items()}
        watch.stop(drain=True)
        measures = watch.measures()
    with store_of(seen) as fresh:
        expected = judged(fresh.connection, tables=tables()).findings
    assert plain(ledger.standing.values()) == plain(expected)
    assert len({(f.name, f.entity) for f in expected} - live) <= 0.1 * len(expected)
    assert ledger.threads == {"fluxhound-judge"}
    assert measures.looks > 0
    assert measures.sweeps >= 1
    assert measures.failures == measures.dropped == measures.queue == 0
    assert measures.tracked_names > 100
    assert 0 < measures.tracked_domains <= measures.tracked_names
    assert measures.tracked_bytes > 0


def test_what_a_store_holds_is_known_after_a_start() -> None:
    ledger = Ledger()
    with store_of(traffic()) as store, watching(store, ledger) as watch:
        assert watch.sweep_now(PATIENCE_S)
        assert watch.settle(PATIENCE_S)
        assert ledger.standing
        assert watch.measures().tracked_names > 100
        told = watch.judgement_of(next(iter(ledger.standing.values())).name)
        assert told.timeline.rows
        with pytest.raises(UnknownNameError):
            watch.judgement_of("nobody.example")


def test_what_is_too_much_is_counted_and_left_to_the_sweep() -> None:
    ledger = Ledger()
    rows = traffic().slice(0, 10)
    with store_of(None) as store:
        watch = Watch(store, tables=tables(), on_judged=ledger.take, options=FAST)
        for _ in range(MOST_WAITING + 3):  # nobody listens yet
            watch.take(rows)
        assert watch.measures().dropped == 30
        assert watch.measures().queue == MOST_WAITING
        watch.stop(drain=True)


def test_a_ledger_that_fails_does_not_end_the_judge() -> None:
    def fail(told: Sequence[Finding], complete: bool) -> None:
        raise ValueError(len(told), complete)

    with store_of(None) as store:
        watch = Watch(store, tables=tables(), on_judged=fail, options=FAST)
        watch.start()
        watch.take(record(store, traffic()))
        watch.sweep_now(0.5)
        while not watch.measures().failures:
            watch.settle(0.05)
        assert watch.settle(PATIENCE_S)
        watch.stop(drain=False)


def test_nothing_is_looked_at_after_the_last_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, said = Ledger(), list[bool]()
    with store_of(None) as store:
        watch = Watch(store, tables=tables(), on_judged=ledger.take, options=FAST)
        swept = watch._judge.swept

        def hear_more(told: Swept) -> None:
            swept(told)
            said.append(True)
            watch.take(record(store, traffic()))  # would be due at once

        monkeypatch.setattr(watch._judge, "swept", hear_more)
        watch.start()
        watch.stop(drain=True)
    assert said
    assert watch.measures().looks == 0


def test_a_sweep_that_fails_is_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()

    def fail(**_: object) -> None:
        raise RuntimeError

    with store_of(None) as store:
        watch = Watch(store, tables=tables(), on_judged=ledger.take, options=FAST)
        monkeypatch.setattr(watch._sweep, "run", fail)
        watch.start()
        assert not watch.sweep_now(PATIENCE_S)
        watch.stop(drain=True)
        assert watch.measures().failures >= 2
        assert ledger.sweeps == 0


def test_stopping_breaks_a_sweep_off() -> None:
    ledger = Ledger()
    with store_of(traffic()) as store:
        watch = Watch(store, tables=tables(), on_judged=ledger.take, options=FAST)
        watch.start()
        watch.stop(drain=False)
        assert store.connection.execute("SELECT count(*) FROM history").fetchall()[0][0] > 0
