"""A live input that reads the messages of a broker: gathers, reads, hands over, opens again."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from fluxhound.sources.feed import (
    PORTION_BYTES,
    PORTION_MESSAGES,
    PORTION_SECONDS,
    Delivery,
    Feed,
    Interruption,
)
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.healthwatch import HealthWatch
from fluxhound.sources.live import ENDED, Health, Outlet, Portion
from fluxhound.sources.messages import LOST, Messages

#: Seconds before a feed is opened again; doubled from the first to the longest. Chosen.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0

LOG = logging.getLogger(__name__)


class Subscription:
    """Reads one feed as a ``LiveInput``."""

    def __init__(
        self,
        feed: Feed,
        *,
        name: str,
        sensor: str | None = None,
        format: Format | None = None,  # noqa: A002 - the word of the interface
        options: ReadOptions | None = None,
        silent_after: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        given = options or ReadOptions()
        self.name = name
        self.sensor = sensor
        self.format = format.name if format else ""
        self.not_observable = format.not_observable if format else ()
        self.health = Health()
        self._feed = feed
        self._clock = clock
        self._messages = Messages(
            name=name,
            format=format,
            options=ReadOptions(
                sensor=sensor or given.sensor, columns=given.columns, time_unit=given.time_unit
            ),
        )
        self._watch = HealthWatch(self.health, name=name, silent_after=silent_after, clock=clock)
        self._gathered = _Gathered()

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        """Read from *position* on until *stop* is set.

        Raises:
            FluxhoundError: the position is none of this input, or an optional part is missing.
        """
        self._gathered = _Gathered(position=position)
        pause = FIRST_PAUSE
        while not stop.is_set():
            try:
                with contextlib.closing(
                    self._feed.deliveries(self._gathered.position, stop)
                ) as deliveries:
                    for delivery in deliveries:
                        if delivery.payloads:
                            pause = FIRST_PAUSE
                        self._take(delivery, outlet)
                self._hand_over(outlet)
            except Interruption as interruption:
                self._hand_over(outlet)  # what came before it counts
                if stop.is_set():
                    break
                self._watch.interrupted(str(interruption))
                stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        self.health.state, self.health.connections = ENDED, 0

    def _take(self, delivery: Delivery, outlet: Outlet) -> None:
        if delivery.lost:
            LOG.warning(
                "input %s: %d messages were removed before they were read; give the broker more "
                "room, or look why reading fell behind",
                self.name,
                delivery.lost,
            )
        if delivery.remark:
            LOG.warning("input %s: %s", self.name, delivery.remark)
        now = self._clock()
        self._gathered.add(delivery, now)
        if self._gathered.due(now):
            self._hand_over(outlet)
        self._watch.connected()

    def _hand_over(self, outlet: Outlet) -> None:
        gathered = self._gathered
        if not gathered.moved:
            return
        self._gathered = _Gathered(position=gathered.position)
        batches, tally = self._messages.read(gathered.payloads)
        if (form := self._messages.format) is not None:
            self.format, self.not_observable = form.name, form.not_observable
        self._watch.seen(tally)
        if gathered.lost:
            tally.records += gathered.lost
            tally.reject(LOST, count=gathered.lost)
        outlet.put(Portion(batches=batches, tally=tally, position=gathered.position))


class _Gathered:
    """The messages of the next portion."""

    def __init__(self, *, position: str | None = None) -> None:
        self.position = position
        self.payloads: list[bytes] = []
        self.lost = 0
        self.moved = False
        self._octets = 0
        self._since = 0.0

    def add(self, delivery: Delivery, now: float) -> None:
        """Add what was delivered at *now*."""
        if delivery.position != self.position and not self.moved:
            self.moved, self._since = True, now
        self.position = delivery.position
        self.payloads += delivery.payloads
        self.lost += delivery.lost
        self._octets += sum(map(len, delivery.payloads))

    def due(self, now: float) -> bool:
        """Tell whether it is time to hand the messages over."""
        return self.moved and (
            not self.payloads  # a place to begin at, or a loss: kept at once
            or len(self.payloads) >= PORTION_MESSAGES
            or self._octets >= PORTION_BYTES
            or now - self._since >= PORTION_SECONDS
        )
