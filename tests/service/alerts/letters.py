"""What the tests of alerts share: letters, a destination that can be told what to do, a clock."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fluxhound.records import SEVERITIES, Alert, AlertKind, Severity
from fluxhound.service.alerts.delivery import DeliveryError, Letter
from fluxhound.service.alerts.outbox import Posting
from fluxhound.service.alerts.policy import rank, urgent
from tests.sharing import alerting, builders

NOW = builders.NOW.timestamp()


def alert(number: int = 0, severity: Severity = Severity.HIGH, **given: Any) -> Alert:
    name = f"d{number}.example"
    usual: dict[str, Any] = {
        "id": f"00000000-0000-5000-8000-{number:04d}{SEVERITIES.index(severity):08d}",
        "time": builders.NOW + timedelta(seconds=number),
        "link": "",
    }
    return alerting.alert(builders.finding(name, severity=severity), **{**usual, **given})


def letter(number: int = 0, severity: Severity = Severity.HIGH, **given: Any) -> Letter:
    return Letter(told=alert(number, severity, **given), addresses=("192.0.2.1",))


def posting(number: int = 0, severity: Severity = Severity.HIGH, **given: Any) -> Posting:
    told = alert(number, severity, **given)
    return Posting(
        destination="soc",
        thing=told.finding.registered_domain,
        urgent=urgent(told),
        rank=rank(told),
        letter=Letter(told=told),
    )


def ended(number: int = 0, previous: Severity = Severity.CRITICAL) -> Posting:
    return posting(
        number, Severity.INFO, kind=AlertKind.ENDED, previous_severity=previous, id=f"e{number}"
    )


@dataclass
class Ear:
    """A destination that notes what it gets, or fails as it is told to."""

    batch: int = 100
    fault: DeliveryError | None = None
    heard: list[str] = field(default_factory=list)
    tries: int = 0
    closed: bool = False

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        self.tries += 1
        if self.fault is not None:
            raise self.fault
        self.heard += [each.told.id for each in letters]

    def close(self) -> None:
        self.closed = True


def dice() -> random.Random:
    return random.Random(4)  # noqa: S311 - the same throws in each test


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for what other threads do, at the most *seconds*."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@contextmanager
def listening(
    talk: Callable[[socket.socket], object], *, talks: int = 50, host: str = "127.0.0.1"
) -> Iterator[int]:
    """Run *talk* with each connection to a port of this machine, and return the port."""
    server = socket.create_server((host, 0))
    server.settimeout(20)
    threads: list[threading.Thread] = []

    def converse(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            try:
                talk(connection)
            except OSError:
                return

    def serve() -> None:
        for _ in range(talks):
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=converse, args=(connection,), daemon=True))
            threads[-1].start()

    main = threading.Thread(target=serve, daemon=True)
    main.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        main.join(10)
        server.close()
        for thread in threads:
            thread.join(10)


def closed_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
