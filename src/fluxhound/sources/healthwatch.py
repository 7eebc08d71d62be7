"""Whether an input is well: tells silence and unreadable records, loudly, once for each change."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from fluxhound.sources.live import FAILING, RUNNING, SILENT, STARTING, Health
from fluxhound.sources.tally import Tally, printable

#: Records that could not be read, and none that could, before an input is said to fail; or the
#: seconds that this went on. Chosen: one odd message is no alarm, a wrong format is within seconds.
UNREADABLE_RECORDS = 100
UNREADABLE_SECONDS = 10.0

LOG = logging.getLogger(__name__)


class HealthWatch:
    """Keeps one input's health by what it is told."""

    def __init__(
        self,
        health: Health,
        *,
        name: str,
        silent_after: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health = health
        self._name = name
        self._silent_after = silent_after
        self._clock = clock
        self._connected_at: float | None = None
        self._trouble = ""
        self._unreadable = 0
        self._unreadable_since = 0.0
        self._worst = ""

    def connected(self) -> None:
        """Take in that the source answers."""
        if not self._health.connections:
            self._health.connections = 1
            if self._connected_at is None:
                self._connected_at = self._clock()
        self._trouble = ""
        self._settle()

    def interrupted(self, text: str) -> None:
        """Take in that the source cannot be reached, or not be read."""
        self._health.connections = 0
        self._trouble = text
        self._settle()

    def seen(self, tally: Tally) -> None:
        """Take in what became of some records."""
        if not tally.records:
            return
        now = self._clock()
        self._health.last_record = now
        refused = sum(tally.bad.values())
        if refused < tally.records:
            self._unreadable = 0
        elif not self._unreadable:
            self._unreadable, self._unreadable_since = refused, now
        else:
            self._unreadable += refused
        if refused:
            reason = max(tally.bad, key=lambda each: tally.bad[each])
            sample = next(iter(tally.samples.get(reason, ())), "")
            self._worst = f"{reason}: '{sample}'" if sample else reason
        self._settle()

    def _settle(self) -> None:
        state, text = self._judged(self._clock())
        health = self._health
        changed = state != health.state
        health.error = printable(text, limit=400)
        health.state = state
        if changed and state in (FAILING, SILENT):
            LOG.warning("input %s is %s: %s", self._name, state, health.error)
        elif changed and state == RUNNING:
            LOG.info("input %s is running", self._name)

    def _judged(self, now: float) -> tuple[str, str]:
        if self._trouble:
            return FAILING, self._trouble
        if self._connected_at is None:
            return STARTING, ""
        if self._unreadable and (
            self._unreadable >= UNREADABLE_RECORDS
            or now - self._unreadable_since >= UNREADABLE_SECONDS
        ):
            return FAILING, (
                f"None of the last {self._unreadable} records could be read ({self._worst}). "
                "Check what is sent here, or name its format."
            )
        last = max(self._health.last_record, self._connected_at)
        if now - last >= self._silent_after:
            return SILENT, (
                f"Nothing came for {self._silent_after:.0f} s. Check that its sender runs, and "
                "that it sends here."
            )
        return RUNNING, ""
