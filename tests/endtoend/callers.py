"""Clients of the organisation: those that something keeps asking and calling from."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.query

from tests.endtoend.chain import addresses_in
from tests.servers.namespace import Namespace

INFECTED, HEALTHY = "10.0.7.66", "10.0.7.10"
RESOLVER = "127.0.0.1"
PAUSE_S = 0.25


@dataclass(frozen=True, slots=True)
class Told:
    """One answer that a client got, and when (monotonic)."""

    at: float
    name: str
    addresses: tuple[str, ...]


class Caller:
    """Asks for *names* again and again; *calls* whom it is led to. Use it in a ``with``."""

    def __init__(
        self, namespace: Namespace, address: str, names: Sequence[str], *, calls: bool = False
    ) -> None:
        self.names = list(names)
        self.told: list[Told] = []
        self._namespace = namespace
        self._address = address
        self._calls = calls
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(20)

    def answers(self, name: str, since: float = 0.0) -> set[tuple[str, ...]]:
        """Return the different answers for a name from a time on."""
        return {each.addresses for each in self.told if each.name == name and each.at >= since}

    def _run(self) -> None:
        with self._namespace.entered():
            while not self._stop.wait(PAUSE_S):
                for name in tuple(self.names):
                    self._ask(name)

    def _ask(self, name: str) -> None:
        query = dns.message.make_query(name, "A")
        try:
            response = dns.query.udp(query, RESOLVER, source=self._address, timeout=2)
        except (OSError, dns.exception.DNSException):
            return
        found = addresses_in(response)
        self.told.append(Told(time.monotonic(), name, found))
        if self._calls and "." in found[0]:
            self._call(name, found[len(self.told) % len(found)])

    def _call(self, name: str, address: str) -> None:
        """Call as malicious software does: an address from the answer, with the name as host."""
        try:
            with socket.create_connection((address, 80), 1, (self._address, 0)) as connection:
                connection.sendall(f"GET /gate HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
                connection.recv(1024)
        except OSError:
            return
