"""What all name servers under test have in common: a folder, a log, a start, a check, an end."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.query

from tests.servers.namespace import Namespace

#: Seconds in which a server must answer after its start, and end after it was told to.
READY_S, ENDED_S = 20.0, 10.0
ASK_S = 3.0


class Daemon:
    """One server in the foreground, in a namespace; use it in a ``with`` statement."""

    def __init__(
        self, folder: Path, namespace: Namespace, *, address: str = "127.0.0.1", port: int = 53
    ) -> None:
        self.folder = folder
        self.namespace = namespace
        self.address = address
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Write the configuration and return the command line."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and wait until questions are answered."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = self.namespace.command(*self.command())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + READY_S
        while not self.answers():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop as an operator does, and wait for the end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Let it die at once."""
        self._end(signal.SIGKILL)

    def log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Return the number of the running process."""
        assert self._process
        return self._process.pid

    def answers(self) -> bool:
        """Tell whether questions are answered: any response will do."""
        with contextlib.suppress(OSError, dns.exception.DNSException):
            self.ask("version.bind.", "TXT", klass="CH", timeout_s=0.2)
            return True
        return False

    def ask(
        self, name: str, kind: str = "A", *, klass: str = "IN", timeout_s: float = ASK_S
    ) -> dns.message.Message:
        """Ask one question over UDP."""
        query = dns.message.make_query(name, kind, klass)
        with self.namespace.entered():
            return dns.query.udp(query, self.address, timeout=timeout_s, port=self.port)

    def ask_all(self, names: Sequence[str], kind: str = "A") -> None:
        """Ask many questions, one after the other, and wait for each response."""
        with self.namespace.entered():
            for name in names:
                query = dns.message.make_query(name, kind)
                dns.query.udp(query, self.address, timeout=ASK_S, port=self.port)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(ENDED_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def lines(*each: str) -> str:
    """Return configuration lines as one text."""
    return "\n".join(each) + "\n"


def until(
    condition: Callable[[], bool],
    *,
    timeout_s: float = READY_S,
    tell: Callable[[], object] = lambda: "",
) -> None:
    """Wait until *condition* is true, looking every 20 ms; *tell* what there was if it never is."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"it never came true: {tell()}"
        time.sleep(0.02)
