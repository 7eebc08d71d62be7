"""Killed at any moment: what the store holds is what its positions say, and nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fluxhound.history import folding
from fluxhound.history import store as stores
from fluxhound.history.positions import read_positions, set_positions
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Upkeep
from tests.history.askings import number

ROWS = 500
KEEPING = Retention(hourly_s=86_400, daily_s=1e9, clients_s=1e9)
START = 480_000  # hours since 1970

LIVE = """
import pathlib, sys
from tests.history.test_killed import live
live(pathlib.Path(sys.argv[1]))
"""


def live(path: Path) -> None:
    """Be a service that records and keeps up as fast as it can, until it is killed.

    An hour passes with every eighth commit, so that all kinds of upkeep are under way.
    """
    stores.CHECKPOINT_BYTES = 200_000
    folding.FEW_ROWS, folding.PART_ROWS = 300, 200
    with Store(path, live=True) as store:
        upkeep = Upkeep(store, KEEPING)
        while True:
            done = int(read_positions(store.connection).get("a", "0"))
            hour, now = START + done // 8, (START + done / 8) * 3600.0
            with store.transaction():
                for table, columns in (
                    ("history", "'', name, 'A', '192.0.2.1', t, t, 1, 1, 1, 1"),
                    ("asking", "name, 1 + i % 3, t, t, 1, 1"),
                ):
                    store.connection.execute(
                        f"""INSERT INTO {table} SELECT {hour}, {columns} FROM (
                            SELECT i, 'n' || (i % 50) || '.example' AS name, {now} + i AS t
                            FROM range({ROWS}) r(i))"""
                    )
                set_positions(store.connection, {"a": str(done + 1)}, now=now)
            upkeep.appended({hour: ROWS}, {hour: ROWS}, now=now)
            for _ in range(3):
                if upkeep.step(now=now) is None:
                    break
            os.write(1, b"%d\n" % (done + 1))


@pytest.mark.parametrize("extra", range(2))
def test_killed_at_any_moment_nothing_is_lost_and_nothing_counts_twice(
    tmp_path: Path, extra: int
) -> None:
    path, told = tmp_path / "s", 0
    for commits in (20 + 3 * extra, 35 + 7 * extra):
        process = subprocess.Popen([sys.executable, "-c", LIVE, path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(commits):
            told = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        process.stdout.close()
        told = int(rest[-1]) if rest else told
        with Store(path, live=True) as store:
            done = int(read_positions(store.connection)["a"])
            assert told <= done <= told + 1
            for table in ("history", "asking"):
                assert number(store, f"SELECT sum(count)::BIGINT FROM {table}") == done * ROWS
            assert number(store, "SELECT count(*) FROM history") < done * ROWS
