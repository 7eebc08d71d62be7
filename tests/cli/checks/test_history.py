from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from fluxhound.cli.checks.check import Check, Level
from fluxhound.cli.checks.history import (
    clock_check,
    room_check,
    skew_check,
    span,
    store_checks,
    unopened,
)
from fluxhound.history.store import Store

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def checked(path: Path) -> dict[str, Check]:
    return {each.topic: each for each in store_checks(path, keep=1 << 20, now=NOW)}


def test_no_store_yet(tmp_path: Path) -> None:
    checks = checked(tmp_path / "flux.duckdb")
    assert checks["store"].value.endswith("not there yet")
    assert checks["store"].level is Level.OK
    assert checked(tmp_path / "none" / "flux.duckdb")["store"].level is Level.FAIL


def test_a_store_that_was_never_filled(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    Store(path).close()
    checks = checked(path)
    assert checks["store"].level is Level.OK
    assert "newest record" not in checks


def test_the_newest_record(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    Store(path).close()
    with duckdb.connect(str(path)) as store:
        store.execute(
            """INSERT INTO history BY NAME SELECT 0 AS hour, 0 AS source, '' AS sensor,
               'a.example' AS name, 'A' AS type, '192.0.2.1' AS answers, ? AS first, first AS last,
               1 AS count""",
            [NOW.timestamp() - 7200],
        )
    assert checked(path)["newest record"].value == "2 h ago"


def test_what_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    path.write_bytes(b"x" * 5000)
    assert checked(path)["store"].level is Level.FAIL
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("CREATE TABLE a (b INTEGER)")
    assert checked(tmp_path / "other.duckdb")["store"].level is Level.FAIL


def test_a_store_in_use(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    program = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        check = checked(path)["store"]
        other.communicate("\n")
    assert check.level is Level.OK
    assert check.value.endswith(f"in use by process {other.pid}")


def test_other_faults_are_not_taken_for_a_lock() -> None:
    assert unopened("x", "IO Error: no file with PID 7").level is Level.FAIL


def test_room(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    assert room_check(path, 1 << 20).level is Level.OK
    assert "lower disk in [retention]" in room_check(path, 1 << 60).advice
    assert room_check(tmp_path / "none" / "x", 1).level is Level.FAIL


@pytest.mark.parametrize(
    ("ahead", "level", "value"),
    [
        (-90_000, Level.OK, "1 d ago"),
        (100, Level.OK, "0 s ago"),
        (7200, Level.WARN, "2 h ahead of the clock"),
    ],
)
def test_clocks_that_differ(ahead: float, level: Level, value: str) -> None:
    check = skew_check(NOW.timestamp() + ahead, NOW)
    assert (check.level, check.value) == (level, value)


@pytest.mark.parametrize(
    ("year", "level"), [(1970, Level.FAIL), (2026, Level.OK), (2106, Level.FAIL)]
)
def test_the_clock(year: int, level: Level) -> None:
    assert clock_check(NOW.replace(year=year)).level is level


def test_spans() -> None:
    assert [span(timedelta(seconds=s)) for s in (0, 59, 60, 3600, 86_400)] == [
        "0 s", "59 s", "1 min", "1 h", "1 d",
    ]  # fmt: skip
