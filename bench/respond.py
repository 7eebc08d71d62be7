"""Time to block: from the answer that decides to the first answer with the sinkhole.

    python bench/respond.py --names 20
    python bench/respond.py --names 20 --primary bind-primary --resolver unbound

Everything runs in a network namespace on this machine: a small Internet whose names really change,
a resolver with dnstap, the service with its judgement, a hidden primary that hands the policy zones
to the resolver. The service notes when it judges, applies and publishes; a client asks until it is
answered with the sinkhole. One row for each hop, in seconds: median and 95th percentile.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from fluxhound import config
from fluxhound.response.publishing import Publisher
from fluxhound.response.register import Applied, Register
from fluxhound.response.setups.options import Consumer
from fluxhound.service.serving import Service
from fluxhound.service.standing import Standing
from tests.endtoend.callers import INFECTED, Caller
from tests.endtoend.chain import SINKHOLE, Chain, Program
from tests.endtoend.world import Web
from tests.servers.namespace import Namespace

#: Seconds between the first answers of two names that begin to change, and that all may take.
APART_S, MOST_S = 3.0, 240.0
#: Seconds between two questions for a name.
ASKED_S = 0.05
HOPS = ("answer -> finding", "finding -> applied", "applied -> zone", "zone -> resolver", "all")
PRIMARIES = ("knot", "bind-primary")
RESOLVERS = (Consumer.BIND, Consumer.UNBOUND)


class Notes:
    """What happened when, as lines of JSON; several threads write."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lock = threading.Lock()

    def note(self, kind: str, name: str = "", **more: Any) -> None:
        """Write that *kind* happened now."""
        line = json.dumps({"kind": kind, "name": name, "at": time.time(), **more})
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def serve(configuration: Path, path: Path) -> None:
    """Run the service, and note what it does."""
    with path.open("w") as file:
        notes = Notes(file)
        _watch(notes)
        Service(config.load(configuration)).run()


def _watch(notes: Notes) -> None:
    take, apply, reconcile = Standing.take, Register.apply, Publisher.reconcile

    @functools.wraps(take)
    def taking(self: Standing, judged: Any, *, complete: bool) -> None:
        take(self, judged, complete=complete)
        for each in judged:
            if each.finding:
                notes.note("found", each.name, last=each.last_seen.timestamp())

    @functools.wraps(apply)
    def applying(self: Register, *given: Any, **more: Any) -> Applied:
        applied = apply(self, *given, **more)
        for change in applied.changes:
            if change.after and change.after.approved_by and change.after.target:
                notes.note("applied", change.after.subject)
        return applied

    @functools.wraps(reconcile)
    def reconciling(self: Publisher, *given: Any, **more: Any) -> Any:
        published = reconcile(self, *given, **more)
        if published.changed:
            notes.note("published")
        return published

    for owner, name, function in (
        (Standing, "take", taking),
        (Register, "apply", applying),
        (Publisher, "reconcile", reconciling),
    ):
        setattr(owner, name, function)


def measure(folder: Path, names: Sequence[str], resolver: Consumer, primary: str) -> Iterator[Any]:
    """Yield, for each of *names*, the seconds of each hop."""
    with Namespace() as namespace, Web(folder / "web", namespace, flux=names) as web:
        response = {"ceiling_per_hour": 1000, "expiry": "1h", "continuing": "1h"}
        chain = Chain(
            folder / "chain", namespace, web,
            resolver=resolver, primary=primary, response=response, sinkhole=False,
        )  # fmt: skip
        path = folder / "notes.jsonl"
        words = ["--serve", str(chain.folder / "fluxhound.toml"), str(path)]
        chain.service = Program(
            folder / "service", namespace, __file__, *words, command=sys.executable
        )
        with chain, Caller(namespace, INFECTED, names):
            seen = dict(_first_sinkholed(chain, web, names))
        notes = [json.loads(line) for line in path.read_text().splitlines()]
    for name, at in seen.items():
        yield _hops(notes, name, at)


def _first_sinkholed(chain: Chain, web: Web, names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Let *names* change, one after the other; yield when each was first answered so."""
    waiting, changing = list(names), list[str]()
    began = time.monotonic()
    while (waiting or changing) and time.monotonic() < began + MOST_S:
        time.sleep(ASKED_S)
        if waiting and time.monotonic() > began + APART_S * (len(names) - len(waiting)):
            changing.append(waiting.pop(0))
            web.begin(changing[-1])
        for name in tuple(changing):
            if chain.answer(name) == (SINKHOLE,):
                changing.remove(name)
                yield name, time.time()


def _hops(notes: Sequence[dict[str, Any]], name: str, seen: float) -> tuple[float, ...]:
    applied = next(n["at"] for n in notes if n["kind"] == "applied" and n["name"] == name)
    found = [n for n in notes if n["kind"] == "found" and n["name"] == name and n["at"] <= applied]
    deciding, judged = found[-1]["last"], found[-1]["at"]
    published = next(n["at"] for n in notes if n["kind"] == "published" and n["at"] >= applied)
    moments = (deciding, judged, applied, published, seen)
    hops = [later - earlier for earlier, later in itertools.pairwise(moments)]
    return (*(max(0.0, each) for each in hops), seen - deciding)


def table(title: str, rows: Sequence[tuple[float, ...]]) -> Iterator[str]:
    """Yield the rows of one measurement as a table of Markdown."""
    yield f"| {title} ({len(rows)} names) | p50 | p95 |"
    yield "|---|---|---|"
    for at, hop in enumerate(HOPS):
        column = [row[at] for row in rows]
        yield f"| {hop} | {statistics.median(column):.2f} s | {_high(column):.2f} s |"


def _high(column: Sequence[float]) -> float:
    return sorted(column)[max(0, round(0.95 * len(column)) - 1)]


def main(tell: Callable[[str], object] = print) -> None:
    """Measure as the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--serve", nargs=2, type=Path, metavar="FILE", help="for itself")
    arguments.add_argument("--names", type=int, default=20)
    arguments.add_argument("--primary", choices=PRIMARIES)
    arguments.add_argument("--resolver", choices=[each.value for each in RESOLVERS])
    given = arguments.parse_args()
    if given.serve:
        serve(*given.serve)
        return
    names = [f"gang{at}.{'com' if at % 2 else 'net'}" for at in range(given.names)]
    for primary in [given.primary] if given.primary else PRIMARIES:
        for resolver in [Consumer(given.resolver)] if given.resolver else RESOLVERS:
            with tempfile.TemporaryDirectory(prefix="respond") as folder:
                rows = list(measure(Path(folder), names, resolver, primary))
            tell("\n".join(table(f"{primary}, {resolver}", rows)) + "\n")


if __name__ == "__main__":
    main()
