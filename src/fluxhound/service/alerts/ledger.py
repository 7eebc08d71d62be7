"""What is known of findings, in the store: so that each change is told once, over restarts too."""

from __future__ import annotations

import dataclasses
import logging
import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import duckdb
import orjson

from fluxhound.errors import UnreadableInputError
from fluxhound.records import Alert, AlertKind, Finding
from fluxhound.service.alerts.changes import Known, Standing, Waits, changed, standings
from fluxhound.service.alerts.states import States
from fluxhound.sharing.document import to_document, valid
from fluxhound.sharing.escape import printable
from fluxhound.sharing.saved import as_finding

log = logging.getLogger(__name__)

#: Names our alerts among all UUIDv5 (RFC 9562 section 5.5); drawn once, at random.
NAMESPACE = uuid.UUID("d2b6c9a4-6f0b-4e57-9a3e-2f5f1c8f7b10")
#: A thing that moves on is written again only so often, in seconds: one row for each look at each
#: open finding would be most of what the store writes. Chosen, not measured.
REFRESH_STEP_S = 300.0
#: What has ended is forgotten after so long, in seconds. Chosen, not measured.
FORGET_S = 90 * 86400.0


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing that changed: before, from now on, and how it was judged."""

    old: Known | None
    new: Known
    kind: AlertKind | None
    standing: Standing

    @property
    def judged(self) -> Finding | None:
        return self.standing.finding or self.standing.other


class Ledger:
    """Turns judgements into alerts. One thread uses it, in transactions that the caller makes."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, *, waits: Waits, link: str = "", scope: str = ""
    ) -> None:
        """Take a cursor of the store; *link* is a base URL, *scope* goes into identifiers."""
        self._states = States(cursor)
        self._waits = waits
        self._link = link.rstrip("/")
        self._scope = valid(scope)
        #: When the first judgement came: before, nobody listened, and silence meant nothing.
        self._since: float | None = None

    def take(self, judged: Sequence[Finding], *, now: datetime, complete: bool) -> list[Alert]:
        """Return what is to be told of *judged*, and note that it was.

        *judged* holds findings and non-findings alike; *complete* tells that everything in the
        store was judged. Call it in a transaction.
        """
        moment = now.timestamp()
        steps = self._steps(judged, moment, complete=complete)
        told = [step for step in steps if step.kind is not None]
        findings = self._findings(told)
        alerts = [
            self._alert(step, findings[step.new.thing], now)
            for step in told
            if step.new.thing in findings
        ]
        self._write(steps, findings)
        if complete:
            self._states.forget(moment - FORGET_S)
        return alerts

    def _steps(self, judged: Iterable[Finding], now: float, *, complete: bool) -> list[_Step]:
        stood = standings(judged)
        waits = self._waits_at(now)
        known = self._states.known(stood, every=complete, older=now - self._waits.end_after_s)
        steps = []
        for thing in sorted({*stood, *known}):
            old, standing = known.get(thing), stood.get(thing, Standing())
            change = changed(old, standing, now=now, complete=complete, waits=waits)
            if change is not None:
                steps.append(_Step(old, *change, standing))
        return steps

    def _waits_at(self, now: float) -> Waits:
        """Return the waits; after a start, silence ends nothing until we listened for a while."""
        if self._since is None:
            self._since = now
        if now - self._since >= self._waits.settle_s:
            return self._waits
        return dataclasses.replace(self._waits, end_after_s=math.inf)

    def _findings(self, told: Sequence[_Step]) -> dict[str, Finding]:
        """Return what to tell of each thing: as it was judged, else as it was told last."""
        missing = [step.new for step in told if step.judged is None]
        documents = self._states.documents([known.thing for known in missing])
        found = {step.new.thing: step.judged for step in told if step.judged is not None}
        for known in missing:
            try:
                last = as_finding(orjson.loads(documents[known.thing]))
            except (UnreadableInputError, KeyError, TypeError, ValueError) as error:
                log.error("the end of %s cannot be told: %r", printable(known.thing), error)  # noqa: TRY400 - it says all
                continue
            seen = datetime.fromtimestamp(known.last_seen, UTC)
            found[known.thing] = dataclasses.replace(last, last_seen=seen)
        return found

    def _alert(self, step: _Step, finding: Finding, now: datetime) -> Alert:
        before = None if step.kind is AlertKind.APPEARED else step.old
        kind = step.kind or AlertKind.APPEARED
        return Alert(
            id=str(uuid.uuid5(NAMESPACE, "\n".join((self._scope, *_identity(step.new, kind))))),
            kind=kind,
            time=now.astimezone(UTC),
            finding=finding,
            clients=_clients(finding),
            link=self._page(finding),
            previous=None if before is None else before.verdict,
            previous_severity=None if before is None else before.severity,
        )

    def _page(self, finding: Finding) -> str:
        return self._link and f"{self._link}/findings/{quote(valid(finding.name), safe='')}"

    def _write(self, steps: Sequence[_Step], findings: dict[str, Finding]) -> None:
        rows = {}
        for step in steps:
            if step.kind is not None:
                finding = findings.get(step.new.thing)
                document = orjson.dumps(to_document(finding)).decode() if finding else ""
                rows[step.new.thing] = (step.new, document)
        self._states.replace(rows)
        self._states.refresh(
            [step.new for step in steps if step.kind is None and _worth_writing(step)]
        )


def _worth_writing(step: _Step) -> bool:
    old, new = step.old, step.new
    if old is None or old.below_since != new.below_since:
        return True
    return new.refreshed - old.refreshed >= REFRESH_STEP_S


def _clients(finding: Finding) -> int | None:
    counted = finding.measures.get("clients")
    return None if counted is None or not math.isfinite(counted) else int(counted)


def _identity(known: Known, kind: AlertKind) -> tuple[str, ...]:
    """Return what makes a change this one; when it is told is no part of it."""
    return (
        known.thing,
        str(known.episode),
        f"{known.first_seen:.0f}",
        kind.value,
        *((known.verdict, known.severity, str(known.addresses)) if kind is AlertKind.GREW else ()),
    )
