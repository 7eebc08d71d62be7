from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.history import folding, store
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Step, Upkeep, hours_of
from tests.history.askings import HISTORY_VIEW, add, add_askings, fetch, number, row

HOUR = 3600
DAY = 86_400
KEEPING = Retention(hourly_s=DAY, daily_s=2 * DAY, clients_s=DAY // 2)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FEW_ROWS", 10)
    monkeypatch.setattr(folding, "PART_ROWS", 8)


def all_steps(upkeep: Upkeep, now: float) -> list[Step]:
    steps = []
    while step := upkeep.step(now=now):
        steps.append(step)
        assert len(steps) < 1000
    return steps


def test_hours_of_a_table_are_counted() -> None:
    assert hours_of(pa.table({"hour": pa.array([7, 8, 7], pa.int32())})) == {7: 2, 8: 1}
    assert hours_of(pa.table({"hour": pa.array([], pa.int32())})) == {}


def test_an_idle_store_has_nothing_to_do() -> None:
    with Store() as store:
        assert Upkeep(store, KEEPING).step(now=9.0 * DAY) is None


def test_both_tables_are_merged_while_they_grow() -> None:
    with Store() as store:
        upkeep, now = Upkeep(store, KEEPING), 7.5 * HOUR
        rows = [row(7, f"n{i % 5}.example", at=float(i)) for i in range(40)]
        asked = [(7, f"n{i % 4}.example", 9, float(i), 1) for i in range(30)]
        upkeep.appended(add(store, rows), add_askings(store, asked), now=now)
        before = fetch(store, HISTORY_VIEW)
        steps = all_steps(upkeep, now)
        assert {(step.kind, step.table) for step in steps} == {
            ("fold", "history"),
            ("fold", "asking"),
        }
        assert fetch(store, HISTORY_VIEW) == before
        assert number(store, "SELECT count(*) FROM history") == 5
        assert number(store, "SELECT count(*) FROM asking") == 4


def test_a_life_of_hours_days_and_the_end() -> None:
    """Simulated days: hours are merged, days rolled up, clients and old days dropped."""
    with Store() as store:
        upkeep = Upkeep(store, KEEPING)
        for hour in range(24 * 4):
            now = hour * HOUR + 3000.0
            rows = [row(hour, f"n{i % 3}.example", at=float(i)) for i in range(6)]
            upkeep.appended(
                add(store, rows), add_askings(store, [(hour, "a.example", 9, 1.0, 1)] * 2), now=now
            )
            all_steps(upkeep, now)
        all_steps(upkeep, 24 * 4 * HOUR + 3000.0)
        rows_of_days = fetch(
            store, "SELECT hour // 24, count(*), sum(count)::INT FROM history GROUP BY 1 ORDER BY 1"
        )
        assert rows_of_days == [(2, 3, 144), (3, 72, 144)]
        assert number(store, "SELECT min(hour) FROM asking") == 24 * 3 + 12
        assert number(store, "SELECT count(*) FROM asking") == 12
        folded = number(store, "SELECT count(*) FROM folded WHERE folded_table = 'history'")
        assert folded == 1 + 24
        assert upkeep.deleted == {"purge": 2 * 3 + 84}


def test_opened_again_only_what_is_loose_is_merged(tmp_path: Path) -> None:
    path, now = tmp_path / "s", 9.0 * HOUR
    with Store(path, live=True) as store:
        upkeep = Upkeep(store, KEEPING)
        upkeep.appended(add(store, [row(7, "a.example"), row(7, "a.example")]), now=7.0 * HOUR)
        assert [step.kind for step in all_steps(upkeep, now)] == ["fold"]
    with Store(path, live=True) as store:
        upkeep = Upkeep(store, KEEPING)
        assert all_steps(upkeep, now) == []
        upkeep.appended(add(store, [row(8, "a.example"), row(8, "a.example")]), now=now)
        upkeep.reopened()
        assert [step.hour for step in all_steps(upkeep, 10.0 * HOUR)] == [8]


def test_a_long_log_is_written_into_the_file_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHECKPOINT_BYTES", 1000)
    with Store(tmp_path / "s", live=True) as kept:
        upkeep = Upkeep(kept, KEEPING)
        upkeep.appended(add(kept, [row(7, f"n{i % 5}.example") for i in range(40)]), now=7.0 * HOUR)
        step = upkeep.step(now=7.5 * HOUR)
        assert step
        assert step.kind == "checkpoint"
        assert kept.log_bytes == 0


def test_nothing_is_moved_on_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "s", live=True) as store:
        upkeep = Upkeep(store, KEEPING)
        upkeep.appended(add(store, [row(7, "a.example")] * 40), now=7.0 * HOUR)
        with monkeypatch.context() as patched:
            patched.setattr(Store, "writable", lambda _: False)
            assert upkeep.step(now=7.5 * HOUR) is None
        assert upkeep.step(now=7.5 * HOUR) is not None
