"""A sinkhole that runs: in a thread of the tests, or as the program in a process of its own."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from fluxhound.response.sinkhole.limits import Limits, Setup, parse_place
from fluxhound.response.sinkhole.sinkhole import Sinkhole

PROGRAM = [sys.executable, "-c", "from fluxhound.cli.sinkhole import command; command()"]
#: Quick enough for tests.
QUICK = Limits(first_s=0.6, head_s=0.6, handshake_s=0.6, idle_s=0.2, linger_s=0.3, total_s=3.0)


class Running:
    """A sinkhole in a thread, at free ports of loopback addresses."""

    def __init__(
        self,
        folder: Path,
        *places: str,
        limits: Limits = QUICK,
        contact: str = "",
        log: bool = True,
    ) -> None:
        where = tuple(parse_place(each) for each in places or ("127.0.0.1:0",))
        self.setup = Setup(places=where, folder=folder, limits=limits, contact=contact, log=log)
        self.sinkhole = Sinkhole(self.setup)
        self._thread = threading.Thread(target=self.sinkhole.run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self.sinkhole.ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.sinkhole.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()

    @property
    def port(self) -> int:
        return self.sinkhole.places[0].port

    def connect(self, source: str | None = None) -> socket.socket:
        """Connect to the first place."""
        place = self.sinkhole.places[0]
        where = (source, 0) if source else None
        return socket.create_connection((place.address, place.port), 10, source_address=where)

    def ask(self, octets: bytes) -> bytes:
        """Send *octets* and return all that comes back."""
        with self.connect() as connection:
            connection.sendall(octets)
            return everything(connection)

    def visits(self) -> list[dict[str, Any]]:
        """End the sinkhole, and return the lines of its log."""
        self.stop()
        return [json.loads(line) for line in self.setup.log_path.read_text("ascii").splitlines()]


class Served:
    """``fluxhound sinkhole serve`` in a process of its own."""

    def __init__(
        self,
        folder: Path,
        *given: str,
        place: str = "127.0.0.1:0",
        before: tuple[str, ...] = (),
    ) -> None:
        """Run it; *before* stands before the program in the command line."""
        words = [*before, *PROGRAM, "serve", "--listen", place, "--folder", str(folder), *given]
        self.folder = folder
        self.running = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        self.messages = ""
        assert self.running.stderr
        for line in self.running.stderr:
            self.messages += line
            if found := re.search(r"listening at ([0-9a-f.:]+) port (\d+)", line):
                self.place = (found[1], int(found[2]))
                return
        raise AssertionError(self.messages)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.running.poll() is None:
            self.running.kill()
        self.running.communicate()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal, and return the exit status and what was said on standard error."""
        self.running.send_signal(number)
        _, messages = self.running.communicate(timeout=20)
        return self.running.returncode, self.messages + messages


def everything(connection: socket.socket | ssl.SSLSocket) -> bytes:
    """Return all octets until the other side ends."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@contextlib.contextmanager
def sealed(connection: socket.socket, name: str | None, **more: Any) -> Iterator[ssl.SSLSocket]:
    """Speak TLS on *connection* and trust anybody."""
    context = more.get("context") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(connection, server_hostname=name) as talk:
        yield talk
