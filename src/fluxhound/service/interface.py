"""The HTTP interface of a running service: what its routes ask for, and the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from fluxhound.config import SharingSettings
from fluxhound.errors import UnknownNameError
from fluxhound.history.recall import RRset, rrsets
from fluxhound.history.store import Store
from fluxhound.history.whoasked import who_asked
from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind, Finding, InputReport, Severity, Timeline, Totals
from fluxhound.service.decisions import Decisions
from fluxhound.service.gathering import Gathering, Line
from fluxhound.service.intelligence import Intelligence
from fluxhound.service.meters import Meters
from fluxhound.service.responding import Responder
from fluxhound.service.standing import Standing
from fluxhound.service.watch import Watch
from fluxhound.service.web.backend import HTTP_INPUT, Backend, Pulse, Story
from fluxhound.service.web.server import WebServer
from fluxhound.service.web.tokens import Tokens
from fluxhound.sharing.outbound import Terms
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.live import RUNNING, Health, Outlet

#: The largest inputs, for a page's footer.
_INPUTS = "SELECT name, format, records, observations FROM input ORDER BY records DESC LIMIT 50"


@dataclass(slots=True)
class _Posted:
    """What is posted over HTTP, as an input without a thread; a request's key is its position."""

    name: str
    sensor: str | None = None
    format: str = ""
    not_observable: tuple[str, ...] = ()
    health: Health = field(default_factory=lambda: Health(state=RUNNING))

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        """Do nothing: requests come when they come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What the HTTP interface may see of a service."""

    store: Store
    watch: Watch
    standing: Standing
    gathering: Gathering
    line: Line
    meters: Meters
    responder: Responder
    intelligence: Intelligence
    sharing: SharingSettings
    #: Returns the seconds from receipt to commit, and whether the disk is full.
    condition: Callable[[], tuple[float, bool]]

    def server(self, listen: str, *, tokens: Path | None, link: str | None) -> WebServer:
        """Return the server, which is not started yet; *link* is what it is called from outside.

        Raises:
            ConfigurationError: the tokens cannot be used.
        """
        host = urlsplit(link).hostname if link else None
        return WebServer(
            self.backend(link or ""),
            Tokens.open(tokens) if tokens else Tokens(),
            listen=listen,
            hosts=frozenset({host} if host else ()),
        )

    def backend(self, link: str = "") -> Backend:
        """Return what the routes call; *link* is what the service is called from outside."""
        return Backend(
            meters=self.meters,
            pulse=self.pulse,
            outlet=self.gathering.outlet(_Posted(HTTP_INPUT)),
            position=self.position,
            findings=self.standing.findings,
            finding=self.finding,
            story=self.story,
            clients=self.clients,
            rrsets=self.rrsets,
            terms=lambda: terms_of(self.sharing, datetime.now(UTC), link),
            decisions=Decisions(self.responder),
            intelligence=self.intelligence,
            options=ReadOptions(),
        )

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        return self.store.connection.cursor()

    def pulse(self) -> Pulse:
        """Return how the service is."""
        lag_s, disk_full = self.condition()
        return Pulse(
            inputs={each.name: each.health for each in self.gathering.inputs},
            lag_s=lag_s,
            disk_full=disk_full,
            behind=self.line.pressed,
        )

    def position(self, name: str) -> str | None:
        """Return the position that is committed under a name."""
        found = self._cursor().execute("SELECT value FROM position WHERE input = ?", [name])
        return next((value for (value,) in found.fetchall()), None)

    def finding(self, name: str) -> Finding | None:
        """Return what stands of a name, or what the history says of it now."""
        found = self.standing.find(name)
        if found is not None:
            return found
        try:
            return self.watch.judgement_of(name).finding
        except UnknownNameError:
            return None

    def story(self, name: str) -> Story | None:
        """Return what the page of a name shows."""
        try:
            explained = self.watch.judgement_of(name)
        except UnknownNameError:
            return None
        finding = explained.finding
        timelines: dict[tuple[EntityKind, str], Timeline] = {
            (finding.entity, finding.name): explained.timeline
        }
        return Story(entities=(finding,), totals=self._totals(), timelines=timelines)

    def clients(self, name: str, since: float | None) -> Mapping[str, object]:
        """Return who asked for a name and the names below it."""
        return who_asked(self._cursor(), name, since=since).document()

    def rrsets(self, name: str, below: bool) -> Sequence[RRset]:
        """Return what a name, or with *below* also the names under it, answered."""
        return rrsets(self._cursor(), name, below=below)

    def _totals(self) -> Totals:
        cursor = self._cursor()
        inputs = tuple(
            InputReport(
                name=name,
                format=format_,
                records=records,
                observations=observations,
                passed_over={},
                bad={},
                samples={},
            )
            for name, format_, records, observations in cursor.execute(_INPUTS).fetchall()
        )
        first, last = cursor.execute("SELECT min(first), max(last) FROM history").fetchall()[0]
        measures = self.watch.measures()
        return Totals(
            inputs=inputs,
            responses=sum(each.observations for each in inputs),
            names=measures.tracked_names,
            registered_domains=measures.tracked_domains,
            candidates=measures.candidates,
            findings=len(self.standing.findings()),
            first=_moment(first),
            last=_moment(last),
            seconds=0.0,
        )


def terms_of(settings: SharingSettings, now: datetime, link: str) -> Terms:
    """Return the terms that the configuration describes."""
    level = next(each for each in Tlp if each.word == settings.tlp)
    return Terms(
        now=now,
        tlp=level,
        minimum=Severity(settings.minimum),
        expiry=settings.expiry,
        producer=settings.producer,
        link=link,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
