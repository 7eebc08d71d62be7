from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import StoreError
from fluxhound.history import folding
from fluxhound.history.folding import QUIET_S, Folder
from fluxhound.history.store import Store
from tests.history.askings import HISTORY_VIEW, Row, add, fetch, number, row

HOUR = 3600


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the bounds small, so that a few rows are many."""
    monkeypatch.setattr(folding, "FEW_ROWS", 10)
    monkeypatch.setattr(folding, "PART_ROWS", 8)


def many(hour: int, *, times: int, names: int = 5) -> list[Row]:
    return [row(hour, f"n{i % names}.example", at=float(i)) for i in range(times)]


def finish(folder: Folder) -> int:
    steps = 0
    while folder.step():
        steps += 1
    return steps


def count(store: Store) -> int:
    return int(number(store, "SELECT count(*) FROM history"))


def test_the_hour_that_is_written_is_merged_when_it_doubled() -> None:
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=9)), now=7.1 * HOUR)
        assert folder.crowded() is None
        folder.appended(add(store, many(7, times=1)), now=7.1 * HOUR)
        assert folder.crowded() == 7
        folder.begin(7, 8, now=7.1 * HOUR)
        assert finish(folder) >= 1
        assert count(store) == 5
        assert folder.crowded() is None
        folder.appended(add(store, many(7, times=9)), now=7.1 * HOUR)
        assert folder.crowded() is None


def test_each_row_is_rewritten_a_few_times_at_most() -> None:
    """Amortised: however many portions, the rows that are merged are a multiple of those added."""
    with Store() as store:
        folder, merged, added = Folder(store, "history"), 0, 0
        for portion in range(60):
            rows = [row(7, f"n{portion}-{i}.example") for i in range(10)]
            added += len(rows)
            folder.appended(add(store, rows), now=7.1 * HOUR)
            if (hour := folder.crowded()) is not None:
                folder.begin(hour, hour + 1, now=7.1 * HOUR)
                while step := folder.step():
                    merged += step.rows_before
        assert merged <= 3 * added
        assert count(store) == added


@pytest.mark.parametrize(
    ("now", "expected"),
    [(7.5 * HOUR, None), (8 * HOUR + QUIET_S - 1, None), (8 * HOUR + QUIET_S, 7)],
)
def test_an_hour_is_merged_for_good_when_it_is_over(now: float, expected: int | None) -> None:
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=3)), now=7.1 * HOUR)
        assert folder.over(now=now) == expected


def test_an_hour_that_still_receives_rows_is_not_over() -> None:
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=3)), now=90 * HOUR)
        assert folder.over(now=90 * HOUR + 1) is None
        assert folder.over(now=90 * HOUR + QUIET_S + 10) == 7


def test_after_that_only_for_as_many_late_rows_as_are_worth_it() -> None:
    late = 9 * HOUR
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=40, names=8)), now=7.1 * HOUR)
        folder.begin(7, 8, now=late)
        finish(folder)
        folder.appended(add(store, many(7, times=1)), now=late)
        assert folder.over(now=late + QUIET_S + 10) is None
        folder.appended(add(store, many(7, times=1)), now=late)
        assert folder.over(now=late + QUIET_S + 20) == 7


def test_what_was_merged_is_known_when_opened_again(tmp_path: Path) -> None:
    path, now = tmp_path / "s", 9.0 * HOUR
    with Store(path) as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=40)), now=now)
        folder.begin(7, 8, now=now)
        finish(folder)
    with Store(path) as store:
        folder = Folder(store, "history")
        assert folder.over(now=90 * HOUR) is None
        assert folder.hours[7].merged == 5


def test_killed_between_two_parts_the_hour_is_merged_again(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=40)), now=7.1 * HOUR)
        folder.begin(7, 8, now=7.1 * HOUR)
        assert folder.step()
        assert folder.busy
        before = fetch(store, HISTORY_VIEW)
    with Store(path) as store:
        folder = Folder(store, "history")
        assert fetch(store, HISTORY_VIEW) == before
        assert folder.hours[7].merged == 0
        hour = folder.over(now=90 * HOUR)
        assert hour == 7
        folder.begin(hour, hour + 1, now=90 * HOUR)
        finish(folder)
        assert count(store) == 5
        assert fetch(store, HISTORY_VIEW) == before


def test_rows_may_come_between_two_parts() -> None:
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=40)), now=7.1 * HOUR)
        folder.begin(7, 8, now=7.1 * HOUR)
        assert folder.step()
        folder.appended(add(store, many(7, times=6, names=6)), now=7.1 * HOUR)
        finish(folder)
        assert folder.hours[7].rows == count(store)
        assert 0 < folder.hours[7].loose <= 6
        assert number(store, "SELECT sum(count) FROM history") == 46


def test_a_part_that_fails_changes_nothing_and_the_next_round_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, many(7, times=40)), now=7.1 * HOUR)
        before = fetch(store, HISTORY_VIEW)

        def fails(*_: object, **__: object) -> tuple[int, int]:
            store.connection.execute("DELETE FROM history")
            raise StoreError

        with monkeypatch.context() as patched:
            patched.setattr(folding, "merge", fails)
            folder.begin(7, 8, now=7.1 * HOUR)
            with pytest.raises(StoreError):
                folder.step()
        assert not folder.busy
        assert fetch(store, HISTORY_VIEW) == before
        assert folder.crowded() == 7


def test_other_threads_read_the_same_before_and_after() -> None:
    with Store() as store:
        add(store, many(7, times=40))
        reader = store.connection.cursor()
        reader.execute("BEGIN")
        before = reader.execute(HISTORY_VIEW).fetchall()
        folder = Folder(store, "history")
        folder.begin(7, 8, now=8.0 * HOUR)
        finish(folder)
        assert reader.execute("SELECT count(*) FROM history").fetchall() == [(40,)]
        assert reader.execute(HISTORY_VIEW).fetchall() == before
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM history").fetchall() == [(5,)]


def test_forgotten_hours_are_counted_again() -> None:
    with Store() as store:
        folder = Folder(store, "history")
        folder.appended(add(store, [*many(7, times=20), *many(8, times=20)]), now=9.0 * HOUR)
        store.connection.execute("DELETE FROM history WHERE hour = 7 OR name = 'n0.example'")
        folder.forget(7, 9)
        assert set(folder.hours) == {8}
        assert folder.hours[8].rows == 16
        assert folder.crowded() == 8


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 30), st.booleans()), min_size=1, max_size=8
    )
)
def test_whatever_the_order_of_rows_and_steps_the_merged_view_stays(
    moves: list[tuple[int, int, bool]],
) -> None:
    with Store() as store, Store() as plain:
        folder = Folder(store, "history")
        for hour, times, goes_on in moves:
            rows = many(hour, times=times, names=4)
            folder.appended(add(store, rows), now=3.0 * HOUR)
            add(plain, rows)
            if not folder.busy and hour in folder.hours:
                folder.begin(hour, hour + 1, now=3.0 * HOUR)
            folder.step()
            if goes_on:
                finish(folder)
        assert fetch(store, HISTORY_VIEW) == fetch(plain, HISTORY_VIEW)
        finish(folder)
        assert fetch(store, HISTORY_VIEW) == fetch(plain, HISTORY_VIEW)
        rows_of = {hour: each.rows for hour, each in folder.hours.items()}
        assert sum(rows_of.values()) == count(store)


def test_an_engine_that_is_gone_is_told() -> None:
    store = Store()
    add(store, many(7, times=20))
    folder = Folder(store, "history")
    store.close()
    folder.begin(7, 8, now=8.0 * HOUR)
    with pytest.raises(duckdb.Error):
        folder.step()


@pytest.mark.parametrize(
    ("rows", "seconds", "expected"),
    [
        (150_000, 0.25, 150_000),
        (150_000, 0.05, 150_000),
        (150_000, 0.5, 112_500),
        (40_000, 60.0, 75_083),
        (29_999, 60.0, 150_000),
    ],
)
def test_parts_are_made_smaller_on_a_busy_machine(
    monkeypatch: pytest.MonkeyPatch, rows: int, seconds: float, expected: int
) -> None:
    monkeypatch.setattr(folding, "PART_ROWS", 150_000)
    with Store() as store:
        folder = Folder(store, "history")
        folder._pace(rows, seconds)
        assert folder._part_rows == expected
        for _ in range(30):
            folder._pace(150_000, 60.0)
        assert folder._part_rows == folding.SMALL_PART_ROWS
