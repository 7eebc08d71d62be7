from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fluxhound.history import retention
from fluxhound.history.folding import Folder
from fluxhound.history.kept import keep
from fluxhound.history.retention import (
    AGES_EVERY_S,
    DAY_HOURS,
    DAY_S,
    Retention,
    Sweeper,
    used_bytes,
)
from fluxhound.history.store import Store
from tests.history.askings import add, add_askings, fetch, number, row

HOUR = 3600
NOW = 1000.0 * DAY_S
TODAY = 1000 * DAY_HOURS

MONTH = Retention(hourly_s=10 * DAY_S, daily_s=30 * DAY_S, clients_s=5 * DAY_S)


def sweeper(store: Store, keeping: Retention = MONTH) -> Sweeper:
    return Sweeper(store, keeping, history=Folder(store, "history"), asking=Folder(store, "asking"))


def purge(store: Store, *, now: float = NOW, keeping: Retention = MONTH) -> dict[str, int]:
    sweeping, rows = sweeper(store, keeping), dict.fromkeys(("history", "asking", "asked"), 0)
    while step := sweeping.purge(now=now):
        rows[step.table] += step.rows_before - step.rows_after
    return rows


def days_with_rows(store: Store, table: str = "history") -> list[int]:
    query = f"SELECT DISTINCT hour // 24 - 1000 FROM {table} ORDER BY 1"
    return [day for (day,) in fetch(store, query)]


def test_history_goes_when_all_of_its_day_is_too_old() -> None:
    with Store() as store:
        for ago in (40, 32, 31, 30, 29, 1):
            add(store, [row(TODAY - ago * DAY_HOURS, f"n{i}.example") for i in range(3)])
        assert purge(store) == {"history": 9, "asking": 0, "asked": 0}
        assert days_with_rows(store) == [-30, -29, -1]
        purge(store, now=NOW + DAY_S - 1)
        assert days_with_rows(store) == [-30, -29, -1]
        purge(store, now=NOW + DAY_S)
        assert days_with_rows(store) == [-29, -1]


def test_clients_go_first_and_by_the_hour() -> None:
    with Store() as store:
        for ago in (5 * 24 + 1, 5 * 24, 5 * 24 - 1):
            add(store, [row(TODAY - ago, "a.example")])
            add_askings(store, [(TODAY - ago, "a.example", 7, 0.0, 1)])
        assert purge(store) == {"history": 0, "asking": 1, "asked": 0}
        assert number(store, "SELECT count(*) FROM asking") == 2


def test_addresses_in_clear_go_with_the_last_asking() -> None:
    with Store() as store:
        add_askings(store, [(TODAY - 500, "a.example", 7, 0.0, 1), (TODAY, "a.example", 8, 0.0, 1)])
        store.connection.execute("INSERT INTO client_address VALUES (7, '10.0.0.7'), (8, 'x')")
        purge(store)
        assert fetch(store, "SELECT client FROM client_address") == [(8,)]


def test_clients_from_files_go_when_their_file_holds_nothing_younger() -> None:
    with Store() as store:
        add(store, [row(TODAY - 200, "a.example", source=1), row(TODAY, "a.example", source=2)])
        store.connection.execute("INSERT INTO asked VALUES ('a', 1, 1), ('a', 2, 2), ('a', 3, 9)")
        assert purge(store)["asked"] == 2
        assert fetch(store, "SELECT source FROM asked") == [(2,)]


def test_names_are_forgotten_when_they_are_kept_no_longer() -> None:
    with Store() as store:
        keep(store.connection, ["old.example"], until=NOW - 1)
        keep(store.connection, ["new.example"], until=NOW + 1)
        purge(store)
        assert fetch(store, "SELECT name FROM kept") == [("new.example",)]


def test_ages_are_looked_at_now_and_then() -> None:
    with Store() as store:
        sweeping = sweeper(store)
        assert sweeping.purge(now=NOW) is None
        history = Folder(store, "history")
        history.appended(add(store, [row(TODAY - 24 * 40, "a.example")]), now=NOW)
        sweeping._folders["history"] = history
        assert sweeping.purge(now=NOW + 1) is None
        assert sweeping.purge(now=NOW + AGES_EVERY_S) is not None


def test_a_day_is_due_when_all_of_it_is_older_than_hours_are_kept() -> None:
    day = TODAY - 11 * DAY_HOURS
    with Store() as store:
        folder = Folder(store, "history")
        hours = range(day, day + 48)
        folder.appended(add(store, [row(hour, "a.example") for hour in hours]), now=NOW)
        sweeping = Sweeper(store, MONTH, history=folder, asking=Folder(store, "asking"))
        assert sweeping.due_day(now=NOW - 1) is None
        assert sweeping.due_day(now=NOW + AGES_EVERY_S) == day
        folder.begin(day, day + DAY_HOURS, now=NOW, kind="rollup")
        while step := folder.step():
            assert (step.kind, step.rows_before, step.rows_after) == ("rollup", 24, 1)
        assert sweeping.due_day(now=NOW + AGES_EVERY_S) is None
        assert sorted(folder.hours)[:2] == [day, day + 24]
        assert number(store, f"SELECT count FROM history WHERE hour = {day}") == 24


def test_a_few_late_rows_do_not_make_a_day_due_again() -> None:
    day = TODAY - 20 * DAY_HOURS
    with Store() as store:
        add(store, [row(day, f"n{i}.example") for i in range(80)])
        add(store, [row(day + 1, "a.example")])
        assert sweeper(store).due_day(now=NOW) is None
        add(store, [row(day + 1, f"n{i}.example") for i in range(10)])
        assert sweeper(store).due_day(now=NOW) == day


def fill(store: Store, *, days: int, rows: int = 400) -> None:
    """Fill *days* with rows that do not compress, and their clients."""
    for ago in range(days):
        hour = TODAY - ago * DAY_HOURS
        store.connection.execute(
            f"""INSERT INTO history
                SELECT {hour}, '', md5(i::VARCHAR || '{ago}') || '.example', 'A',
                       md5('{ago}' || i::VARCHAR), {hour * HOUR} + i / 10, {hour * HOUR} + i / 10,
                       i, 300, 300, 1 FROM range({rows}) t(i)"""
        )
        add(store, [row(hour, "www.evil.example", f"{ago}")])
        store.connection.execute(
            f"""INSERT INTO asking SELECT {hour}, 'a.example', hash(i), 0, 0, 1, 1
                FROM range(50) t(i)"""
        )


def evict(store: Store, keeping: Retention, *, now: float = NOW) -> dict[str, int]:
    sweeping, rows = sweeper(store, keeping), {"history": 0, "asking": 0, "": 0}
    for _ in range(10_000):
        step = sweeping.evict(now=now)
        if step is None:
            return rows
        rows[step.table] += step.rows_before - step.rows_after
    raise AssertionError("eviction does not end")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store of ten days that is large enough for blocks to become free."""
    path = tmp_path_factory.mktemp("filled") / "s"
    with Store(path, live=True) as store:
        fill(store, days=10, rows=40_000)
        store.checkpoint(least_bytes=0)
    return path


@pytest.fixture
def large(tmp_path: Path, filled: Path) -> Store:
    return Store(Path(shutil.copy(filled, tmp_path / "s")), live=True)


def test_the_oldest_go_when_the_disk_bound_is_met_and_kept_names_stay(
    large: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with large as store:
        keep(store.connection, ["evil.example"], until=NOW + 1)
        used = used_bytes(store)
        bounded = Retention(
            hourly_s=99 * DAY_S,
            daily_s=99 * DAY_S,
            clients_s=99 * DAY_S,
            disk_bytes=int(used / 1.3),
        )
        rows = evict(store, bounded)
        assert rows["history"] > 100_000
        assert rows["asking"] > 0
        told = f"deleted: {rows['history']} of history, {rows['asking']} of who asked"
        assert [told in record.getMessage() for record in caplog.records] == [True]
        others = "SELECT min(hour) FROM history WHERE name <> 'www.evil.example'"
        assert number(store, others) > TODAY - 9 * DAY_HOURS
        assert number(store, "SELECT count(*) FROM history WHERE name = 'www.evil.example'") == 10
        assert used_bytes(store) <= 0.9 * bounded.disk_bytes  # type: ignore[operator]
        assert evict(store, bounded, now=NOW + 99) == {"history": 0, "asking": 0, "": 0}


def test_names_are_kept_until_their_time_is_over(large: Store) -> None:
    with large as store:
        keep(store.connection, ["evil.example"], until=NOW - 1)
        tight = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=used_bytes(store))
        evict(store, tight)
        assert number(store, "SELECT count(*) FROM history WHERE name = 'www.evil.example'") < 10
        assert number(store, "SELECT count(*) FROM kept") == 0


def test_kept_names_go_too_when_nothing_else_is_left_but_not_the_hour_being_written(
    large: Store,
) -> None:
    with large as store:
        keep(store.connection, ["example"], until=NOW + 1)
        tight = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=1)
        evict(store, tight)
        assert days_with_rows(store) == [0]
        assert days_with_rows(store, "asking") == [0]


def test_what_claims_to_be_of_the_future_can_be_evicted(tmp_path: Path) -> None:
    with Store(tmp_path / "s", live=True) as store:
        add(store, [row(TODAY + ahead, "a.example") for ahead in (-1, 0, 1, 2, 500)])
        tight = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=1)
        evict(store, tight)
        assert fetch(store, f"SELECT hour - {TODAY} FROM history ORDER BY 1") == [(-1,), (0,), (1,)]


def test_without_a_bound_or_below_it_nothing_is_evicted(large: Store) -> None:
    with large as store:
        assert sum(evict(store, MONTH).values()) == 0
        wide = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=1 << 40)
        assert sum(evict(store, wide).values()) == 0


def test_eviction_is_done_in_small_steps(large: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PART_ROWS", 10_000)
    with large as store:
        tight = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=1)
        sweeping = sweeper(store, tight)
        steps = []
        while step := sweeping.evict(now=NOW):
            steps.append(step)
        assert max(step.rows_before - step.rows_after for step in steps) < 20_000
        assert steps[-1].kind != "checkpoint"  # the bound was never reached: all but today is gone
