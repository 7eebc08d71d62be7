"""Read messages from real brokers: how many in a second, from the socket to observations.

    python bench/brokers.py redis --lines 100000
    python bench/brokers.py nats --lines 100000
    python bench/brokers.py kafka --lines 12000

The stream is filled before the clock starts, once with a line a message and once with a hundred;
it stops with the last observation. The time of processors tells more than the clock where the
machine does other things too. Redis and NATS are real servers on this machine, Kafka is the client
library's mock broker, which keeps about 5 MiB of a partition: take few lines.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, bench is no package

from fluxhound.sources.brokerinput import broker_input
from fluxhound.sources.live import Portion
from tests.servers.nats import NatsServer
from tests.servers.redis import RedisServer

LINES_OF_A_LARGE_MESSAGE = 100
PATIENCE = 60.0


def ours(number: int) -> bytes:
    """Return a record in our own schema, of about 150 octets."""
    return orjson.dumps(
        {
            "time": 1_700_000_000 + number,
            "name": f"n{number % 20_000}.example.test",
            "type": "A",
            "answers": [f"192.0.2.{number % 250}", "198.51.100.7"],
            "ttl": 300,
            "client": f"10.0.0.{number % 200}",
            "sensor": "resolver-1",
        }
    )


def zeek(number: int) -> bytes:
    """Return a record as Zeek writes it, of about 300 octets."""
    return orjson.dumps(
        {
            "ts": 1_700_000_000.5 + number,
            "uid": "CHhAvVGS1DHFjwGM9",
            "id.orig_h": f"10.0.0.{number % 200}",
            "id.orig_p": 51234,
            "id.resp_h": "10.0.0.254",
            "id.resp_p": 53,
            "proto": "udp",
            "query": f"n{number % 20_000}.example.test",
            "qtype": 1,
            "qtype_name": "A",
            "rcode_name": "NOERROR",
            "AA": False,
            "RA": True,
            "answers": [f"192.0.2.{number % 250}"],
            "TTLs": [300.0],
        }
    )


class Counter:
    """Counts observations, and tells when the last came."""

    pressed = False

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen = wanted, 0
        self.reached = threading.Event()

    def put(self, portion: Portion) -> None:
        """Count."""
        self.seen += portion.tally.observations
        if self.seen >= self.wanted:
            self.reached.set()


def measured(url: str, lines: int) -> tuple[float, float]:
    """Return the seconds, and those of processors, to read *url* from its beginning."""
    source = broker_input(url, name="bench", start="beginning")
    counter, stop = Counter(lines), threading.Event()
    thread = threading.Thread(target=source.run, args=(counter, stop, None))
    started, busy = time.perf_counter(), time.process_time()
    thread.start()
    whole = counter.reached.wait(PATIENCE)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    stop.set()
    thread.join()
    if not whole:
        raise SystemExit(f"only {counter.seen} of {lines} came; {source.health}")
    return seconds, busy


def redis_filled(server: RedisServer, streams: dict[str, Sequence[bytes]]) -> None:
    """Fill the streams of a Redis server."""
    import redis  # noqa: PLC0415 - optional

    with redis.Redis(port=server.port) as client:
        for stream, payloads in streams.items():
            for at in range(0, len(payloads), 1000):
                pipe = client.pipeline(transaction=False)
                for payload in payloads[at : at + 1000]:
                    pipe.xadd(stream, {"line": payload})
                pipe.execute()


async def nats_filled(server: NatsServer, streams: dict[str, Sequence[bytes]]) -> None:
    """Fill the streams of a NATS server."""
    import nats  # noqa: PLC0415 - optional

    connection = await nats.connect(server.url)
    context = connection.jetstream()
    for stream, payloads in streams.items():
        await context.add_stream(name=stream, subjects=[stream])
        for number, payload in enumerate(payloads):
            await connection.publish(stream, payload)
            if number % 500 == 0:
                await connection.flush()
        await connection.flush()
        await context.stream_info(stream)  # answered after what was published before
    await connection.close()


def on_redis(folder: Path, streams: dict[str, Sequence[bytes]], run: Callable[[str], Any]) -> None:
    """Run with a Redis server."""
    server = RedisServer(folder / "redis").start()
    try:
        redis_filled(server, streams)
        run(f"{server.url}?stream=")
    finally:
        server.stop()


def on_nats(folder: Path, streams: dict[str, Sequence[bytes]], run: Callable[[str], Any]) -> None:
    """Run with a NATS server."""
    server = NatsServer(folder / "nats").start()
    try:
        asyncio.run(nats_filled(server, streams))
        run(f"{server.url}?stream=")
    finally:
        server.stop()


def on_kafka(_: Path, streams: dict[str, Sequence[bytes]], run: Callable[[str], Any]) -> None:
    """Run with the mock broker."""
    from tests.servers.kafka import MockKafka  # noqa: PLC0415 - asks for the library

    server = MockKafka()
    for stream, payloads in streams.items():
        server.produce(stream, payloads)
    run(f"{server.url}?topic=")


BROKERS = {"redis": on_redis, "nats": on_nats, "kafka": on_kafka}


def main() -> None:
    """Measure one broker."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("broker", choices=BROKERS)
    parser.add_argument("--lines", type=int, default=60_000)
    options = parser.parse_args()
    streams: dict[str, Sequence[bytes]] = {}
    for name, record in (("table", ours), ("zeek", zeek)):
        lines = [record(number) for number in range(options.lines)]
        streams[f"{name}1"] = lines
        streams[f"{name}100"] = [
            b"\n".join(lines[at : at + LINES_OF_A_LARGE_MESSAGE])
            for at in range(0, len(lines), LINES_OF_A_LARGE_MESSAGE)
        ]

    def run(url: str) -> None:
        for stream in streams:
            seconds, busy = measured(url + stream, options.lines)
            told = f"{options.lines / seconds:9,.0f} /s {busy / options.lines * 1e6:7.1f} us of CPU"
            print(f"{options.broker} {stream:9} {told} a line")

    with tempfile.TemporaryDirectory() as folder:
        BROKERS[options.broker](Path(folder), streams, run)


if __name__ == "__main__":
    main()
