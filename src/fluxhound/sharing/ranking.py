"""The order of findings, and names of one registered domain folded into one row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fluxhound.records import SEVERITIES, EntityKind, Finding, VerdictKind

#: Verdicts that say "this looks like flux and is not, and here is what it is".
LOOK_ALIKES = frozenset(
    {
        VerdictKind.CDN,
        VerdictKind.CLOUD_BALANCER,
        VerdictKind.VOLUNTEER_POOL,
        VerdictKind.DYNAMIC_DNS,
        VerdictKind.ROUND_ROBIN,
        VerdictKind.SINKHOLED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """The finding that stands for a registered domain, and the names folded under it."""

    lead: Finding
    folded: tuple[Finding, ...] = ()


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* by severity, then flux, then name; equal names by entity."""
    return sorted(
        findings,
        key=lambda f: (-SEVERITIES.index(f.severity), -f.flux, f.name, f.entity.value),
    )


def findings_of(entities: Iterable[Finding]) -> list[Finding]:
    """Return those that are findings, ranked."""
    return ranked(entity for entity in entities if entity.finding)


def look_alikes_of(entities: Iterable[Finding]) -> list[Finding]:
    """Return those that are named look-alikes and no finding, the most flux-like first."""
    chosen = (e for e in entities if not e.finding and e.verdict in LOOK_ALIKES)
    return sorted(chosen, key=lambda e: (-e.flux, e.name, e.entity.value))


def folds(findings: Iterable[Finding]) -> list[Fold]:
    """Fold names under their registered domain, or under the strongest of them.

    Networks and name servers stand for themselves: they are not names of the domain.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in ranked(findings):
        groups.setdefault(_group(finding), []).append(finding)
    return [_fold(group) for group in groups.values()]


def _group(finding: Finding) -> tuple[str, str]:
    if finding.entity in {EntityKind.NAME, EntityKind.REGISTERED_DOMAIN}:
        return ("domain", finding.registered_domain or finding.name)
    return (finding.entity.value, finding.name)


def _fold(group: list[Finding]) -> Fold:
    """Take the registered domain's own row to lead, if it is as severe as the strongest."""
    strongest = group[0]
    own = next((f for f in group if f.entity is EntityKind.REGISTERED_DOMAIN), strongest)
    lead = own if own.severity is strongest.severity else strongest
    return Fold(lead=lead, folded=tuple(f for f in group if f is not lead))
