"""Work that must not hold up a thread: one piece at a time, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import duckdb
import pyarrow as pa

from fluxhound.errors import FluxhoundError
from fluxhound.service.sweep import step_back

log = logging.getLogger(__name__)

#: What a piece of work may come to without ending the thread that does it: it is logged with its
#: trace and counted, and the next piece is done. Faults of this program are among them; a service
#: that stopped judging without a word would be worse than one that says so again and again.
MISHAPS = (
    duckdb.Error,
    pa.ArrowException,
    FluxhoundError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class Errand:
    """A thread of low priority that does what it is sent for, when it is not busy."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Make a thread with this *name*; it ends with the process at the latest."""
        self._clock = clock
        self._job: Callable[[], None] | None = None
        self._wake = threading.Condition()
        self._ended = False
        self.seconds = 0.0  # of the last piece of work
        self.free_at = float("-inf")  # when it ended
        self.failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Tell whether there is work under way."""
        return self._job is not None

    def send(self, job: Callable[[], None]) -> bool:
        """Do *job* on the thread, and tell whether that is possible now."""
        with self._wake:
            if self._job is not None or self._ended:
                return False
            self._job = job
            self._wake.notify()
            return True

    def end(self, timeout_s: float | None = None) -> None:
        """Do nothing more after what is under way, and wait for that."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        step_back()
        while True:
            with self._wake:
                while self._job is None:
                    if self._ended:
                        return
                    self._wake.wait()
                job = self._job
            started = self._clock()
            try:
                job()
            except MISHAPS:
                if not self._ended:
                    self.failures += 1
                    log.exception("%s: not done", self._thread.name)
            finally:
                self.free_at = self._clock()
                self.seconds = self.free_at - started
                self._job = None
