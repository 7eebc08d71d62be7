"""A disk that is full, for real: a small file system in memory, which only root can mount."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from fluxhound.errors import StoreError
from fluxhound.history import store as stores
from fluxhound.history.positions import read_positions, set_positions
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Upkeep
from tests.history.askings import number

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=24m", "fluxhound-test", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"This test mounts a small file system, which needs root (CI has it): {done.stderr}"
        )


@pytest.fixture(autouse=True)
def little_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "SPARE_BYTES", 2 * MIB)


def commit(store: Store, rows: int = 10_000) -> None:
    """Do what the recorder does in half a second."""
    with store.transaction():
        store.connection.execute(
            f"""INSERT INTO history SELECT 7, '', '{uuid.uuid4()}' || i, 'A', '192.0.2.' || i,
                                           1, 1, 1, 1, 1, 1 FROM range({rows}) t(i)"""
        )
        told = int(read_positions(store.connection).get("a", "0"))
        set_positions(store.connection, {"a": str(told + rows)}, now=1.0)


def fill_up(store: Store) -> int:
    """Commit until it fails; return how many commits did not."""
    for done in range(1000):
        try:
            commit(store)
        except (StoreError, duckdb.Error):
            return done
    raise AssertionError("the disk does not fill up")


def is_whole(store: Store, rows: int) -> bool:
    """Tell whether rows and position agree, as they must after every commit."""
    counted = number(store, "SELECT count(*) FROM history")
    return counted == rows and read_positions(store.connection)["a"] == str(rows)


def test_a_commit_on_a_full_disk_adds_nothing_and_the_next_goes_on(disk: Path) -> None:
    path = disk / "s"
    with Store(path, live=True) as store:
        done = fill_up(store)
        assert done > 3
        assert is_whole(store, done * 10_000)
        with pytest.raises(StoreError, match=r"nothing was added.*free disk space"):
            commit(store)
        assert not store.broken
        assert not store.writable()
        assert not store.checkpoint(least_bytes=0)
        mount("-o", "remount,size=96m", str(disk))
        assert store.writable()
        commit(store)
        assert is_whole(store, (done + 1) * 10_000)
        assert store.checkpoint(least_bytes=0)
        assert store.log_bytes == 0
    with Store(path, live=True) as store:
        assert is_whole(store, (done + 1) * 10_000)


def test_whoever_asks_before_stops_in_time_and_can_still_tidy_up(disk: Path) -> None:
    with Store(disk / "s", live=True) as store:
        done = 0
        upkeep = Upkeep(store, Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9))
        while store.writable():
            commit(store)
            done += 1
            upkeep.appended({7: 10_000}, now=1.0)
            while upkeep.step(now=1.0):
                pass
        assert done > 3
        assert is_whole(store, done * 10_000)
        assert not store.broken
        store.connection.execute("CHECKPOINT")
        assert is_whole(store, done * 10_000)


def test_killed_on_a_full_disk_all_that_was_committed_is_there(disk: Path) -> None:
    code = """
import os, pathlib, signal, sys
from fluxhound.history.store import Store
from tests.history.test_full_disk import fill_up
store = Store(pathlib.Path(sys.argv[1]), live=True)
print(fill_up(store), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, disk / "s"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    mount("-o", "remount,size=96m", str(disk))
    with Store(disk / "s", live=True) as store:
        assert is_whole(store, int(ended.stdout) * 10_000)


def test_a_database_that_the_engine_gave_up_is_opened_again(disk: Path) -> None:
    """A checkpoint that nothing held back breaks the database object, but not the file."""
    with Store(disk / "s", live=True) as store:
        done = fill_up(store)
        cursor = store.connection.cursor()
        with pytest.raises(duckdb.FatalException):
            store.connection.execute("CHECKPOINT")
        assert store.broken
        mount("-o", "remount,size=96m", str(disk))
        assert store.broken
        store.reopen()
        assert not store.broken
        assert is_whole(store, done * 10_000)
        commit(store)
        with pytest.raises(duckdb.Error):
            cursor.execute("SELECT 1")
        cursor.close()
    with Store(disk / "s") as store:
        assert is_whole(store, (done + 1) * 10_000)


def test_closed_on_a_full_disk_nothing_is_lost(disk: Path) -> None:
    with Store(disk / "s", live=True) as store:
        done = fill_up(store)
    mount("-o", "remount,size=96m", str(disk))
    with Store(disk / "s", live=True) as store:
        assert is_whole(store, done * 10_000)
