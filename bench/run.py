"""Speed and memory of Fluxhound beside other ways, measured in one run.

    python bench/run.py --rows 200000
    python bench/run.py --log zeek10m.log --rounds 5

Every contender runs once in each round, so that a busy machine troubles all alike; medians are
shown, and ratios to ``wc -l`` of the same round. This runner imports nothing large: on Linux a
child's peak memory is at least what its parent held when it started.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = "wc -l"
KIB = 1024
MIB = 1024 * KIB

#: Lines of the log that are not rows, and seconds after which a contender is stopped.
NOT_ROWS = 9
PATIENCE_S = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to go through the log."""

    name: str
    command: tuple[str, ...]
    sums: bool = False  # prints sums that must equal those of the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one run took."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    status: int
    printed: str


def contenders(log: Path, only: Sequence[str]) -> list[Contender]:
    """Return the contenders that can run here, the reference first."""
    python = (sys.executable, str(ROOT / "bench" / "contenders.py"))
    found = [Contender(name=REFERENCE, command=("wc", "-l", str(log)))]
    found.append(Contender(name="Python loop", command=(*python, "loop", str(log)), sums=True))
    for name, module in (("DuckDB", "duckdb"), ("Polars", "polars")):
        if find_spec(module):
            run = (*python, module, str(log))
            found.append(Contender(name=f"{name}, one stage", command=run, sums=True))
        else:
            print(f"{name} is not installed: left out", file=sys.stderr)
    fluxhound = Path(sysconfig.get_path("scripts")) / "fluxhound"
    if fluxhound.exists():
        command = (str(fluxhound), "analyze", str(log), "--format", "jsonl", "--no-progress")
        found.append(Contender(name="fluxhound analyze", command=command))
    wanted = [word.lower() for word in only]
    return [
        c
        for c in found
        if not wanted or c.name == REFERENCE or any(w in c.name.lower() for w in wanted)
    ]


def measured(command: Sequence[str]) -> Measure:
    """Run one command and return its time, its peak memory and what it printed."""
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as told:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=printed, stderr=told)
        status, usage = _wait(child, began)
        wall = time.perf_counter() - began
        printed.seek(0)
        told.seek(0)
        output = printed.read(MIB) if status == 0 else told.read(MIB)
    unit = 1 if sys.platform == "darwin" else KIB  # of ru_maxrss
    return Measure(
        wall_s=wall,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss * unit,
        status=status,
        printed=output.strip(),
    )


def _wait(child: subprocess.Popen[bytes], began: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a child with its resource usage; stop it when it takes too long."""
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage
        if time.perf_counter() - began > PATIENCE_S:
            child.kill()
        time.sleep(0.002)


def rounds(all_: Sequence[Contender], count: int) -> dict[str, list[Measure]]:
    """Run every contender once in each of *count* rounds; a failed one is left out from then on."""
    found: dict[str, list[Measure]] = {c.name: [] for c in all_}
    measured(all_[0].command)  # brings the log into the page cache
    running = list(all_)
    for turn in range(count):
        for contender in list(running):
            measure = measured(contender.command)
            print(f"round {turn + 1}: {contender.name}: {measure.wall_s:.2f} s", file=sys.stderr)
            if measure.status:
                last = (measure.printed.splitlines() or ["it said nothing"])[-1]
                print(f"{contender.name} failed ({measure.status}): {last}", file=sys.stderr)
                found.pop(contender.name)
                running.remove(contender)
            else:
                found[contender.name].append(measure)
    return found


def table(found: dict[str, list[Measure]], rows: int) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| | wall s (range) | rows/s | x wc -l | CPU s | peak memory, MiB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    reference = [m.wall_s for m in found[REFERENCE]]
    for name, measures in found.items():
        walls = [m.wall_s for m in measures]
        wall = statistics.median(walls)
        ratio = statistics.median(w / r for w, r in zip(walls, reference, strict=True))
        cpu = statistics.median(m.cpu_s for m in measures)
        peak = statistics.median(m.peak_bytes for m in measures) / MIB
        spread = f"{wall:.2f} ({min(walls):.2f}-{max(walls):.2f})"
        lines.append(
            f"| {name} | {spread} | {rows / wall:,.0f} | {ratio:.1f} | {cpu:.2f} | {peak:,.0f} |"
        )
    return "\n".join(lines)


def disagreement(all_: Sequence[Contender], found: dict[str, list[Measure]]) -> str | None:
    """Return a sentence if contenders that do the same job came to different sums."""
    sums = {
        c.name: json.loads(found[c.name][0].printed) for c in all_ if c.sums and c.name in found
    }
    different = {json.dumps(s, sort_keys=True) for s in sums.values()}
    return None if len(different) <= 1 else f"the sums differ: {sums}"


def make(folder: Path, rows: int, seed: int) -> Path:
    """Make a log in a process of its own, so that this one stays small."""
    log = folder / f"zeek-{rows}.log"
    command = [sys.executable, str(ROOT / "bench" / "make_logs.py")]
    command += ["--rows", str(rows), "--seed", str(seed), "--out", str(log)]
    subprocess.run(command, check=True)
    return log


def count_rows(log: Path) -> int:
    """Return the rows of a log as ``wc -l`` counts them, without its header and trailer."""
    counted = subprocess.run(["wc", "-l", str(log)], check=True, capture_output=True, text=True)
    return max(1, int(counted.stdout.split()[0]) - NOT_ROWS)


def machine() -> str:
    """Describe the machine in a line."""
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"


def main() -> int:
    """Measure as the command line asks; exit with 1 where contenders disagree."""
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the log that is made")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="measure on this log instead of making one")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="in the name")
    options = parser.parse_args()
    if not shutil.which("wc"):
        parser.error("wc is needed for the reference")
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as folder:
        log = options.log or make(Path(folder), options.rows, options.seed)
        all_ = contenders(log, options.only)
        found = rounds(all_, options.rounds)
        rows, size = count_rows(log), log.stat().st_size
    print(f"{rows:,} rows, {size / MIB:,.0f} MiB; {options.rounds} rounds; {machine()}\n")
    print(table(found, rows))
    if wrong := disagreement(all_, found):
        print(f"\n{wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
