from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa
import pytest

from fluxhound.history.store import Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.attention import Fill, State
from fluxhound.service.filling import rows_of
from fluxhound.service.judged import judged
from fluxhound.service.judging import Judge, WatchOptions
from fluxhound.service.sweep import Sweep
from tests.service.live import record, store_of, tables, traffic

Key = tuple[str, EntityKind]
OPTIONS = WatchOptions(most_names=100_000)


class Desk:
    """A judge over a store, and what it told."""

    def __init__(self, store: Store, options: WatchOptions = OPTIONS) -> None:
        self.store = store
        self.told: list[tuple[Sequence[Finding], bool]] = []
        self.judge = Judge(
            store,
            tables=tables(),
            on_judged=lambda judged, complete: self.told.append((judged, complete)),
            options=options,
            not_observable=tuple,
        )
        self.now = 0.0

    def look_at_all(self) -> None:
        for _ in range(20):
            self.now += 100.0
            if not self.judge.look(self.now):
                break

    def found(self) -> set[Key]:
        standing: dict[Key, bool] = {}
        for told, complete in self.told:
            if complete:
                standing.clear()
            standing.update({(f.name, f.entity): f.finding for f in told})
        return {key for key, finding in standing.items() if finding}

    def fill(self) -> None:
        wanted = self.judge.wanted()
        assert wanted is not None
        salt = self.judge.tracking.reader.salt
        rows = rows_of(self.store, wanted.names, salt=salt, oldest_hour=wanted.oldest_hour)
        self.judge.filled(wanted, rows)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with store_of(None) as store:
        made = Desk(store)
        yield made
        made.judge.close()


def test_what_an_analysis_finds_is_found_live(desk: Desk) -> None:
    seen = traffic()
    size = seen.num_rows // 4 + 1
    for start in range(0, seen.num_rows, size):
        desk.judge.hear(record(desk.store, seen.slice(start, size)))
        desk.look_at_all()
    expected = judged(desk.store.connection, tables=tables()).findings
    live = desk.found()
    assert len({(f.name, f.entity) for f in expected} - live) <= 0.1 * len(expected)
    assert desk.judge.looks >= 4
    assert desk.judge.candidates > 0
    # Once the store was asked, what looks say and what a sweep says is the same but for networks.
    desk.fill()
    desk.look_at_all()
    desk.judge.begin_sweep()
    desk.judge.swept(Sweep(desk.store, tables=tables()).run())
    assert desk.told[-1][1]
    assert desk.found() == {(f.name, f.entity) for f in expected}


def test_after_a_restart_nothing_older_is_lost(desk: Desk) -> None:
    seen = traffic()
    half = seen.num_rows // 2
    old = record(desk.store, seen.slice(0, half))
    desk.judge.hear(old, old=True)
    assert not desk.judge.look(1.0)  # all of it lies in the store
    desk.judge.hear(record(desk.store, seen.slice(half)))
    desk.fill()
    desk.look_at_all()
    expected = judged(desk.store.connection, tables=tables()).findings
    assert len({(f.name, f.entity) for f in expected} - desk.found()) <= 0.1 * len(expected)


def test_a_sweep_tells_where_to_look(desk: Desk) -> None:
    rows = record(desk.store, traffic())
    desk.judge.hear(rows, old=True)
    desk.judge.begin_sweep()
    desk.judge.swept(Sweep(desk.store, tables=tables()).run())
    states = desk.judge.tracking.breadth.domains["state"]
    assert (states == State.FOUND).sum() > 3
    assert len(desk.judge.tracking.hot) > 10


def test_what_was_found_since_the_sweep_began_stands(desk: Desk) -> None:
    desk.judge.begin_sweep()
    empty = Sweep(desk.store, tables=tables()).run()
    desk.judge.hear(record(desk.store, traffic()))
    desk.look_at_all()
    before = desk.found()
    desk.judge.swept(empty)
    assert before
    assert desk.found() == before


def test_the_bench_is_bounded_and_what_it_lost_is_asked_for() -> None:
    with store_of(None) as store:
        options = WatchOptions(most_names=100_000, most_rows=500, most_domains_a_look=20)
        desk = Desk(store, options)
        desk.judge.hear(record(store, traffic()))
        assert desk.judge.look(1.0)
        desk.judge._merge()
        assert desk.judge.rows_on_bench <= 500
        assert desk.judge.postponed > 0
        assert (desk.judge.tracking.breadth.domains["fill"] == Fill.FIRST).any()
        desk.judge.close()


def test_nothing_heard_is_nothing_to_do(desk: Desk) -> None:
    desk.judge.hear(traffic().slice(0, 0))
    assert not desk.judge.look(1.0)
    assert desk.judge.wanted() is None


def test_a_bench_that_is_too_small_is_emptied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("full")

    desk.judge.hear(record(desk.store, traffic()))
    assert desk.judge.look(1.0)
    monkeypatch.setattr(desk.judge._bench, "merge", full)
    desk.judge._merge()
    assert desk.judge.rows_on_bench == 0
    assert (desk.judge.tracking.breadth.domains["fill"] == Fill.FIRST).any()


def test_a_false_time_does_not_age_the_rest(desk: Desk) -> None:
    rows = record(desk.store, traffic())
    size = rows.num_rows // 5 + 1
    for start in range(0, rows.num_rows, size):
        desk.judge.hear(rows.slice(start, size))
    before = desk.judge._oldest_hour()
    false = rows.slice(0, 1).set_column(0, "hour", pa.array([900_000], pa.int32()))
    desk.judge.hear(false)
    assert abs(desk.judge._oldest_hour() - before) <= 6
    desk.judge._merge()
    assert desk.judge.rows_on_bench > 100


def test_what_cannot_be_judged_waits_for_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise duckdb.Error("no")

    desk.judge.hear(record(desk.store, traffic()))
    monkeypatch.setattr(desk.judge._looks, "look", fail)
    with pytest.raises(duckdb.Error):
        desk.judge.look(1.0, together=True)
    assert not desk.judge.look(2.0)


def test_what_could_not_be_told_is_told_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_judged: Sequence[Finding], _complete: bool) -> None:
        raise OSError(28, "No space left on device")

    told = desk.judge._on_judged
    desk.judge.hear(record(desk.store, traffic()))
    monkeypatch.setattr(desk.judge, "_on_judged", fail)
    with pytest.raises(OSError, match="No space"):
        desk.look_at_all()
    monkeypatch.setattr(desk.judge, "_on_judged", told)
    desk.look_at_all()
    with desk.store.connection.cursor() as cursor:
        expected = {(f.name, f.entity) for f in judged(cursor, tables=tables()).findings}
    assert len(expected - desk.found()) <= 0.1 * len(expected)
