"""The order of findings, and what belongs to one registered domain folded into one row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fluxhound.records import SEVERITIES, EntityKind, Finding, VerdictKind
from fluxhound.sharing.measures import amount

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
    """The finding that stands for a registered domain, and what is folded under it."""

    lead: Finding
    folded: tuple[Finding, ...] = ()

    @property
    def more(self) -> str:
        """Return how much is folded: "29 names, 4 name servers", or nothing."""
        servers = sum(f.entity is EntityKind.NAME_SERVER for f in self.folded)
        counted = ((len(self.folded) - servers, "name"), (servers, "name server"))
        return ", ".join(amount(number, noun) for number, noun in counted if number)


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
    """Fold names and name servers under their registered domain, or the strongest of them.

    Networks stand for themselves: they belong to no domain.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in ranked(findings):
        groups.setdefault(_group(finding), []).append(finding)
    return [_fold(group) for group in groups.values()]


def look_alike_folds(entities: Iterable[Finding]) -> list[Fold]:
    """Return the look-alikes, those of one registered domain and one verdict folded into one."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for entity in look_alikes_of(entities):
        groups.setdefault((entity.verdict.value, *_group(entity)), []).append(entity)
    return [_fold(group) for group in groups.values()]


def _group(finding: Finding) -> tuple[str, str]:
    if finding.entity is EntityKind.NETWORK:
        return (finding.entity.value, finding.name)
    return ("domain", finding.registered_domain or finding.name)


#: Who leads among the equally severe: the domain stands for its names, a name for its servers.
_LEADERS = (
    EntityKind.REGISTERED_DOMAIN,
    EntityKind.NAME,
    EntityKind.NAME_SERVER,
    EntityKind.NETWORK,
)


def _fold(group: list[Finding]) -> Fold:
    """Let the most severe lead; of several, the one that stands for the others."""
    strongest = [f for f in group if f.severity is group[0].severity]
    lead = min(strongest, key=lambda f: _LEADERS.index(f.entity))
    return Fold(lead=lead, folded=tuple(f for f in group if f is not lead))
