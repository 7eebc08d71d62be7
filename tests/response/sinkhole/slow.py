"""Many clients that never finish: each holds a connection and sends an octet now and then."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
import time
from collections.abc import Callable
from typing import Self

#: What they drip, again and again: a head that never ends.
DRIP = b"GET / HTTP/1.1\r\nX: " + b"a" * 4_000


class SlowClients:
    """*number* connections from *networks* client networks; whoever is thrown out comes again."""

    def __init__(self, place: tuple[str, int], *, number: int, networks: int) -> None:
        raise_files(number + 512)
        self._place = place
        self._sources = [
            f"127.9.{at % networks}.{1 + at // networks % 250}" for at in range(number)
        ]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._full = threading.Event()
        self.connected = 0  # connections made, those that came again included

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._full.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        held: dict[int, tuple[socket.socket, int]] = {}
        for at in range(len(self._sources)):
            if self._stop.is_set():
                break
            with contextlib.suppress(OSError):
                held[at] = self._connect(at)
        self._full.set()
        while not self._stop.wait(0.2):
            for at in list(held):
                connection, sent = held[at]
                try:
                    connection.send(DRIP[sent : sent + 1])
                    held[at] = connection, sent + 1
                except OSError:
                    connection.close()
                    with contextlib.suppress(OSError):
                        held[at] = self._connect(at)
        for connection, _ in held.values():
            connection.close()

    def _connect(self, at: int) -> tuple[socket.socket, int]:
        made = socket.create_connection(self._place, 5, source_address=(self._sources[at], 0))
        made.setblocking(False)
        made.send(DRIP[:1])
        self.connected += 1
        return made, 1


def raise_files(wanted: int) -> None:
    """Let this process have *wanted* files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def timed(work: Callable[[tuple[str, int]], None], place: tuple[str, int]) -> float:
    """Return how long *work* took, in seconds."""
    begun = time.perf_counter()
    work(place)
    return time.perf_counter() - begun
