"""A ``fluxhound serve`` of its own for the benchmarks: started, asked what it costs, ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

#: Seconds in which it must be ready, and in which it must end.
READY_S, END_S = 120.0, 90.0

#: Enters the network of the service, where that is another one.
Enter = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the service says of itself, and what the kernel says of it."""

    at: float
    records: int
    rejected: int
    shed: int
    lag_s: float
    memory: int  # octets of resident memory, receivers included
    cpu_s: float
    receivers_s: float  # of these seconds, what receivers took
    reasons: dict[str, int]  # why records were passed over or rejected


def total(text: str, name: str) -> float:
    """Return the sum of one metric over its labels."""
    found = re.findall(rf"^fluxhound_{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.MULTILINE)
    return sum(map(float, found))


def by_reason(text: str, name: str) -> dict[str, int]:
    """Return one metric by its label ``reason``."""
    found = re.findall(
        rf'^fluxhound_{name}{{[^}}]*reason="([^"]*)"[^}}]*}} ([0-9.e+]+)$', text, re.MULTILINE
    )
    return {reason: int(float(count)) for reason, count in found if float(count)}


def resident(pid: int) -> int:
    """Return the octets of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_s(pid: int) -> float:
    """Return the seconds of processor time that a process took."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it ended meanwhile
            found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found


class Service:
    """One running service; use it in a ``with`` statement."""

    def __init__(
        self,
        folder: Path,
        configuration: str,
        *,
        listen: str = "127.0.0.1:8053",
        command: Callable[..., Sequence[str]] = lambda *words: words,
        enter: Enter = nullcontext,
    ) -> None:
        """Keep everything in *folder*; the *configuration* must have the store ``flux.duckdb``."""
        self._folder = folder
        self._listen = listen
        self._command = command
        self._enter = enter
        self._configuration = configuration
        self.started_at = 0.0
        self._token = ""

    def __enter__(self) -> Self:
        """Start, and wait until it is ready."""
        path = self._folder / "fluxhound.toml"
        path.write_text(self._configuration)
        program = str(Path(sys.executable).with_name("fluxhound"))
        words = self._command(program, "serve", "--config", str(path))
        self.started_at = time.monotonic()
        with (self._folder / "service.log").open("wb") as log:
            self._process = subprocess.Popen(words, stderr=log)
        until(self.ready, READY_S, self.log)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it as an operator does."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        return self._process.pid

    @property
    def token(self) -> str:
        """Return the token that the first start made."""
        if not self._token:
            text = (self._folder / "flux.duckdb.tokens").read_text()
            self._token = re.findall(r'"(fh_[^"]+)"', text)[0]
        return self._token

    def ready(self) -> bool:
        """Tell whether ``/readyz`` says so."""
        if self._process.poll() is not None:
            raise RuntimeError(f"the service ended: {self.log()}")
        try:
            self.get("/readyz", token=False)
        except OSError:  # nobody listens yet, or 503
            return False
        return True

    def get(self, path: str, *, token: bool = True, content: bytes | None = None) -> str:
        """Return the answer to a GET, or to a POST with *content*."""
        request = urllib.request.Request(f"http://{self._listen}{path}", data=content)
        if token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if content is not None:
            request.add_header("Content-Type", "application/x-ndjson")
        with self._enter(), urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - ours
            said: bytes = answer.read()
        return said.decode()

    def sample(self) -> Sample:
        """Return how it is now."""
        text = self.get("/metrics")
        reasons = by_reason(text, "passed_over_total")
        reasons |= by_reason(text, "observations_rejected_total")
        receivers = children(self.pid)
        receivers_s = sum(map(processor_s, receivers))
        return Sample(
            at=time.monotonic(),
            records=int(total(text, "records_total")),
            rejected=int(total(text, "observations_rejected_total")),
            shed=int(total(text, "shed_total")),
            lag_s=total(text, "pipeline_lag_seconds"),
            memory=resident(self.pid) + sum(map(resident, receivers)),
            cpu_s=processor_s(self.pid) + receivers_s,
            receivers_s=receivers_s,
            reasons=reasons,
        )

    def log(self) -> str:
        """Return its warnings and errors."""
        found = []
        for line in (self._folder / "service.log").read_text().splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                found.append(line)
            else:
                if said.get("level") not in ("info", "debug"):
                    found.append(line)
        return "\n".join(found[-20:])


def until(condition: Callable[[], bool], timeout_s: float, tell: Callable[[], object]) -> None:
    """Wait until *condition* is true, looking every 20 ms.

    Raises:
        RuntimeError: it never came true; the text is what *tell* tells.
    """
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not in {timeout_s:.0f} s: {tell()}")
        time.sleep(0.02)
