"""How soon ``fluxhound serve`` serves again with a store of 30 days.

    python bench/live_restart.py --rows 20000000

Makes the store as ``bench/upkeep.py restart`` does, starts the service twice (the first start also
has a token to make), and shows the seconds from the start of the process until the dnstap socket
takes a connection and until ``/readyz`` answers 200.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from bench.alert_latency import free_port
from bench.service import Service, resident
from bench.upkeep import month

CONFIGURATION = """
[engine]
store = "{folder}/flux.duckdb"
memory = "1GiB"
[service]
listen = "127.0.0.1:{web}"
[retention]
hourly = "40d"
[[sensor]]
name = "resolver"
input = "dnstap+unix:{folder}/dnstap.sock"
"""


class Caller:
    """Tries to connect until it can, and notes when that was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.at = 0.0
        self._thread = threading.Thread(target=self._try, daemon=True)
        self._thread.start()

    def _try(self) -> None:
        while not self.at:
            with socket.socket(socket.AF_UNIX) as one:
                try:
                    one.connect(str(self._path))
                    self.at = time.monotonic()
                except OSError:
                    time.sleep(0.01)

    def wait(self, seconds: float) -> None:
        """Wait until it could connect."""
        self._thread.join(seconds)


def start(folder: Path, watched: float) -> tuple[float, float, int]:
    """Start once; return the seconds to the socket and to readiness, and the most memory."""
    web = free_port()
    configuration = CONFIGURATION.format(folder=folder, web=web)
    one = Service(folder, configuration, listen=f"127.0.0.1:{web}")
    caller = Caller(folder / "dnstap.sock")
    with one:
        ready = time.monotonic() - one.started_at
        caller.wait(120)
        end, most = time.monotonic() + watched, 0
        while time.monotonic() < end:  # what the store holds is read in the background
            most = max(most, resident(one.pid))
            time.sleep(0.2)
        print(one.log())
    return caller.at - one.started_at, ready, most


def run(*, rows: int, watched: float) -> list[tuple[float, float, int]]:
    """Measure and print a row for each start."""
    measured = []
    with tempfile.TemporaryDirectory(prefix="fluxhound-bench-") as text:
        folder = Path(text)
        began = time.monotonic()
        month(folder / "flux.duckdb", rows=rows)
        size = (folder / "flux.duckdb").stat().st_size >> 20
        print(f"{rows:,} rows, {size:,} MiB, made in {time.monotonic() - began:.0f} s", flush=True)
        print("| start | dnstap socket, s | ready, s | most memory, MiB |\n|---|---:|---:|---:|")
        for what in ("first", "again"):
            measured.append(start(folder, watched))
            connected, ready, most = measured[-1]
            print(f"| {what} | {connected:.2f} | {ready:.2f} | {most >> 20:,} |", flush=True)
    return measured


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--watched", type=float, default=30.0, help="seconds to watch memory for")
    given = parser.parse_args()
    run(rows=given.rows, watched=given.watched)


if __name__ == "__main__":
    main()
