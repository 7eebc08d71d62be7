"""The gauges of a running service: what is so now, refreshed once a second."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from fluxhound.service.alerts.desk import AlertDesk
from fluxhound.service.gathering import Gathering
from fluxhound.service.meters import Meters
from fluxhound.service.places import Places
from fluxhound.service.watch import Watch

EVERY_S = 1.0


class Gauges:
    """Reads the parts of a service and sets the meters."""

    def __init__(
        self,
        meters: Meters,
        *,
        gathering: Gathering,
        watch: Watch,
        desk: AlertDesk,
        places: Places,
        dates: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the parts; *dates* are those of the tables (ISO 8601)."""
        self._meters = meters
        self._gathering = gathering
        self._watch = watch
        self._desk = desk
        self._places = places
        self._dates = dates
        self._clock = clock
        self._next = float("-inf")

    def refresh(self) -> None:
        """Set the gauges, unless that was done a moment ago."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + EVERY_S
        for each in self._gathering.inputs:
            self._meters.input_state(each.name, each.health.state)
        measures = self._watch.measures()
        self._meters.tracked(measures.tracked_domains)
        self._meters.judging(
            waiting=measures.waiting,
            postponed=measures.postponed,
            dropped=measures.dropped,
            failures=measures.failures,
        )
        self._meters.store_size(self._places.store_bytes())
        self._meters.disk_free(self._places.disk_free())
        for health in self._desk.health():
            self._meters.outbox(health.name, health.pending)
            became = {
                "sent": health.delivered,
                "dropped": health.given_up,
                "suppressed": health.superseded,
            }
            self._meters.delivered(health.name, became)
        for table, age in table_ages(self._dates, datetime.now(UTC)).items():
            self._meters.table_age(table, age)


def table_ages(dates: Mapping[str, str], today: datetime) -> dict[str, float]:
    """Return how old each table is, in seconds, where its date is known."""
    ages: dict[str, float] = {}
    for table, date in dates.items():
        with contextlib.suppress(ValueError):
            made = datetime.fromisoformat(date).replace(tzinfo=UTC)
            ages[table] = max(0.0, (today - made).total_seconds())
    return ages
