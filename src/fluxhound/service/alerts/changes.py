"""What happened to a finding that somebody should hear of: appeared, grew, ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fluxhound.records import SEVERITIES, AlertKind, EntityKind, Finding, Severity, VerdictKind
from fluxhound.sharing.document import valid

#: How sure and how elaborate a verdict says the flux is; only a step up is told.
RANKS: Mapping[VerdictKind, int] = MappingProxyType(
    {
        VerdictKind.FLUX_SUSPECT: 1,
        VerdictKind.NAME_SERVER_FLUX: 2,
        VerdictKind.SINGLE_FLUX: 2,
        VerdictKind.DOUBLE_FLUX: 3,
    }
)
#: Longest key of a thing, in characters: longer than any name that sources let through.
KEY_LENGTH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was told of one thing, and how it stood when it was judged last. Times: epoch seconds.

    ``verdict``, ``severity`` and ``addresses`` are the highest that were told in this episode, so
    that what falls and rises again is not told again.
    """

    thing: str
    episode: int  # how often it has appeared
    open: bool
    verdict: VerdictKind
    severity: Severity
    addresses: int
    first_seen: float
    last_seen: float  # the last answer that was judged
    refreshed: float  # when that moved on, by our clock
    below_since: float | None  # since when it has been judged as no finding
    silent: bool  # it has ended because nothing more was answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a thing was judged this time: its strongest finding, and its strongest non-finding."""

    finding: Finding | None = None
    other: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long to wait before something has ended, in seconds."""

    settle_s: float
    end_after_s: float


Change = tuple[Known, AlertKind | None]


def thing(finding: Finding) -> str:
    """Return what an alert is about: a registered domain with all its names, or a network."""
    if finding.entity is EntityKind.NETWORK:
        return f"network/{valid(finding.name)}"[:KEY_LENGTH]
    return valid(finding.registered_domain or finding.name)[:KEY_LENGTH]


def standings(judged: Iterable[Finding]) -> dict[str, Standing]:
    """Return how each thing stands: names, name servers and their domain are one thing."""
    result: dict[str, Standing] = {}
    for finding in judged:
        key = thing(finding)
        old = result.get(key, Standing())
        if finding.finding:
            strongest = max(filter(None, (old.finding, finding)), key=_strength)
            result[key] = dataclasses.replace(old, finding=strongest)
        else:
            strongest = max(filter(None, (old.other, finding)), key=_strength)
            result[key] = dataclasses.replace(old, other=strongest)
    return result


def _strength(finding: Finding) -> tuple[int, int, bool, float, str]:
    return (
        SEVERITIES.index(finding.severity),
        RANKS.get(finding.verdict, 0),
        finding.entity is EntityKind.REGISTERED_DOMAIN,
        finding.flux,
        finding.name,
    )


def changed(
    known: Known | None, standing: Standing, *, now: float, complete: bool, waits: Waits
) -> Change | None:
    """Return what is known from now on and what to tell; ``None`` where there is nothing.

    *complete* tells that everything was judged, so that what is missing is no finding. Where we
    have not listened long enough for silence to mean anything, ``waits.end_after_s`` is infinite.
    """
    if standing.finding is not None:
        if known is None or not known.open:
            return _appeared(known, standing.finding, now)
        return _seen(known, standing.finding, now, waits)
    if known is None or not known.open:
        return None
    judged_as_none = complete or standing.other is not None
    return _missed(known, now, waits, judged_as_none=judged_as_none)


def _appeared(known: Known | None, finding: Finding, now: float) -> Change | None:
    last = finding.last_seen.timestamp()
    if known is not None and known.silent and last <= known.last_seen:
        return None  # still nothing new: it is only that the history reaches back that far
    return (
        Known(
            thing=thing(finding),
            episode=1 if known is None else known.episode + 1,
            open=True,
            verdict=finding.verdict,
            severity=finding.severity,
            addresses=addresses(finding),
            first_seen=finding.first_seen.timestamp(),
            last_seen=last,
            refreshed=now,
            below_since=None,
            silent=False,
        ),
        AlertKind.APPEARED,
    )


def _seen(known: Known, finding: Finding, now: float, waits: Waits) -> Change:
    last = finding.last_seen.timestamp()
    moved = last > known.last_seen
    current = dataclasses.replace(
        known,
        last_seen=max(last, known.last_seen),
        refreshed=now if moved else known.refreshed,
        below_since=None,
    )
    if now - current.refreshed > waits.end_after_s:
        return dataclasses.replace(current, open=False, silent=True), AlertKind.ENDED
    higher = dataclasses.replace(
        current,
        verdict=max(known.verdict, finding.verdict, key=lambda verdict: RANKS.get(verdict, 0)),
        severity=max(known.severity, finding.severity, key=SEVERITIES.index),
        addresses=max(known.addresses, addresses(finding)),
    )
    return (higher, AlertKind.GREW) if _grew(known, finding) else (current, None)


def _grew(known: Known, finding: Finding) -> bool:
    return (
        SEVERITIES.index(finding.severity) > SEVERITIES.index(known.severity)
        or RANKS.get(finding.verdict, 0) > RANKS.get(known.verdict, 0)
        or addresses(finding) >= 2 * known.addresses > 0
    )


def _missed(known: Known, now: float, waits: Waits, *, judged_as_none: bool) -> Change | None:
    if now - known.refreshed > waits.end_after_s:
        return dataclasses.replace(known, open=False, silent=True), AlertKind.ENDED
    if not judged_as_none:
        return None
    since = now if known.below_since is None else known.below_since
    if now - since >= waits.settle_s:
        return dataclasses.replace(known, open=False), AlertKind.ENDED
    return dataclasses.replace(known, below_since=since), None


def addresses(finding: Finding) -> int:
    """Return how many addresses a finding counted; 0 where that was not observable."""
    counted = finding.measures.get("addresses")
    return 0 if counted is None or counted != counted else int(counted)  # noqa: PLR0124 - NaN
