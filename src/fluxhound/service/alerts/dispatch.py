"""One thread for each destination, so that one that is dead holds up no other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

import duckdb

from fluxhound.service.alerts.courier import Courier, DestinationHealth

log = logging.getLogger(__name__)

#: How long to wait after the store could not be used, in seconds. Chosen, not measured.
STORE_PAUSE_S = 5.0
#: The longest sleep: the clock may be set meanwhile. Chosen, not measured.
LONGEST_SLEEP_S = 30.0


class Dispatcher:
    """Runs the couriers."""

    def __init__(
        self, couriers: Sequence[Courier], *, clock: Callable[[], float] = time.time
    ) -> None:
        """Take couriers, each with a cursor of its own, and a clock in epoch seconds."""
        self._couriers = tuple(couriers)
        self._clock = clock
        self._stop = threading.Event()
        self._calls = [threading.Event() for _ in self._couriers]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to deliver."""
        self._threads = [
            self._started(courier, call)
            for courier, call in zip(self._couriers, self._calls, strict=True)
        ]

    def wake(self) -> None:
        """Tell that something new is in the outbox; a thread that a defect ended is revived."""
        for place, thread in enumerate(self._threads):
            if not thread.is_alive() and not self._stop.is_set():
                self._threads[place] = self._started(self._couriers[place], self._calls[place])
        for call in self._calls:
            call.set()

    def _started(self, courier: Courier, call: threading.Event) -> threading.Thread:
        thread = threading.Thread(
            target=self._run,
            args=(courier, call),
            name=f"alerts-{courier.health.name}",
            daemon=True,  # a server that never answers must not keep the service from ending
        )
        thread.start()
        return thread

    def stop(self, timeout_s: float = 5.0) -> None:
        """End delivery; what is under way has *timeout_s* to end, and what waits stays stored."""
        self._stop.set()
        self.wake()
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))

    def inherit(self, past: Sequence[DestinationHealth]) -> None:
        """Count on from *past*, destination by destination; before ``start``."""
        before = {each.name: each for each in past}
        for courier in self._couriers:
            courier.health = before.get(courier.health.name, courier.health)

    def health(self) -> tuple[DestinationHealth, ...]:
        """Return how each destination does."""
        return tuple(courier.health for courier in self._couriers)

    def _run(self, courier: Courier, call: threading.Event) -> None:
        try:
            while not self._stop.is_set():
                call.clear()
                pause = self._round(courier)
                if pause > 0:
                    call.wait(min(pause, LONGEST_SLEEP_S))
        except BaseException as error:
            courier.fail(f"a defect of Fluxhound: {error!r}")
            raise
        courier.close()

    def _round(self, courier: Courier) -> float:
        """Return for how long to sleep, in seconds."""
        now = self._clock()
        try:
            return courier.round(now) - now
        except duckdb.Error as error:
            text = str(error).splitlines()[0]
            log.error("alerts wait, the store cannot be used: %s", text)  # noqa: TRY400 - no defect
            return STORE_PAUSE_S
