from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from fluxhound.history.store import Store
from fluxhound.service.judged import judged
from fluxhound.service.sweep import Sweep, step_back, transaction
from tests.service.live import plain, record, store_of, tables, traffic


def test_a_sweep_says_what_an_analysis_says(tmp_path: Path) -> None:
    """Also after sweeps that saw less, while others write."""
    seen = traffic()
    store = store_of(None, tmp_path / "live.db")
    sweep = Sweep(store, tables=tables())
    quarter = seen.num_rows // 4
    for part in range(4):
        length = quarter if part < 3 else seen.num_rows - 3 * quarter
        record(store, seen.slice(part * quarter, length))
        swept = sweep.run()
    with store_of(seen) as fresh:
        found = judged(fresh.connection, tables=tables())
        assert len(found.findings) > 5
        assert plain(swept.findings) == plain(found.findings)
    assert swept.entities == len(found)
    assert len(swept.odds) == len(swept.domains) == len(swept.flagged) == len(found)
    assert swept.flagged.sum() >= len(swept.findings)
    networks = store.connection.execute("SELECT count(*) FROM network").fetchall()[0][0]
    again = sweep.run()
    assert plain(again.findings) == plain(swept.findings)
    assert store.connection.execute("SELECT count(*) FROM network").fetchall()[0][0] == networks
    store.close()


def test_networks_that_the_history_no_longer_holds_are_used(tmp_path: Path) -> None:
    store = store_of(traffic(), tmp_path / "live.db")
    sweep = Sweep(store, tables=tables())
    sweep.run()
    units = store.connection.execute("SELECT count(*) FROM network_unit").fetchall()
    store.connection.execute("DELETE FROM history WHERE hour < (SELECT max(hour) FROM history)")
    store.connection.execute("UPDATE network SET last_seen = 1, first_seen = 0")
    sweep.run()
    left = store.connection.execute("SELECT count(*) FROM network WHERE first_seen = 0").fetchall()
    assert left[0][0] > 0
    assert units[0][0] > 0
    store.close()


def test_only_what_lies_within_the_horizon_is_judged(tmp_path: Path) -> None:
    seen = traffic()
    store = store_of(seen, tmp_path / "live.db")
    latest = store.connection.execute("SELECT max(last) FROM history").fetchall()[0][0]
    swept = Sweep(store, tables=tables(), horizon_s=1800.0).run()
    since = datetime.fromtimestamp(latest - 1800, UTC)
    with store_of(seen) as fresh:
        found = judged(fresh.connection, tables=tables(), since=since)
        assert plain(swept.findings) == plain(found.findings)
        assert len(found) < Sweep(store, tables=tables()).run().entities
    store.close()


def test_an_empty_store() -> None:
    with store_of(None) as store:
        assert Sweep(store, tables=tables()).run().findings == ()


def test_it_can_be_interrupted() -> None:
    with store_of(traffic()) as store:
        sweep = Sweep(store, tables=tables())
        sweep.interrupt()  # nothing to break off
        failed: list[bool] = []

        def run() -> None:
            try:
                sweep.run()
            except (duckdb.Error, RuntimeError):
                failed.append(True)

        thread = threading.Thread(target=run)
        thread.start()
        while thread.is_alive():
            sweep.interrupt()
            thread.join(0.001)
        assert failed == [True]
        assert sweep.run().findings  # and the store is as it was


def fail_within(store: Store) -> None:
    with transaction(store.connection):
        store.connection.execute("INSERT INTO network VALUES ('a', 0, 1)")
        raise ZeroDivisionError


def test_a_failed_transaction_leaves_nothing() -> None:
    with store_of(None) as store:
        with pytest.raises(ZeroDivisionError):
            fail_within(store)
        assert not store.connection.execute("SELECT * FROM network").fetchall()


def test_stepping_back_concerns_one_thread_only() -> None:
    thread = threading.Thread(target=step_back)
    thread.start()
    thread.join()


def test_rows_that_are_handed_over_are_those_of_the_history() -> None:
    with store_of(None) as store:
        rows = record(store, traffic().slice(0, 100))
        assert isinstance(rows, pa.Table)
        assert store.connection.execute("SELECT count(*) FROM history").fetchall() == [
            (rows.num_rows,)
        ]
