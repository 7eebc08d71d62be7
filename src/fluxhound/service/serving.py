"""The service: inputs, recorder, judge, alerts and HTTP interface, started and stopped together.

The thread that calls ``run`` is the recorder's: it takes what the inputs brought, commits it, hands
it to the judge, and between commits keeps the store small. Everything else has threads of its own.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence

import duckdb
import pyarrow.compute as pc

from fluxhound import __version__
from fluxhound.config import Settings
from fluxhound.enrichment.opening import open_tables
from fluxhound.errors import FluxhoundError, StoreError
from fluxhound.history.clientkey import bind_key, load_key
from fluxhound.history.clients import Askers
from fluxhound.history.kept import keep
from fluxhound.history.positions import read_positions
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Upkeep
from fluxhound.records import Alert, AlertKind, Finding
from fluxhound.service.alerts.desk import AlertDesk
from fluxhound.service.destinations import alert_settings
from fluxhound.service.gathering import Arrival, Gathering, Line
from fluxhound.service.gauges import Gauges
from fluxhound.service.housekeeping import Housekeeping
from fluxhound.service.intelligence import Intelligence, known_from
from fluxhound.service.interface import Interface
from fluxhound.service.meters import Meters, rrtypes
from fluxhound.service.places import Places
from fluxhound.service.recording import Recorded, Recorder
from fluxhound.service.responding import Responder
from fluxhound.service.sensors import live_inputs
from fluxhound.service.standing import Standing
from fluxhound.service.trafficclock import TrafficClock
from fluxhound.service.watch import Watch, WatchOptions
from fluxhound.service.web.server import WebServer
from fluxhound.service.web.tokens import Tokens

log = logging.getLogger(__name__)

#: Commits are at least this far apart: each costs some milliseconds whatever its size, and an alert
#: may take two seconds. Chosen.
COMMIT_EVERY_S = 0.2
#: Under load they are further apart, so that recording takes at most this share of the time, but
#: never further than the seconds after. Measured: at 30,000 frames a second one of half a second
#: costs a third less than two of a quarter.
RECORDING_SHARE, MOST_COMMIT_EVERY_S = 0.1, 0.5
#: Rows of one commit. Chosen: about a third of a second's work.
MOST_ROWS = 60_000
#: How long to wait before a full disk is tried again. Chosen.
DISK_WAIT_S = 1.0
#: How long inputs may take to hand over their last portions when they are told to end. Chosen.
END_S = 15.0
#: Of the memory, what the watch needs beside the store: counters of a million names, the history
#: of candidates, one look. Measured: bench/live_judging.py.
WATCH_BYTES = 640 << 20
LEAST_STORE_BYTES = 512 << 20
#: Names of findings are kept by the store for this long after they were last judged.
KEEP_S = 30 * 86_400.0

#: Sections that are read at the start only.
FIXED = ("engine", "tables", "service", "retention", "clients", "response", "publish", "sharing")

OnAlerts = Callable[[Sequence[Alert]], None]


class Service:
    """One running service. ``run`` returns when it was stopped, or its inputs are at their end."""

    def __init__(
        self,
        settings: Settings,
        *,
        on_alerts: OnAlerts | None = None,
        until_end: bool = False,
    ) -> None:
        """Open the store and everything else; nothing is read before ``run``.

        *on_alerts* is called on the judge's thread. With *until_end* files are read to their end
        instead of followed, and ``run`` returns after a last judgement of all.

        Raises:
            FluxhoundError: something in the settings cannot be used.
        """
        self.settings = settings
        self._until_end = until_end
        self._on_alerts = on_alerts
        self._places = Places(settings)
        self._stop = threading.Event()
        self._reload = threading.Event()
        self._new_settings: Callable[[], Settings] | None = None
        self._disk_full = False
        self._held: list[Arrival] = []
        self._committed_at = float("-inf")
        self._pause_s = COMMIT_EVERY_S
        self.lag_s = 0.0
        self.clock = TrafficClock()
        self.standing = Standing()
        self.line = Line()
        self.gathering = Gathering(live_inputs(settings, follow=not until_end), self.line)
        self.meters = Meters(
            version=__version__,
            sources=(*(each.name for each in settings.sensor), "http"),
            destinations=[each.name for each in settings.destination],
        )
        self._tables = open_tables(
            asn=settings.tables.asn,
            country=settings.tables.country,
            embedded_tables=settings.tables.enabled,
        )
        with contextlib.ExitStack() as undo:
            self.store = Store(
                settings.engine.store,
                memory_bytes=max(settings.engine.memory - WATCH_BYTES, LEAST_STORE_BYTES),
                threads=settings.engine.threads,
                temporary=settings.engine.temporary,
                live=True,
            )
            undo.callback(self.store.close)
            self._open()
            undo.pop_all()

    def _open(self) -> None:
        # Where traffic of the past is replayed, its own time says what is old.
        [(last,)] = self.store.connection.execute("SELECT max(last) FROM history").fetchall()
        if last is not None:
            self.clock.see(last)
        retention = self.settings.retention
        self.responder = Responder(
            self._cursor,
            self.settings.response,
            self.settings.publish,
            findings=self.standing.findings,
        )
        own = self.settings.response.sinkhole
        self._recorder = Recorder(self.store, askers=self._askers(), rewritten=own)
        self._upkeep = Upkeep(
            self.store,
            Retention(
                hourly_s=retention.hourly.total_seconds(),
                daily_s=retention.daily.total_seconds(),
                clients_s=retention.clients.total_seconds(),
                disk_bytes=retention.disk,
            ),
        )
        self.watch = Watch(
            self.store,
            tables=self._tables,
            on_judged=self._judged,
            options=WatchOptions(
                horizon_s=self.settings.service.horizon.total_seconds(),
                sweep_every_s=self.settings.service.sweep_every.total_seconds(),
            ),
            not_observable=self._not_observable,
        )
        sources, imitations = known_from(self.settings)
        self.intelligence = Intelligence(self.store, sources=sources, imitations=imitations)
        self.desk = AlertDesk(self._cursor, alert_settings(self.settings), shown=self.watch.shown)
        self._house = Housekeeping(self.store, self._upkeep, self.meters)
        self._gauges = Gauges(
            self.meters,
            gathering=self.gathering,
            watch=self.watch,
            desk=self.desk,
            places=self._places,
            dates=self._tables.dates,
        )
        self.web = self._web()

    def _web(self) -> WebServer | None:
        chosen = self.settings.service
        if chosen.listen == "none":
            return None
        interface = Interface(
            store=self.store,
            watch=self.watch,
            standing=self.standing,
            gathering=self.gathering,
            line=self.line,
            meters=self.meters,
            responder=self.responder,
            intelligence=self.intelligence,
            sharing=self.settings.sharing,
            condition=lambda: (self.lag_s, self._disk_full),
        )
        return interface.server(chosen.listen, tokens=self._places.tokens, link=chosen.link)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        return self.store.connection.cursor()

    def _askers(self) -> Askers | None:
        chosen = self.settings.clients
        if not chosen.record:
            return None
        path = self._places.client_key
        key = load_key(path) if path else secrets.token_bytes(32)
        if path:
            bind_key(self.store, key)
        return Askers(self.store, key=key, pseudonymise=chosen.pseudonymise)

    def _not_observable(self) -> tuple[str, ...]:
        missing = [set(each.not_observable) for each in self.gathering.inputs if each.format]
        return tuple(sorted(set.intersection(*missing))) if missing else ()

    # What the judge found.

    def _judged(self, judged: Sequence[Finding], complete: bool) -> None:
        judged = self.intelligence.weigh(judged)
        self.standing.take(judged, complete=complete)
        alerts = self.desk.take(judged, now=self.clock.now(), complete=complete)
        names = [each.registered_domain or each.name for each in judged if each.finding]
        if names:
            keep(self._cursor(), names, until=self.clock.seconds() + KEEP_S)
        for alert in alerts:
            if alert.kind is AlertKind.APPEARED:
                self.meters.judged(alert.finding.verdict, alert.finding.severity)
        self.meters.open_findings(self.standing.by_severity())
        self.responder.wake()
        if alerts and self._on_alerts:
            self._on_alerts(alerts)

    # Running.

    def run(self) -> None:
        """Serve until ``stop`` is called, or the inputs are at their end."""
        positions = read_positions(self.store.connection)
        if self.web:
            self.web.start()
        try:
            self.watch.start()
            self.desk.start()
            self.responder.start()
            self.intelligence.start()
            self.gathering.start(positions)
            log.info("serving: %d inputs", len(self.gathering.inputs))
            while not self._stop.is_set():
                self._cycle()
                if self._reload.is_set():
                    self._take_new_settings()
                if self._until_end and not self.gathering.alive() and self._is_idle():
                    break
            self._finish()
        finally:
            self._close()

    def stop(self) -> None:
        """Ask the service to end cleanly; any thread and any signal handler may call it."""
        self._stop.set()

    def reload(self, settings: Callable[[], Settings]) -> None:
        """Ask the service to take *settings*, as far as they can change while it runs."""
        self._new_settings = settings
        self._reload.set()

    def _is_idle(self) -> bool:
        return not self._held and not self.line.waiting_rows

    def _cycle(self) -> None:
        """Record what waits, or wait for it; then do one piece of upkeep."""
        arrivals = self._held or self._next()
        if arrivals and self._record(arrivals):
            self._held = []
        self._house.step(
            self.clock.seconds(),
            more=lambda: not (arrivals or self.line.waiting_rows or self._stop.is_set()),
        )
        self._gauges.refresh()

    def _next(self) -> list[Arrival]:
        pause = self._committed_at + self._pause_s - time.monotonic()
        if pause > 0 and not self._until_end:
            self._stop.wait(pause)
        return self.line.take(wait_s=COMMIT_EVERY_S, most_rows=MOST_ROWS)

    def _record(self, arrivals: list[Arrival]) -> bool:
        """Commit *arrivals*; tell whether that was done. What was not is held and tried again."""
        try:
            self._check_room()
            with self.meters.stage("record"):
                recorded = self._recorder.record(arrivals)
        except StoreError as error:
            self._refuse(arrivals, error)
            return False
        if self._disk_full:
            self._disk_full = False
            log.warning("%s: there is room again; going on.", self.store.path)
        self._committed_at = time.monotonic()
        self._pause_s = pause_after(recorded.seconds)
        self._note(arrivals, recorded)
        self.watch.take(recorded.rows)
        self._upkeep.appended(recorded.rows, recorded.asking, now=self.clock.seconds())
        return True

    def _check_room(self) -> None:
        if not self.store.writable():
            raise StoreError(
                f"{self.store.path}: the disk is full. Nothing is taken until there is room."
            )

    def _refuse(self, arrivals: Sequence[Arrival], error: StoreError) -> None:
        if not self._disk_full:
            log.error("%s", error)
        self._disk_full = True
        kept = []
        for arrival in arrivals:
            if arrival.portion.refused:  # whoever sent it is told, and sends it again
                arrival.portion.refused(error)
            else:
                kept.append(arrival)
        self._held = kept
        if self.store.broken:
            self.store.reopen()
        self._stop.wait(DISK_WAIT_S)

    def _note(self, arrivals: Sequence[Arrival], recorded: Recorded) -> None:
        if recorded.rows.num_rows:
            self.clock.see(pc.max(recorded.rows.column("last")).as_py())
        now = time.monotonic()
        self.lag_s = max(now - arrival.at for arrival in arrivals)
        for arrival in arrivals:
            source, portion = arrival.input.name, arrival.portion
            self.meters.took(source, portion.tally, rrtypes(portion.batches))
            self.meters.lag(source, now - arrival.at)

    def _take_new_settings(self) -> None:
        """Take the alerts' settings and the sensors as they are now; tell what needs a restart."""
        self._reload.clear()
        try:
            settings = self._new_settings() if self._new_settings else self.settings
            sensors = {each.name: each for each in settings.sensor}
            before = {each.name: each for each in self.settings.sensor}
            changed = [name for name, each in sensors.items() if before.get(name) != each]
            new = live_inputs(settings, follow=not self._until_end, only=changed)
            alerts = alert_settings(settings)
            known = known_from(settings)
            tokens = Tokens.open(self._places.tokens) if self._places.tokens else Tokens()
        except FluxhoundError as error:
            log.error("The settings were not taken: %s", error)  # noqa: TRY400 - it says all
            return
        gone = [name for name, each in before.items() if sensors.get(name) != each]
        self._end(gone)
        self.gathering.replace(gone, new)
        self.meters.know(sources=sensors, destinations=[d.name for d in settings.destination])
        self.gathering.start(read_positions(self.store.connection))
        self.desk.reload(alerts)
        self.intelligence.take(*known)
        if self.web:
            self.web.renew(tokens)
        fixed = [part for part in FIXED if getattr(settings, part) != getattr(self.settings, part)]
        if fixed:
            log.warning("A restart is needed for what changed in %s.", ", ".join(fixed))
        self.settings = settings
        log.info("new settings taken: %d inputs", len(self.gathering.inputs))

    # Ending.

    def _finish(self) -> None:
        """Take what the inputs still have, commit it, and judge once more if there is time."""
        self._end(None)
        self.watch.stop(drain=self._until_end)
        self.intelligence.stop()
        self.responder.stop()
        self.desk.stop()

    def _end(self, names: Sequence[str] | None) -> None:
        """Stop inputs, and commit what they and all others have brought."""
        self.gathering.stop(names)
        until = time.monotonic() + END_S
        while self.gathering.alive(names) or not self._is_idle():
            if self._disk_full or time.monotonic() > until:
                break
            self._cycle()
        for name in self.gathering.alive(names):
            log.warning("%s: did not end in time; its last records may be missing.", name)

    def _close(self) -> None:
        self._stop.set()
        if self.web:
            self.web.stop()
        self.gathering.stop()
        self.store.close()


def pause_after(seconds: float) -> float:
    """Return how long to collect before the next commit, when the last one took *seconds*."""
    return max(COMMIT_EVERY_S, min(seconds / RECORDING_SHARE, MOST_COMMIT_EVERY_S))
