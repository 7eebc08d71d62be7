"""How much memory ``fluxhound serve`` takes with a million active names.

    python bench/live_memory.py --names 1000000 --repeats 1000000

The service runs as a process with ``memory = "1GiB"`` in ``[engine]`` and follows a file. First
every name is written once, three names to a domain, one to three addresses each; then names are
written again as they come, so that all stay active. Resident memory is printed as it goes; rows
are written as fast as the service takes them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from bench.alert_latency import free_port
from bench.live_judging import hosts
from bench.service import Sample, Service, processor_s, resident

#: Lines that are written at once, and lines that may wait to be taken.
PORTION, AHEAD = 20_000, 200_000
#: Seconds between two rows of the table.
SHOWN_S = 5.0
#: Seconds after the last line that memory is still watched: a sweep and the upkeep come late.
AFTER_S = 20.0
CONFIGURATION = """
[engine]
store = "{folder}/flux.duckdb"
memory = "{memory}"
[service]
listen = "127.0.0.1:{web}"
sweep_every = "{sweep}"
[[sensor]]
name = "log"
input = "{folder}/log.ndjson"
start = "beginning"
"""


def line(at: int, now: float, networks: list[str]) -> str:
    """Return what was answered for the name with this number; two of three have one address."""
    near = networks[at // 3 % len(networks)]
    count = 1 if at % 3 else 1 + at // 3 % 3
    chain = [f"e{at}.service{at % 2000}.net"] if at % 10 == 0 else []
    shown = [f"{near}.{1 + (at + k) % 250}" for k in range(count)]
    row = {
        "time": now,
        "name": f"host{at}.domain{at // 3}.com",
        "type": "A",
        "answers": [*chain, *shown],
        "ttl": 300,
        "client": f"10.0.{at // 250 % 20}.{at % 250}",
        "sensor": "resolver-1",
    }
    return json.dumps(row, separators=(",", ":"))


def numbers(names: int, repeats: int) -> Iterator[list[int]]:
    """Yield every name once, then names at random, in portions."""
    for start in range(0, names, PORTION):
        yield list(range(start, min(start + PORTION, names)))
    chance = random.Random(1)  # noqa: S311 - seeded on purpose
    for start in range(0, repeats, PORTION):
        yield [chance.randrange(names) for _ in range(min(PORTION, repeats - start))]


def show(service: Service, began: float, written: int) -> Sample:
    """Print a row and return what the service said."""
    now = service.sample()
    print(
        f"| {now.at - began:.0f} | {written:,} | {now.records:,} | {resident(service.pid) >> 20:,} "
        f"| {processor_s(service.pid):.0f} |",
        flush=True,
    )
    return now


def feed(service: Service, file: IO[str], *, names: int, repeats: int) -> int:
    """Write all lines, never far ahead of the service, and return the most memory it took."""
    networks = [text.rpartition(".")[0] for text in hosts("hosting", 2000)]
    began, most, written, shown = time.monotonic(), 0, 0, 0.0
    print("| second | rows written | taken | memory, MiB | CPU s |\n|---:|---:|---:|---:|---:|")
    for portion in numbers(names, repeats):
        now = time.time()
        file.writelines(line(at, now, networks) + "\n" for at in portion)
        file.flush()
        written += len(portion)
        while written - service.sample().records > AHEAD:
            time.sleep(0.2)
        most = max(most, resident(service.pid))
        if time.monotonic() - shown > SHOWN_S:
            shown = time.monotonic()
            show(service, began, written)
    end = time.monotonic() + AFTER_S
    while time.monotonic() < end or service.sample().records < written:
        time.sleep(1.0)
        most = max(most, resident(service.pid))
        if time.monotonic() > end + 300:
            break
    last = show(service, began, written)
    print(f"{last.records:,} of {written:,} rows taken")
    return most


def run(*, names: int, repeats: int, memory: str, sweep: str) -> int:
    """Measure; print the table, and return the most octets of memory."""
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as text:
        folder, web = Path(text), free_port()
        configuration = CONFIGURATION.format(folder=folder, web=web, memory=memory, sweep=sweep)
        with (
            (folder / "log.ndjson").open("w") as file,
            Service(folder, configuration, listen=f"127.0.0.1:{web}") as service,
        ):
            most = feed(service, file, names=names, repeats=repeats)
            peak = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
            most = max(most, int(peak.split("VmHWM:")[1].split()[0]) << 10)
            print(f"most at any time: {most >> 20:,} MiB")
            print(service.log())
    return most


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=1_000_000)
    parser.add_argument("--memory", default="1GiB", help="what [engine] memory says")
    parser.add_argument("--sweep-every", default="1m")
    given = parser.parse_args()
    run(names=given.names, repeats=given.repeats, memory=given.memory, sweep=given.sweep_every)


if __name__ == "__main__":
    main()
