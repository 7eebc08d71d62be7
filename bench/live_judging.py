"""Measure judging live alone: hearing, looking, memory. ``python bench/live_judging.py --help``."""

from __future__ import annotations

import argparse
import functools
import resource
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.enrichment.opening import open_tables
from fluxhound.history.store import Store
from fluxhound.records import Finding
from fluxhound.service.judging import Judge
from fluxhound.service.watch import Watch

HOUR = 498_000
PORTION = 15_000


@functools.cache
def hosts(kind: str, count: int) -> list[str]:
    """Return addresses in networks of one *kind*, found by trial."""
    rng = np.random.default_rng(7)
    tried = [f"{a}.{b}.{c}.{d}" for a, b, c, d in rng.integers(1, 223, (60 * count, 4)).tolist()]
    kinds = open_tables().lookup(pa.array(tried)).column("kind").to_pylist()
    return [t for t, is_a in zip(tried, kinds, strict=True) if is_a == kind][:count]


def portion(names: NDArray[np.int64], answers: int) -> pa.Table:
    """Return rows of *names* (numbers): three names to a domain, on hosting, in one network.

    A third has a CNAME into one of 2,000 services, some have several addresses, and every thirtieth
    name moves among *answers* answers.
    """
    rng = np.random.default_rng(int(names[0]))
    turn = np.where(names % 30 == 0, rng.integers(0, answers, len(names)), 0)
    networks = [text.rpartition(".")[0] for text in hosts("hosting", 2000)]
    texts = []
    for number, moved in zip(names.tolist(), turn.tolist(), strict=True):
        near = networks[number // 3 % len(networks)]
        shown = [f"{near}.{(moved * 50 + number % 50 + i) % 256}" for i in range(1 + number % 3)]
        chain = [f"e{number}.service{number % 2000}.net"] if number % 3 == 0 else []
        texts.append(",".join([*chain, *shown]))
    count = len(names)
    first = np.full(count, HOUR * 3600.0)
    return pa.table(
        {
            "hour": pa.array(np.full(count, HOUR), pa.int32()),
            "sensor": ["10.0.0.53"] * count,
            "name": [f"host{n}.domain{n // 3}.com" for n in names.tolist()],
            "type": ["A"] * count,
            "answers": texts,
            "first": first,
            "last": first + 1.0,
            "count": pa.array(np.ones(count, dtype=np.int64)),
            "ttl_max": pa.array(np.full(count, 300)),
            "ttl_min": pa.array(np.full(count, 300)),
        }
    )


def waves(names: int, answers: int) -> Iterator[pa.Table]:
    """Yield every name once."""
    for start in range(0, names, PORTION):
        yield portion(np.arange(start, min(start + PORTION, names)), answers)


def resident() -> float:
    """Return the memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def flux(domain: int, turn: int, pool: list[str]) -> pa.Table:
    """Return one answer of a new domain in flux: five bots of the pool, others each time."""
    rng = np.random.default_rng(domain * 1000 + turn)
    shown = rng.choice(pool, 5, replace=False).tolist()
    row = portion(np.array([domain]), 1).to_pylist()[0]
    start = HOUR * 3600.0 + turn * 300.0
    row |= {
        "name": f"flux{domain}.com",
        "answers": ",".join(shown),
        "first": start,
        "last": start,
    }
    return pa.Table.from_pylist([row], schema=portion(np.array([0]), 1).schema)


def latency(watch: Watch, told: dict[str, float], names: int, seconds: int) -> list[float]:
    """Return the seconds from the answer that decided to the finding, under load.

    Half a second of 30,000 known answers a second at a time, and every two seconds a domain that
    shows its four answers at once: the last one decides.
    """
    pool, rng = hosts("access", 400), np.random.default_rng(3)
    given: dict[str, float] = {}
    began = time.monotonic()
    for step in range(2 * seconds):
        rows = [portion(rng.integers(0, names, PORTION), 1)]
        if step % 4 == 0:
            rows += [flux(step, turn, pool) for turn in range(4)]
        time.sleep(max(0.0, began + step / 2 - time.monotonic()))
        if step % 4 == 0:
            given[f"flux{step}.com"] = time.monotonic()
        watch.take(pa.concat_tables(rows))
    watch.settle(30.0)
    return sorted(told.get(name, float("inf")) - at for name, at in given.items())


class Told:
    """When each finding was told first."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def take(self, told: Sequence[Finding], _complete: bool) -> None:
        """Note the time of new findings."""
        for finding in told:
            if finding.finding:
                self.at.setdefault(finding.name, time.monotonic())


def hearing(judge: Judge, portions: Iterable[pa.Table], what: str) -> None:
    """Print what it costs to hear *portions*."""
    spent = []
    for rows in portions:
        began = time.process_time()
        judge.hear(rows)
        spent.append(time.process_time() - began)
    spent.sort()
    print(f"{what}: {statistics.median(spent) * 1e3:.1f} ms CPU for {PORTION:,} rows "
          f"(95th percentile {spent[int(0.95 * len(spent))] * 1e3:.1f})")  # fmt: skip


def looking(judge: Judge, most: int) -> None:
    """Print what looks cost until nothing is due, *most* of them."""
    spent = []
    for step in range(most):
        began = time.process_time()
        if not judge.look(step * 100.0):
            break
        spent.append(time.process_time() - began)
    if spent:
        print(f"looks: {len(spent)}, {statistics.median(spent):.2f} s CPU each (median); "
              f"{judge.waiting:,} domains wait; {resident():.0f} MiB")  # fmt: skip


def recorded(store: Store, portions: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield *portions* after writing them into the store."""
    for rows in portions:
        store.connection.register("rows", rows)
        store.connection.execute("INSERT INTO history SELECT *, 0 FROM rows")
        store.connection.unregister("rows")
        yield rows


def main() -> None:
    """Run and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40, help="portions after all are known")
    parser.add_argument("--store", action="store_true", help="also record the rows, and sweep")
    parser.add_argument("--latency", type=int, default=0, help="seconds under load")
    chosen = parser.parse_args()
    told, rng = Told(), np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as folder:
        path = Path(folder) / "live.db"
        store = Store(path if chosen.store else None, memory_bytes=768 << 20, threads=1)
        watch = Watch(store, tables=open_tables(), on_judged=told.take)
        judge = watch._judge  # noqa: SLF001 - measured without its threads
        print(f"before: {resident():.0f} MiB")
        new = waves(chosen.names, 4)
        hearing(judge, recorded(store, new) if chosen.store else new, "new names")
        measures = watch.measures()
        print(f"{measures.tracked_names:,} names: {resident():.0f} MiB, of it counters "
              f"{measures.tracked_bytes / (1 << 20):.0f} MiB")  # fmt: skip
        asked = (rng.integers(0, chosen.names, PORTION) for _ in range(chosen.rounds))
        some = [portion(names, 4) for names in asked]
        hearing(judge, some, "known names, a thirtieth of them moving")
        hearing(judge, some, "the same again")
        looking(judge, 100)
        if chosen.store:
            began, cpu = time.monotonic(), time.process_time()
            swept = watch._sweep.run()  # noqa: SLF001
            print(f"sweep: {time.monotonic() - began:.1f} s, {time.process_time() - cpu:.1f} s "
                  f"CPU, {swept.entities} entities; {resident():.0f} MiB")  # fmt: skip
        if chosen.latency:
            watch.start()
            began, cpu = time.monotonic(), time.process_time()
            late = latency(watch, told.at, chosen.names, chosen.latency)
            used = (time.process_time() - cpu) / (time.monotonic() - began)
            print(f"from answer to finding: median {statistics.median(late):.2f} s, 95th "
                  f"percentile {late[int(0.95 * len(late))]:.2f} s of {len(late)}; {used:.2f} "
                  f"cores with the making of the load; {watch.measures()}")  # fmt: skip
        watch.stop(drain=False)
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most at any time: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
