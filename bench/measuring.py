"""Commands run as children: their time, their peak memory, and tables of both.

Every contender runs once in each round, so that a busy machine troubles all alike; medians are
shown, and ratios to the first one of the same round. Nothing large is imported here: on Linux a
child's peak memory is at least what its parent held when it started.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KIB = 1024
MIB = 1024 * KIB
#: Seconds after which a contender is stopped.
PATIENCE_S = 3_600
#: Of a table; it names the reference.
HEAD = (
    "| | wall s (range) | rows/s | x {} | CPU s | peak memory, MiB |\n"
    "|---|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to do a job: a command."""

    name: str
    command: tuple[str, ...]
    sums: bool = False  # prints sums that must equal those of the others
    statuses: frozenset[int] = frozenset({0})  # that say that the job was done


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one run took."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    status: int
    printed: str


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
    """Run every contender once in each of *count* rounds; a failed one is left out from then on.

    The first one is run once before: what it reads is then in the page cache.
    """
    found: dict[str, list[Measure]] = {c.name: [] for c in all_}
    measured(all_[0].command)
    running = list(all_)
    for turn in range(count):
        for contender in list(running):
            measure = measured(contender.command)
            print(f"round {turn + 1}: {contender.name}: {measure.wall_s:.2f} s", file=sys.stderr)
            if measure.status in contender.statuses:
                found[contender.name].append(measure)
                continue
            last = (measure.printed.splitlines() or ["it said nothing"])[-1]
            print(f"{contender.name} failed ({measure.status}): {last}", file=sys.stderr)
            found.pop(contender.name)
            running.remove(contender)
    return found


def table(found: dict[str, list[Measure]], rows: int) -> str:
    """Return the results as a Markdown table; ratios are to the first contender."""
    reference = next(iter(found))
    lines = [HEAD.format(reference)]
    lines += [line(name, measures, found[reference], rows) for name, measures in found.items()]
    return "\n".join(lines)


def line(name: str, measures: Sequence[Measure], reference: Sequence[Measure], rows: int) -> str:
    """Return one contender's line of the table."""
    walls = [m.wall_s for m in measures]
    wall = statistics.median(walls)
    ratio = statistics.median(w / r.wall_s for w, r in zip(walls, reference, strict=False))
    cpu = statistics.median(m.cpu_s for m in measures)
    peak = statistics.median(m.peak_bytes for m in measures) / MIB
    spread = f"{wall:.2f} ({min(walls):.2f}-{max(walls):.2f})"
    return f"| {name} | {spread} | {rows / wall:,.0f} | {ratio:.1f} | {cpu:.2f} | {peak:,.0f} |"


def machine() -> str:
    """Describe the machine in a line."""
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"


def make(folder: Path, *words: str) -> None:
    """Make logs in a process of its own, so that this one stays small."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, str(ROOT / "bench" / "make_logs.py"), *words], check=True)
