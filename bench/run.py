"""Speed and memory of Fluxhound beside other ways, measured in one run.

    python bench/run.py --rows 200000
    python bench/run.py --rows 10000000 --rounds 5
    python bench/run.py --part forms --only pcap
    python bench/run.py --part ways --log zeek10m.log

Three parts. ways: a Zeek log by Fluxhound, and by what an engineer would otherwise write; every
log is a made-up day (bench/make_logs.py). forms: the same day in every form that is read, plain and
compressed, each beside the bare reading of it. limits: little memory, ten days instead of one, an
hour more in a store of thirty days, and how long it takes to start.

Every contender runs once in each round, so that a busy machine troubles all alike; medians are
shown, and ratios to the reference of the same round.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from bench import forms, limits, ways
from bench.measuring import machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    folder: Path
    rows: int
    rounds: int
    seed: int
    log: Path | None
    only: Sequence[str]


def _ways(asked: Asked) -> str:
    log = asked.log or ways.make_log(asked.folder, asked.rows, asked.seed)
    return ways.report(log, turns=asked.rounds, only=asked.only)


def _forms(asked: Asked) -> str:
    return forms.report(
        asked.folder, rows=asked.rows, turns=asked.rounds, seed=asked.seed, only=asked.only
    )


def _limits(asked: Asked) -> str:
    return limits.report(
        asked.folder, rows=asked.rows, turns=asked.rounds, seed=asked.seed, only=asked.only
    )


PARTS: dict[str, Callable[[Asked], str]] = {"ways": _ways, "forms": _forms, "limits": _limits}


def main() -> int:
    """Measure as the command line asks; exit with 1 where contenders disagree."""
    parser = argparse.ArgumentParser(
        prog="bench/run.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="all unless told")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the day that is made")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="part ways on this log instead of making one")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="in the name")
    parser.add_argument("--folder", type=Path, help="make and keep the logs here")
    options = parser.parse_args()
    if not shutil.which("wc"):
        parser.error("wc is needed for the reference")
    print(f"{machine()}; {options.rounds} rounds\n")
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as temporary:
        asked = Asked(
            folder=options.folder or Path(temporary),
            rows=options.rows,
            rounds=options.rounds,
            seed=options.seed,
            log=options.log,
            only=options.only,
        )
        for part in options.part or (["ways"] if options.log else list(PARTS)):
            try:
                print(f"## {part}\n\n{PARTS[part](asked)}\n", flush=True)
            except ways.DisagreementError as error:
                print(json.dumps(error.sums, indent=1), file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
