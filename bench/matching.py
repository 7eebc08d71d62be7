"""How fast a million indicators are read and indexed, and names and addresses looked up.

    python bench/matching.py --indicators 1000000 --names 2000000

Every figure is of one process; times of lookups are medians of the rounds, each with other names.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import pyarrow as pa

from fluxhound.intel.matching import Matcher, Matches
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.reading.recognition import read_feed

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


def main() -> None:
    """Measure, and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indicators", type=int, default=1_000_000)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    feed = "\n".join(map(listed, range(given.indicators))).encode()
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
