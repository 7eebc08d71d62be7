"""Little memory, ten days instead of one, an hour more in a store of thirty days, and the start."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measuring import HEAD, ROOT, Contender, Measure, line, make, measured, rounds, table
from bench.ways import analyze, fluxhound, make_log

#: Days that the long store holds before the hour comes, and parts of the day in an hour.
DAYS, HOURS = 30, 24
#: How many times the day the long log has.
LONG = 10
START_ROWS = 1_000


def report(folder: Path, *, rows: int, turns: int, seed: int, only: Sequence[str] = ()) -> str:
    """Measure what was asked for, by the headings that have one of the words *only*."""
    parts = {
        "memory": lambda: _memory(folder, rows, turns, seed),
        "ten times as much": lambda: _long(folder, rows, seed),
        "an hour more": lambda: _hour(folder, rows, turns, seed),
        "start": lambda: _start(folder, turns, seed),
    }
    wanted = [name for name in parts if not only or any(word in name for word in only)]
    return "\n\n".join(f"### {name}\n\n{parts[name]()}" for name in wanted)


def _memory(folder: Path, rows: int, turns: int, seed: int) -> str:
    log = make_log(folder, rows, seed)
    all_ = [
        Contender(name="--memory 2GiB", command=analyze(log, "--memory", "2GiB")),
        Contender(name="--memory 1GiB", command=analyze(log, "--memory", "1GiB")),
    ]
    return table(rounds(all_, turns), rows)


def _long(folder: Path, rows: int, seed: int) -> str:
    """Measure once: at a hundred million rows a round takes minutes."""
    one, ten = make_log(folder, rows, seed), make_log(folder, LONG * rows, seed)
    limit = ("--memory", "2GiB")
    few, many = f"{rows:,} rows", f"{LONG * rows:,} rows"
    all_ = [
        Contender(name=few, command=analyze(one, *limit)),
        Contender(name=many, command=analyze(ten, *limit)),
    ]
    found = rounds(all_, 1)
    lines = [
        line(name, measures, found[few], rows if name == few else LONG * rows)
        for name, measures in found.items()
    ]
    return "\n".join([HEAD.format(few), *lines])


def _hour(folder: Path, rows: int, turns: int, seed: int) -> str:
    """Add as many rows as an hour has to a store of one day and to one of thirty days.

    What those rows are about is judged, with its history.
    """
    day, hour = make_log(folder, rows, seed), make_log(folder, max(1, rows // HOURS), seed)
    short, long = folder / "day.duckdb", folder / "month.duckdb"
    if not long.exists():
        short.unlink(missing_ok=True)
        subprocess.run(analyze(day, "--store", str(short)), check=True, capture_output=True)
        shutil.copyfile(short, long)
        command = [sys.executable, str(ROOT / "bench" / "contenders.py"), "month", str(long)]
        subprocess.run([*command, str(DAYS)], check=True)
    stores = {"into an empty store": None, "into one day": short, f"into {DAYS} days": long}
    found: dict[str, list[Measure]] = {name: [] for name in stores}
    for turn in range(turns):
        for name, store in stores.items():
            found[name].append(_added(hour, store, folder / "work.duckdb"))
            print(f"round {turn + 1}: {name}: {found[name][-1].wall_s:.2f} s", file=sys.stderr)
    return table(found, rows // HOURS)


def _added(hour: Path, store: Path | None, work: Path) -> Measure:
    work.unlink(missing_ok=True)
    if store:
        shutil.copyfile(store, work)
    return measured(analyze(hour, "--store", str(work), "--new"))


def _start(folder: Path, turns: int, seed: int) -> str:
    log = folder / "start.log"
    if not log.exists():
        make(folder, "--rows", str(START_ROWS), "--seed", str(seed), "--out", str(log))
    all_ = [
        Contender(name="python -c pass", command=(sys.executable, "-c", "pass")),
        Contender(name="fluxhound --help", command=fluxhound("--help")),
        Contender(name=f"fluxhound analyze, {START_ROWS:,} rows", command=analyze(log)),
    ]
    return table(rounds(all_, max(turns, 5)), START_ROWS)
