"""What the detector finds of simulated traffic, and what the published rules find of the same.

    python tools/evaluate.py --seeds 20

Traffic is made with seeds that no test uses, written as a log, read and judged. One row for each
scenario: of how many the verdict was a finding, with the 95 % interval of Clopper and Pearson
(1934), ours and every published rule. It says nothing about how often such traffic occurs.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the scenarios of the tests can be imported

from fluxhound.detection.baselines import BASELINES  # noqa: E402 - after the path
from fluxhound.records import Finding  # noqa: E402
from fluxhound.service.analysis import AnalysisOptions, analyze  # noqa: E402
from tests.scenarios import FLUX, SCENARIOS, Scenario  # noqa: E402
from tests.writers import csv_table  # noqa: E402

#: Tests use seeds below; held-out seeds begin here.
FIRST_SEED = 100_000
CONFIDENCE = 0.95
OURS = "fluxhound"


def at_most(k: int, n: int, p: float) -> float:
    """Return the probability of at most *k* of *n* with chance *p* each."""
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


def interval(k: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson (1934) for *k* of *n*, by bisection."""
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else _root(lambda p: 1 - at_most(k - 1, n, p) - tail)
    high = 1.0 if k == n else _root(lambda p: tail - at_most(k, n, p))
    return low, high


def _root(rising: Callable[[float], float]) -> float:
    """Return where a function that rises from below 0 to above 0 within [0, 1] is 0."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


@dataclass(slots=True)
class Tally:
    """Of one scenario: how many tables were judged, and how often each rule fired."""

    kind: str
    tables: int = 0
    right: int = 0  # the verdict was one that the scenario allows
    fired: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    def add(self, finding: Finding, scenario: Scenario) -> None:
        """Count one judgement."""
        self.tables += 1
        self.right += finding.verdict in scenario.verdicts
        said: dict[str, bool | None] = {OURS: finding.finding, **finding.baselines}
        for rule, fires in said.items():
            self.fired[rule] = self.fired.get(rule, 0) + (fires is True)
            self.unknown[rule] = self.unknown.get(rule, 0) + (fires is None)


def judged(scenario: Scenario, seed: int) -> Finding:
    """Make one table, and return the judgement of its entity."""
    log = csv_table(scenario.table(seed=seed))
    options = AnalysisOptions(wanted=(scenario.judged,))
    with analyze(io.BytesIO(log), options=options) as analysis:
        return analysis.find(scenario.judged, scenario.entity)


def tallies(seeds: int, kinds: Sequence[str]) -> Iterator[Tally]:
    """Yield one tally for each scenario."""
    for kind in kinds:
        tally = Tally(kind)
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            tally.add(judged(SCENARIOS[kind], seed), SCENARIOS[kind])
        yield tally


def line(tally: Tally, rule: str) -> str:
    """Return a cell: how many of how many, and the interval where it was computable at all."""
    known = tally.tables - tally.unknown[rule]
    if known == 0:
        return "not computable"
    low, high = interval(tally.fired[rule], known)
    return f"{tally.fired[rule]}/{known} ({low:.0%} to {high:.0%})"


def table(found: Sequence[Tally]) -> str:
    """Return the results as a table in Markdown: scenarios down, rules across."""
    rules = [OURS, *BASELINES]
    rows = [["scenario", "verdict allowed", *rules], ["---"] * (len(rules) + 2)]
    for group, flux in (("flux: found", True), ("harmless: false findings", False)):
        rows.append([f"**{group}**", *[""] * (len(rules) + 1)])
        for tally in found:
            if (tally.kind in FLUX) is flux:
                allowed = f"{tally.right}/{tally.tables}"
                rows.append([tally.kind, allowed, *(line(tally, rule) for rule in rules)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def total(found: Sequence[Tally], rule: str, *, flux: bool) -> tuple[int, int]:
    """Return how often a rule fired over all scenarios of a kind, of how many."""
    ours = [t for t in found if (t.kind in FLUX) is flux]
    return sum(t.fired[rule] for t in ours), sum(t.tables - t.unknown[rule] for t in ours)


def summary(found: Sequence[Tally]) -> str:
    """Return the sums: recall and false findings of each rule, with their intervals."""
    rows = [["rule", "flux found", "false findings"], ["---"] * 3]
    for rule in (OURS, *BASELINES):
        cells = [rule]
        for flux in (True, False):
            k, n = total(found, rule, flux=flux)
            low, high = interval(k, n) if n else (0.0, 1.0)
            cells.append(f"{k}/{n} ({low:.1%} to {high:.1%})" if n else "not computable")
        rows.append(cells)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="tables for each scenario [20]")
    parser.add_argument("--only", nargs="*", default=list(SCENARIOS), choices=list(SCENARIOS))
    chosen = parser.parse_args(arguments)
    started = time.monotonic()
    found = []
    for tally in tallies(chosen.seeds, chosen.only):
        print(f"{tally.kind}: {tally.fired[OURS]} of {tally.tables}", file=sys.stderr)
        found.append(tally)
    print(table(found), summary(found), sep="\n\n")
    print(f"\n{sum(t.tables for t in found)} tables in {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
