"""What keeping a live store costs, and how soon a full one serves again.

    python bench/upkeep.py record --ticks 400 --rows 15000 --names 1000000
    python bench/upkeep.py days --days 8
    python bench/upkeep.py restart --rows 20000000

``record`` adds rows as fast as it can, a tick for each half second, and keeps up; ``days`` lets
days pass, with merging, roll-up, purging and, with --disk, eviction, while another thread reads;
``restart`` makes a store of 30 days and opens it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Upkeep

DAY_S = 86_400
START = 480_000  # hours since 1970
MIB = 1 << 20

_TICK = """
INSERT INTO history
SELECT {hour}, 'r1', 'name' || (hash(i + {seed}) % {names}) || '.example', 'A',
       '192.0.2.' || (hash(i + {seed}) % 200), {now}, {now} + 0.4, 1, 300, 299, 1
FROM range({rows}) r(i)
"""
_MONTH = """
INSERT INTO history
SELECT {hour} + h, 'r' || (n % 3), 'www' || (n * 7919 % 50) || '.domain' || n || '.example', 'A',
       'edge' || (n % 100) || '.example,192.0.' || (hash(n) % 250) || '.'
           || (hash(n + h * (n % 10)) % 250),
       ({hour} + h) * 3600.0, ({hour} + h) * 3600.0 + 500, 1 + n % 50, 300, 60, 1
FROM range(24) hours(h), range({rows}) names(n)
"""
_BREADTH = """
SELECT name, count(DISTINCT answers) AS n FROM history
WHERE hour >= (SELECT max(hour) - 6 FROM history) GROUP BY name HAVING n > 3
"""

Times = dict[str, list[float]]


def tick(store: Store, upkeep: Upkeep, *, now: float, rows: int, names: int, seed: int) -> float:
    """Commit the rows of one moment; return the seconds it took."""
    hour, begun = int(now // 3600), time.perf_counter()
    with store.transaction():
        store.connection.execute(
            _TICK.format(hour=hour, now=now, rows=rows, names=names, seed=seed * rows)
        )
    upkeep.appended({hour: rows}, now=now)
    return time.perf_counter() - begun


def tell(times: Times) -> None:
    """Print how often each piece of work was done, and how long it took."""
    for kind, seconds in times.items():
        slowest = sorted(seconds)
        print(
            f"{kind:<11} {len(seconds):>6}  sum {sum(seconds):7.2f} s  "
            f"median {statistics.median(seconds):.3f} s  "
            f"p99 {slowest[len(slowest) * 99 // 100]:.3f} s  most {slowest[-1]:.3f} s"
        )


def resident_mib() -> int:
    """Return the memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // MIB


def record(path: Path, *, ticks: int, rows: int, names: int) -> None:
    """Measure merging while one hour is written: one piece of upkeep after each commit."""
    times: Times = defaultdict(list)
    keeping = Retention(hourly_s=30 * DAY_S, daily_s=365 * DAY_S, clients_s=30 * DAY_S)
    with Store(path, live=True) as store:
        upkeep = Upkeep(store, keeping)
        for number in range(ticks):
            now = START * 3600.0 + number / 2
            took = tick(store, upkeep, now=now, rows=rows, names=names, seed=number)
            times["commit"].append(took)
            if step := upkeep.step(now=now):
                times[step.kind].append(step.seconds)
        tell(times)
        merged, counted = store.connection.execute(
            "SELECT count(*), sum(count)::BIGINT FROM history"
        ).fetchall()[0]
        print(f"{counted:,} rows are {merged:,}, {path.stat().st_size // MIB} MiB")


def days(path: Path, *, days: int, disk: int | None) -> None:
    """Measure days of upkeep beside a reader, and the size of the file after each."""
    times: Times = defaultdict(list)
    keeping = Retention(
        hourly_s=DAY_S, daily_s=3 * DAY_S, clients_s=DAY_S, disk_bytes=disk and disk * MIB
    )
    over = threading.Event()
    with Store(path, live=True) as store:
        upkeep, cursor = Upkeep(store, keeping), store.connection.cursor()

        def read() -> None:
            while not over.wait(0.5):
                begun = time.perf_counter()
                cursor.execute(_BREADTH).fetchall()
                times["read"].append(time.perf_counter() - begun)

        reader = threading.Thread(target=read)
        reader.start()
        for day in range(days):
            for quarter in range(24 * 4):
                now = (START + day * 24) * 3600.0 + quarter * 900
                seed = day * 96 + quarter
                took = tick(store, upkeep, now=now, rows=8000, names=20_000, seed=seed)
                times["commit"].append(took)
                while step := upkeep.step(now=now):
                    times[step.kind].append(step.seconds)
            rows = store.connection.execute("SELECT count(*) FROM history").fetchall()[0][0]
            print(f"day {day}: {rows:,} rows, {path.stat().st_size // MIB} MiB", flush=True)
        over.set()
        reader.join()
        tell(times)


def month(path: Path, *, rows: int) -> None:
    """Make a store of 30 days."""
    with Store(path, live=True) as store:
        for day in range(30):
            query = _MONTH.format(hour=START + day * 24, rows=rows // 720)
            store.connection.execute(query)
        store.connection.execute(
            "INSERT INTO folded SELECT 'history', hour, count(*), 1e12 FROM history GROUP BY hour"
        )


def restart(path: Path, *, rows: int) -> None:
    """Measure how soon a store of 30 days can serve, and the memory it then takes."""
    month(path, rows=rows)
    begun, now = time.perf_counter(), (START + 720) * 3600.0
    with Store(path, live=True) as store:
        print(f"open: {time.perf_counter() - begun:.2f} s")
        keeping = Retention(hourly_s=31 * DAY_S, daily_s=365 * DAY_S, clients_s=DAY_S)
        Upkeep(store, keeping).step(now=now)
        print(f"and upkeep: {time.perf_counter() - begun:.2f} s")
        known = store.connection.execute(
            f"SELECT DISTINCT hash(name || answers) FROM history WHERE hour >= {START + 696}"
        ).fetchnumpy()
        seen = len(next(iter(known.values())))
        print(f"and {seen:,} answers of the last day: {time.perf_counter() - begun:.2f} s")
        print(f"{path.stat().st_size // MIB} MiB on disk, {resident_mib()} MiB in memory")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    what = parser.add_subparsers(dest="what", required=True)
    recording = what.add_parser("record")
    recording.add_argument("--ticks", type=int, default=400)
    recording.add_argument("--rows", type=int, default=15_000)
    recording.add_argument("--names", type=int, default=1_000_000)
    passing = what.add_parser("days")
    passing.add_argument("--days", type=int, default=8)
    passing.add_argument("--disk", type=int, help="bound of the store, MiB")
    what.add_parser("restart").add_argument("--rows", type=int, default=20_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as folder:
        path = Path(folder) / "store"
        if given.what == "record":
            record(path, ticks=given.ticks, rows=given.rows, names=given.names)
        elif given.what == "days":
            days(path, days=given.days, disk=given.disk)
        else:
            restart(path, rows=given.rows)


if __name__ == "__main__":
    main()
