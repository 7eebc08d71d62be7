"""Alerts as the service uses them: judgements go in, messages come out."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import duckdb

from fluxhound.errors import ConfigurationError, StoreError
from fluxhound.records import Alert, AlertKind, Finding
from fluxhound.service.alerts.changes import Waits, thing
from fluxhound.service.alerts.courier import Courier, DestinationHealth
from fluxhound.service.alerts.delivery import Destination, Letter
from fluxhound.service.alerts.dispatch import Dispatcher
from fluxhound.service.alerts.journal import Journal
from fluxhound.service.alerts.ledger import Ledger
from fluxhound.service.alerts.mail import Mail
from fluxhound.service.alerts.outbox import Outbox, Posting
from fluxhound.service.alerts.policy import policy_of, rank, urgent
from fluxhound.service.alerts.sampling import Samples, Shown
from fluxhound.service.alerts.settings import (
    AlertSettings,
    DestinationSettings,
    JournalSettings,
    MailSettings,
    StdoutSettings,
    SyslogSettings,
    WebhookSettings,
)
from fluxhound.service.alerts.stdout import Stdout
from fluxhound.service.alerts.syslog import Syslog
from fluxhound.service.alerts.webhook import Webhook
from fluxhound.service.hops import tell_noted

log = logging.getLogger(__name__)

#: Alerts of one judgement that get a sample of addresses, the most severe: a first sweep can raise
#: thousands, and each sample is a look into the history. Chosen, not measured.
SAMPLED = 20

Cursor = Callable[[], duckdb.DuckDBPyConnection]


class AlertDesk:
    """Ledger, outbox and dispatcher of one store. ``take`` is for one thread."""

    def __init__(
        self,
        cursor: Cursor,
        settings: AlertSettings,
        *,
        clock: Callable[[], float] = time.time,
        shown: Shown | None = None,
    ) -> None:
        """Take what gives cursors of the store; *shown* has the addresses of what was just judged.

        Raises:
            ConfigurationError: two destinations have one name, or one is not usable.
        """
        self._cursor = cursor
        self._clock = clock
        self._samples = Samples(cursor(), shown)
        self._own = cursor()
        self._outbox = Outbox(self._own)
        self._outbox.prepare()
        self._running = False
        self._guard = threading.Lock()
        self._arrange(settings)

    def take(self, judged: Sequence[Finding], *, now: datetime, complete: bool) -> list[Alert]:
        """Return the alerts that *judged* gives rise to; they are in the outbox, durably.

        *judged* holds findings and non-findings of the domains that were judged; *complete* tells
        that all of the store was.

        Raises:
            StoreError: nothing was noted; the same call later gives the same alerts.
        """
        with self._guard:
            try:
                alerts = self._noted(judged, now, complete=complete)
            except duckdb.Error as error:
                raise StoreError(
                    f"Alerts could not be noted ({str(error).splitlines()[0]}). "
                    "Check the free disk space; they are raised again."
                ) from error
            if alerts:
                self._dispatcher.wake()
                tell_noted((thing(alert.finding) for alert in alerts), time.monotonic())
        return alerts

    def start(self) -> None:
        """Begin to deliver what waits."""
        self._running = True
        self._dispatcher.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End delivery within *timeout_s*; what waits stays in the store."""
        self._running = False
        self._dispatcher.stop(timeout_s)

    def reload(self, settings: AlertSettings) -> None:
        """Go on with other settings.

        Raises:
            ConfigurationError: they are not usable; all stays as it was.
        """
        old, running = self._dispatcher, self._running
        with self._guard:
            self._arrange(settings)
        old.stop()
        self._dispatcher.inherit(old.health())
        if running:
            self._dispatcher.start()

    def health(self) -> tuple[DestinationHealth, ...]:
        """Return how delivery to each destination goes."""
        return self._dispatcher.health()

    def _arrange(self, settings: AlertSettings) -> None:
        dispatcher = Dispatcher(self._couriers(settings), clock=self._clock)
        waits = Waits(settle_s=settings.settle_s, end_after_s=settings.end_after_s)
        self._ledger = Ledger(self._own, waits=waits, link=settings.link, scope=settings.scope)
        self._settings, self._dispatcher = settings, dispatcher
        names = [each.name for each in settings.destinations]
        older = self._clock() - settings.give_up_critical_s
        for name, count in self._outbox.strangers(names, older=older).items():
            log.warning("%d alerts wait for %s, which is no destination any more", count, name)

    def _couriers(self, settings: AlertSettings) -> list[Courier]:
        names = [each.name for each in settings.destinations]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ConfigurationError(f"Two destinations are named {min(twice)!r}. Rename one.")
        return [
            Courier(
                each.name,
                opened(each),
                Outbox(self._cursor()),
                policy=policy_of(settings, each),
                settings=settings,
                dice=random.Random(),  # noqa: S311 - spreads retries, keeps no secret
            )
            for each in settings.destinations
        ]

    def _noted(self, judged: Sequence[Finding], now: datetime, *, complete: bool) -> list[Alert]:
        """Write state and outbox in one transaction: both, or nothing."""
        self._own.execute("BEGIN")
        try:
            alerts = self._ledger.take(judged, now=now, complete=complete)
            # The judge may live in the time of old logs; delivery lives in ours.
            self._outbox.put(self._postings(alerts), now=self._clock())
            self._own.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self._own.execute("ROLLBACK")
            raise
        return alerts

    def _postings(self, alerts: Sequence[Alert]) -> list[Posting]:
        postings = []
        for place, alert in enumerate(sorted(alerts, key=rank, reverse=True)):
            wanted = place < SAMPLED and alert.kind is not AlertKind.ENDED
            addresses = self._samples.of(alert.finding) if wanted else ()
            letter = Letter(told=alert, addresses=addresses)
            postings += [
                Posting(
                    destination=each.name,
                    thing=thing(alert.finding),
                    urgent=urgent(alert),
                    rank=rank(alert),
                    letter=letter,
                )
                for each in self._settings.destinations
                if policy_of(self._settings, each).wants(alert)
            ]
        return postings


def opened(settings: DestinationSettings) -> Destination:
    """Return the destination that *settings* describe; nothing is connected to yet.

    Raises:
        ConfigurationError: they are not usable.
    """
    match settings:
        case StdoutSettings():
            return Stdout(settings)
        case JournalSettings():
            return Journal(settings)
        case SyslogSettings():
            return Syslog(settings)
        case WebhookSettings():
            return Webhook(settings)
        case MailSettings():
            return Mail(settings)
    raise ConfigurationError(f"{settings.name}: there is no such kind of destination.")
