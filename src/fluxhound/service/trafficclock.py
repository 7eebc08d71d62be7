"""What time it is in the traffic: now, for live traffic, and then, for what is replayed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


class TrafficClock:
    """Goes on from the latest record's time at the pace of the wall clock, and never beyond it.

    A finding ends when nothing of it was seen for a day: of the traffic, not of the person who
    replays a log of last week in two minutes.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        pace: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start at the time of the *wall* clock; *pace* is a clock that nobody sets."""
        self._wall = wall
        self._pace = pace
        self._latest = float("-inf")
        self._seen_at = 0.0
        self._lock = threading.Lock()

    def see(self, latest: float) -> None:
        """Note the time of a record: seconds since 1970-01-01 UTC."""
        with self._lock:
            if latest > self._latest:
                self._latest = min(latest, self._wall())
                self._seen_at = self._pace()

    def seconds(self) -> float:
        """Return the time of the traffic, in seconds since 1970-01-01 UTC."""
        with self._lock:
            if self._latest == float("-inf"):
                return self._wall()
            return min(self._latest + self._pace() - self._seen_at, self._wall())

    def now(self) -> datetime:
        """Return the time of the traffic."""
        return datetime.fromtimestamp(self.seconds(), UTC)
