"""What following a log costs beside reading it at once: the same file, read both ways by turns.

python bench/make_logs.py --rows 1000000 --out zeek1m.log
python bench/following.py zeek1m.log
"""

from __future__ import annotations

import argparse
import threading
import time
from pathlib import Path

from fluxhound.sources.follow import FollowedFile
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.live import Portion
from fluxhound.sources.sniff import recognise
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally


class Counter:
    """An outlet that counts rows."""

    pressed = False

    def __init__(self) -> None:
        """Start with none."""
        self.rows = self.records = self.portions = 0

    def put(self, portion: Portion) -> None:
        """Count one portion."""
        self.portions += 1
        self.rows += sum(batch.num_rows for batch in portion.batches)
        self.records += portion.tally.records


def at_once(path: Path) -> tuple[int, int]:
    """Read the log as ``fluxhound analyze`` does; return records and rows."""
    tally = Tally()
    stream = Stream(path.open("rb"), name=path.name, path=path)
    form = recognise(stream.head, path.name)
    rows = sum(batch.num_rows for batch in form.read(stream, tally, ReadOptions()))
    stream.close()
    return tally.records, rows


def followed(path: Path) -> tuple[int, int]:
    """Follow the log to its end; return records and rows."""
    counter = Counter()
    FollowedFile(path, start="beginning", follow=False).run(counter, threading.Event(), None)
    return counter.records, counter.rows


def main() -> None:
    """Print the best of some turns of each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    choices = parser.parse_args()
    best: dict[str, tuple[float, float]] = {}
    for _ in range(choices.turns):
        for way in (at_once, followed):
            wall, cpu = time.perf_counter(), time.process_time()
            records, rows = way(choices.log)
            spent = time.perf_counter() - wall, time.process_time() - cpu
            best[way.__name__] = min(best.get(way.__name__, spent), spent)
            print(f"{way.__name__:9} {records} records, {rows} rows: {spent[0]:.2f} s")
    ratio = best["followed"][0] / best["at_once"][0]
    cpu_ratio = best["followed"][1] / best["at_once"][1]
    print(f"following costs {ratio:.2f} times the time, {cpu_ratio:.2f} times the CPU")


if __name__ == "__main__":
    main()
