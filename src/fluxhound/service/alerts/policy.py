"""What of the waiting alerts a destination gets now: pure decisions, critical ones always first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fluxhound.records import SEVERITIES, Alert, AlertKind, Severity
from fluxhound.service.alerts.settings import (
    HOUR_S,
    AlertSettings,
    DestinationSettings,
    QuietTime,
)

#: Key of a summary among the waiting: it is about no thing.
SUMMARY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert that waits for a destination."""

    sequence: int
    thing: str
    urgent: bool
    rank: int  # index among the severities
    raised: float  # epoch seconds, as ``due``
    due: float
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a destination got lately."""

    #: Thing -> when it was told last, epoch seconds.
    told: Mapping[str, float]
    #: When alerts that are not urgent were delivered within the last hour, in order.
    within_hour: Sequence[float]
    #: When the last summary was raised.
    summary: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Sequences to deliver now, in order; those that newer ones make needless; and the rest."""

    deliver: tuple[int, ...]
    superseded: tuple[int, ...]
    #: How many the ceiling alone holds back, if a summary is to say so now; else 0.
    summary: int
    #: When to look again, epoch seconds; infinity if only a new alert can change anything.
    again: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The choices for one destination."""

    minimum: Severity
    quiet: tuple[QuietTime, ...]
    ceiling_per_hour: int
    repeat_after_s: float

    def wants(self, alert: Alert) -> bool:
        """Tell whether an alert is severe enough; who heard the beginning hears the end."""
        return rank(alert) >= SEVERITIES.index(self.minimum)

    def quiet_until(self, now: float) -> float | None:
        """Return when the quiet time ends, over quiet times that follow one another."""
        moment = datetime.fromtimestamp(now, UTC)
        horizon = moment + timedelta(days=8)  # all week is quiet: look again then
        until: datetime | None = None
        while until is None or until < horizon:
            ends = [end for quiet in self.quiet if (end := quiet.ends(until or moment))]
            if not ends:
                break
            until = max(ends).astimezone(UTC)
        return None if until is None else until.timestamp()


def policy_of(common: AlertSettings, own: DestinationSettings) -> Policy:
    """Return what holds for one destination: its own choices, else the common ones."""
    ceiling = own.ceiling_per_hour
    return Policy(
        minimum=own.minimum or common.minimum,
        quiet=common.quiet if own.quiet is None else own.quiet,
        ceiling_per_hour=common.ceiling_per_hour if ceiling is None else ceiling,
        repeat_after_s=common.repeat_after_s,
    )


def rank(alert: Alert) -> int:
    """Return the index of an alert's severity; what ended counts as what it was."""
    severity = alert.finding.severity
    if alert.kind is AlertKind.ENDED and alert.previous_severity is not None:
        severity = alert.previous_severity
    return SEVERITIES.index(severity)


def urgent(alert: Alert) -> bool:
    """Tell whether nothing may hold an alert back: critical, and not an all-clear."""
    return alert.finding.severity is Severity.CRITICAL and alert.kind is not AlertKind.ENDED


def select(policy: Policy, waiting: Iterable[Waiting], past: Past, now: float) -> Selection:
    """Return what to deliver at *now*. Urgent alerts wait for nothing but their own next try."""
    rows = sorted(waiting, key=lambda row: row.sequence)
    newest = {row.thing: row.sequence for row in rows if row.thing != SUMMARY}
    gone = {
        row.sequence
        for row in rows
        if not row.urgent and row.thing != SUMMARY and row.sequence != newest[row.thing]
    }
    rest = [row for row in rows if row.sequence not in gone]
    at = {row.sequence: _earliest(row, policy, past) for row in rest}
    quiet = policy.quiet_until(now)
    pressing = [row for row in rest if row.urgent and at[row.sequence] <= now]
    due = [row for row in rest if not row.urgent and at[row.sequence] <= now and quiet is None]
    due.sort(key=lambda row: (row.thing != SUMMARY, -row.rank, row.sequence))
    counted = [row for row in due if row.thing != SUMMARY]
    room = max(policy.ceiling_per_hour - len(past.within_hour), 0)
    held = counted[room:]
    allowed = {row.sequence for row in due} - {row.sequence for row in held}
    wakes = [at[row.sequence] for row in rest if at[row.sequence] > now]
    if held and past.within_hour:
        wakes.append(past.within_hour[0] + HOUR_S)
    if quiet is not None and any(not row.urgent for row in rest):
        wakes.append(quiet)
    told_lately = past.summary is not None and now - past.summary < HOUR_S
    return Selection(
        deliver=(
            *(row.sequence for row in pressing),
            *(row.sequence for row in due if row.sequence in allowed),
        ),
        superseded=tuple(sorted(gone)),
        summary=0 if told_lately else len(held),
        again=min(wakes, default=float("inf")),
    )


def _earliest(row: Waiting, policy: Policy, past: Past) -> float:
    """Return from when on a row may go: after its back-off and after the thing was told last."""
    told = past.told.get(row.thing)
    if row.urgent or told is None or row.thing == SUMMARY:
        return row.due
    return max(row.due, told + policy.repeat_after_s)
