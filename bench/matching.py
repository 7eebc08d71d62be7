"""How fast a million indicators are read and indexed, and names and addresses looked up.

    python bench/matching.py --indicators 1000000 --names 2000000
    python bench/matching.py --serve dns.log

Every figure is of one process; times of lookups are medians of the rounds, each with other names.
With --serve, `fluxhound serve --once` reads the log twice: with an empty shelf, and with one that
holds the indicators.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import pyarrow as pa

from fluxhound.config import load
from fluxhound.history.store import Store
from fluxhound.intel.deciding import Decider
from fluxhound.intel.declared import agree, sources_of
from fluxhound.intel.fetching import refresh
from fluxhound.intel.matching import Matcher, Matches
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.reading.recognition import read_feed
from fluxhound.intel.shelf import Shelf

#: One indicator in ten is an address, one name in a hundred is one of the listed.
ADDRESS_SHARE, HIT_SHARE = 10, 100
WORDS = ("cdn", "mail", "login", "api", "static", "update", "news", "shop", "img", "video")


def listed(number: int) -> str:
    """Return an indicator: a name that looks generated, or an address."""
    if number % ADDRESS_SHARE == 0:
        place = number * 2654435761 % (1 << 24)
        return f"{23 + number % 60}.{place >> 16}.{place >> 8 & 255}.{place & 255}"
    return f"{number * 2654435761 % (1 << 32):x}.{WORDS[number % 10]}{number % 5000}.com"


def asked(number: int, indicators: int) -> str:
    """Return a name that is asked for; one in a hundred lies below an indicator."""
    if number % HIT_SHARE == 0:
        chosen = number * 7919 % indicators
        return f"www.{listed(chosen if chosen % ADDRESS_SHARE else chosen + 1)}"
    return f"{WORDS[number % 7]}{number % 9}.{WORDS[number % 10]}-{number}.example.net"


def peak() -> float:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(look_up: Callable[[pa.Array], Matches], rounds: list[pa.Array]) -> tuple[float, int]:
    """Return the median time of one lookup in microseconds, and the matches of the last round."""
    times, found = [], 0
    for column in rounds:
        start = time.perf_counter()
        found = len(look_up(column))
        times.append((time.perf_counter() - start) / len(column) * 1e6)
    return statistics.median(times), found


def serve(log: Path, folder: Path, feed: bytes) -> float:
    """Return the processor time of the service that reads *log* to its end, with *feed* or none."""
    folder.mkdir()
    store, settings = folder / "flux.duckdb", folder / "fluxhound.toml"
    text = '[service]\nlisten = "none"\n[[sensor]]\nname = "a"\nstart = "beginning"\n'
    text += f'input = "{log}"\n'
    if feed:
        (folder / "feed.txt").write_bytes(feed)
        text += f'[[intel]]\nname = "feed"\nlocation = "{folder / "feed.txt"}"\n'
        with Store(store) as opened:
            shelf = Shelf(opened)
            agree(shelf, sources_of(load(_written(settings, text)).intel))
            refresh(shelf, "feed", now=time.time())
            start = time.process_time()
            Decider(shelf, now=time.time())
            print(f"opinions made, once an hour: {time.process_time() - start:.1f} s CPU")
    command = [str(Path(sys.executable).with_name("fluxhound")), "serve", "--once", "-q"]
    command += ["--config", str(_written(settings, text)), "--store", str(store)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*command, "--config", str(_written(settings, text)), "--store", str(store)], check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def compare(log: Path, feed: bytes) -> None:
    """Print what the indicators cost a service that reads *log*."""
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as folder:
        without = serve(log.absolute(), Path(folder, "without"), b"")
        with_them = serve(log.absolute(), Path(folder, "with"), feed)
    share = 100 * (with_them - without) / without
    print(f"serve: {without:.1f} s CPU, with the indicators {with_them:.1f} s: {share:+.1f} %")


def main() -> None:
    """Measure, and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indicators", type=int, default=1_000_000)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=Path, metavar="LOG", help="a log to serve, instead")
    given = parser.parse_args()
    feed = "\n".join(map(listed, range(given.indicators))).encode()
    if given.serve:
        compare(given.serve, feed)
        return
    before, start, cpu = peak(), time.perf_counter(), time.process_time()
    table = read_feed(io.BytesIO(feed), "bench", FeedOptions()).table
    read = time.perf_counter() - start
    matcher = Matcher(table)
    both = time.perf_counter() - start
    print(
        f"{table.num_rows:,} of {given.indicators:,} indicators, {len(feed) / 1e6:.0f} MB of text"
    )
    print(f"read {read:.1f} s, indexed {both - read:.1f} s, CPU {time.process_time() - cpu:.1f} s")
    print(f"peak memory {peak():.0f} MiB, of which {before:.0f} before the feed was read")
    names = [
        pa.array([asked(at + i, given.indicators) for i in range(given.names)])
        for at in range(0, given.rounds * given.names, given.names)
    ]
    addresses = [
        pa.array(
            [
                f"{random.randrange(20, 90)}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"  # noqa: S311 - a load, no secret
                for i in range(given.names)
            ]
        )
        for _ in range(given.rounds)
    ]
    took, found = timed(matcher.names, names)
    print(f"names: {took:.2f} us each, {found:,} matches in {given.names:,}")
    took, found = timed(matcher.addresses, addresses)
    print(f"addresses: {took:.2f} us each, {found:,} matches in {given.names:,}")
    print(f"peak memory in the end {peak():.0f} MiB, columns of the lookups included")


if __name__ == "__main__":
    main()
