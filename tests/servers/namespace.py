"""A network of its own, with nothing but the loopback interface, for servers under test.

All of 127.0.0.0/8 and every port is free in it, and nothing can leave it. It lives as long as one
process that sleeps in it, which dies with the tests. Sockets in the file system are seen from
outside; for TCP and UDP, a thread of the tests enters with ``entered``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

CLONE_NEWNET = 0x4000_0000
MISSING = [each for each in ("unshare", "nsenter", "ip", "setpriv") if not shutil.which(each)]


def usable() -> bool:
    """Tell whether tests can make networks here: it needs Linux and the rights of root."""
    if MISSING or not hasattr(os, "geteuid") or os.geteuid():
        return False
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return made.returncode == 0


class Namespace:
    """The network; use it in a ``with`` statement."""

    def __init__(self) -> None:
        self._holder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        script = "ip link set lo up && echo ready && exec sleep infinity"
        self._holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c", script],
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout
        assert self._holder.stdout.readline() == b"ready\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._holder
        self._holder.kill()
        self._holder.communicate()

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs *words* inside; it dies with the tests."""
        assert self._holder
        inside = ["nsenter", "--target", str(self._holder.pid), "--net"]
        return [*inside, "setpriv", "--pdeathsig", "KILL", *words]

    def run(self, *words: str, timeout_s: float = 20) -> str:
        """Run a program inside to its end and return what it printed."""
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=timeout_s, check=False
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Make sockets inside: the calling thread is there, the others stay where they are."""
        assert self._holder
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(Path(f"/proc/{self._holder.pid}/ns/net"), os.O_RDONLY)
        try:
            _enter(there)
            try:
                yield
            finally:
                _enter(here)
        finally:
            os.close(here)
            os.close(there)


def _enter(descriptor: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
