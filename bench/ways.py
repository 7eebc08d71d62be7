"""A Zeek log by Fluxhound, and by what an engineer would otherwise write."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from bench.measuring import MIB, ROOT, Contender, Measure, make, rounds, table

REFERENCE = "wc -l"
#: Lines of the log that are not rows.
NOT_ROWS = 9


class DisagreementError(Exception):
    """Contenders that do the same job came to different sums."""

    def __init__(self, sums: Mapping[str, object]) -> None:
        """Take the sums of each."""
        super().__init__("the sums differ")
        self.sums = sums


def fluxhound(*words: str) -> tuple[str, ...]:
    """Return our own command, which lies beside this interpreter."""
    return (str(Path(sysconfig.get_path("scripts")) / "fluxhound"), *words)


def analyze(path: Path, *words: str) -> tuple[str, ...]:
    """Return the command that makes findings of one file."""
    return fluxhound("analyze", str(path), "--format", "jsonl", "--no-progress", *words)


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
    found.append(Contender(name="fluxhound analyze", command=analyze(log)))
    return chosen(found, only)


def chosen(found: Sequence[Contender], only: Sequence[str]) -> list[Contender]:
    """Return the first, which is the reference, and those whose name has one of the words."""
    words = [word.lower() for word in only]
    return [
        c
        for at, c in enumerate(found)
        if at == 0 or not words or any(word in c.name.lower() for word in words)
    ]


def check(all_: Sequence[Contender], found: Mapping[str, Sequence[Measure]]) -> None:
    """Compare the sums of contenders that do the same job.

    Raises:
        DisagreementError: they are not the same.
    """
    sums = {
        c.name: json.loads(found[c.name][0].printed) for c in all_ if c.sums and c.name in found
    }
    if len({json.dumps(each, sort_keys=True) for each in sums.values()}) > 1:
        raise DisagreementError(sums)


def make_log(folder: Path, rows: int, seed: int) -> Path:
    """Make a log, unless it is there."""
    log = folder / f"zeek-{rows}.log"
    if not log.exists():
        make(folder, "--rows", str(rows), "--seed", str(seed), "--out", str(log))
    return log


def count_rows(log: Path) -> int:
    """Return the rows of a log as ``wc -l`` counts them, without its header and trailer."""
    counted = subprocess.run(["wc", "-l", str(log)], check=True, capture_output=True, text=True)
    return max(1, int(counted.stdout.split()[0]) - NOT_ROWS)


def report(log: Path, *, turns: int = 3, only: Sequence[str] = ()) -> str:
    """Measure on one log, and return the table.

    Raises:
        DisagreementError: contenders that do the same job came to different sums.
    """
    all_ = contenders(log, only)
    found = rounds(all_, turns)
    check(all_, found)
    rows = count_rows(log)
    size = f"{rows:,} rows, {log.stat().st_size / MIB:,.0f} MiB"
    return f"{size}\n\n{table(found, rows)}"
