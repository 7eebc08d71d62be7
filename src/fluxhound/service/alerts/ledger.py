"""What is known of findings, in the store: so that each change is told once, over restarts too."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import duckdb
import orjson

from fluxhound.records import Alert, AlertKind, Finding, Severity, VerdictKind
from fluxhound.service.alerts.changes import Known, Standing, Waits, changed, standings
from fluxhound.sharing.document import to_document, valid
from fluxhound.sharing.saved import from_document

#: Made by the ledger on first use; the store's other tables do not depend on it.
TABLE = """
CREATE TABLE IF NOT EXISTS finding_state (
    thing VARCHAR NOT NULL,       -- registered domain, or network/NAME
    episode INTEGER NOT NULL,     -- how often it has appeared
    open BOOLEAN NOT NULL,
    verdict VARCHAR NOT NULL,     -- the highest that was told in this episode, as the next two
    severity VARCHAR NOT NULL,
    addresses BIGINT NOT NULL,
    first_seen DOUBLE NOT NULL,   -- seconds since 1970-01-01 UTC, as all times
    last_seen DOUBLE NOT NULL,
    refreshed DOUBLE NOT NULL,
    below_since DOUBLE,
    silent BOOLEAN NOT NULL,
    document VARCHAR NOT NULL     -- the finding as it was told last
)
"""
_COLUMNS = (
    "thing, episode, open, verdict, severity, addresses, first_seen, last_seen, refreshed, "
    "below_since, silent"
)
#: Names our alerts among all UUIDv5 (RFC 9562 section 5.5); drawn once, at random.
NAMESPACE = uuid.UUID("d2b6c9a4-6f0b-4e57-9a3e-2f5f1c8f7b10")
#: A thing that moves on is written again only so often, in seconds: one row for each look at each
#: open finding would be most of what the store writes. Chosen, not measured.
REFRESH_STEP_S = 300.0
#: What has ended is forgotten after so long, in seconds. Chosen, not measured.
FORGET_S = 90 * 86400.0


class Ledger:
    """Turns judgements into alerts. One thread uses it, in transactions that the caller makes."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, *, waits: Waits, link: str = "", scope: str = ""
    ) -> None:
        """Take a cursor of the store; *link* is a base URL, *scope* goes into identifiers."""
        self._cursor = cursor
        self._waits = waits
        self._link = link.rstrip("/")
        self._scope = scope
        #: When the first judgement came: before, nobody listened, and silence meant nothing.
        self._since: float | None = None
        cursor.execute(TABLE)

    def take(self, judged: Sequence[Finding], *, now: datetime, complete: bool) -> list[Alert]:
        """Return what is to be told of *judged*, and note that it was.

        *judged* holds findings and non-findings alike; *complete* tells that everything in the
        store was judged. Call it in a transaction.
        """
        moment = now.timestamp()
        stood = standings(judged)
        waits = self._waits_at(moment)
        known = self._known(stood, moment, complete=complete)
        alerts: list[Alert] = []
        for thing in sorted({*stood, *known}):
            old, standing = known.get(thing), stood.get(thing, Standing())
            change = changed(old, standing, now=moment, complete=complete, waits=waits)
            if change is None:
                continue
            new, kind = change
            if kind is not None:
                alerts.append(self._told(old, new, kind, standing, now))
            elif old is not None and _worth_writing(old, new):
                self._update(new)
        if complete:
            self._forget(moment)
        return alerts

    def _waits_at(self, now: float) -> Waits:
        """Return the waits; after a start, silence ends nothing until we listened for a while."""
        if self._since is None:
            self._since = now
        if now - self._since >= self._waits.settle_s:
            return self._waits
        return dataclasses.replace(self._waits, end_after_s=float("inf"))

    def _told(
        self, old: Known | None, new: Known, kind: AlertKind, standing: Standing, now: datetime
    ) -> Alert:
        finding = standing.finding or standing.other or self._last_told(new)
        self._replace(new, finding)
        before = None if old is None or kind is AlertKind.APPEARED else old
        clients = finding.measures.get("clients")
        return Alert(
            id=str(uuid.uuid5(NAMESPACE, "\n".join((valid(self._scope), *_identity(new, kind))))),
            kind=kind,
            time=now.astimezone(UTC),
            finding=finding,
            clients=None if clients is None else int(clients),
            link=self._page(finding),
            previous=None if before is None else before.verdict,
            previous_severity=None if before is None else before.severity,
        )

    def _page(self, finding: Finding) -> str:
        return self._link and f"{self._link}/findings/{quote(valid(finding.name), safe='')}"

    def _known(self, things: Collection[str], now: float, *, complete: bool) -> dict[str, Known]:
        """Return what is known of *things*, and of all else that may have ended."""
        rows = self._cursor.execute(
            f"SELECT {_COLUMNS} FROM finding_state WHERE thing IN (SELECT unnest(?::VARCHAR[])) "
            "OR (open AND (? OR refreshed < ?))",
            [list(things), complete, now - self._waits.end_after_s],
        ).fetchall()
        return {row[0]: _known(row) for row in rows}

    def _last_told(self, known: Known) -> Finding:
        row = self._cursor.execute(
            "SELECT document FROM finding_state WHERE thing = ?", [known.thing]
        ).fetchall()[0]
        told = from_document(orjson.loads(row[0]))
        return dataclasses.replace(told, last_seen=datetime.fromtimestamp(known.last_seen, UTC))

    def _replace(self, known: Known, finding: Finding) -> None:
        self._cursor.execute("DELETE FROM finding_state WHERE thing = ?", [known.thing])
        document = orjson.dumps(to_document(finding)).decode()
        self._cursor.execute(
            f"INSERT INTO finding_state ({_COLUMNS}, document) VALUES ({'?, ' * 11}?)",
            [*dataclasses.astuple(known), document],
        )

    def _update(self, known: Known) -> None:
        self._cursor.execute(
            "UPDATE finding_state SET last_seen = ?, refreshed = ?, below_since = ? "
            "WHERE thing = ?",
            [known.last_seen, known.refreshed, known.below_since, known.thing],
        )

    def _forget(self, now: float) -> None:
        self._cursor.execute(
            "DELETE FROM finding_state WHERE NOT open AND refreshed < ?", [now - FORGET_S]
        )


def _known(row: tuple[object, ...]) -> Known:
    names = (field.name for field in dataclasses.fields(Known))
    given = dict(zip(names, row, strict=True))
    given["verdict"] = VerdictKind(str(given["verdict"]))
    given["severity"] = Severity(str(given["severity"]))
    return Known(**given)  # type: ignore[arg-type]


def _worth_writing(old: Known, new: Known) -> bool:
    return old.below_since != new.below_since or new.refreshed - old.refreshed >= REFRESH_STEP_S


def _identity(known: Known, kind: AlertKind) -> tuple[str, ...]:
    """Return what makes a change this one; when it is told is no part of it."""
    return (
        known.thing,
        str(known.episode),
        f"{known.first_seen:.0f}",
        kind.value,
        *((known.verdict, known.severity, str(known.addresses)) if kind is AlertKind.GREW else ()),
    )
