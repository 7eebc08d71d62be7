"""What intelligence makes of a finding: it moves malice and severity, never the flux score.

A finding whose name is listed, or imitates a brand, is more urgent, one that somebody allowed is
not; whether it behaves like flux is none of their business.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from fluxhound.detection.judgement import severities
from fluxhound.intel.deciding import Decider, Opinion, Stand
from fluxhound.intel.impersonation import Imitations
from fluxhound.records import SEVERITIES, EntityKind, Evidence, Finding, Severity

#: Log-odds of malice that a listing of full weight adds, and that an analyst's word does. Chosen,
#: not measured: from even odds, a source of full trust leads to 0.98, one of half trust to 0.88.
LISTED_POINTS = 4.0
SAID_POINTS = 8.0
EVIDENCE, IMITATION = "listed", "imitation"


def weighed(
    findings: Sequence[Finding],
    decider: Decider | None,
    imitations: Imitations | None = None,
) -> list[Finding]:
    """Return *findings* with what is known of their names, ranked anew.

    *decider* knows lists and analysts, *imitations* the brands; ``None`` says nothing.
    """
    found = [imitating(each, imitations) for each in findings] if imitations else list(findings)
    if decider and found:
        opinions = decider.verdicts_on([each.name for each in found])
        found = [moved(*pair) for pair in zip(found, opinions, strict=True)]
    return ranked(found)


def imitating(finding: Finding, imitations: Imitations) -> Finding:
    """Return *finding* with the malice that an imitation of a brand asks for."""
    sign = None if finding.entity is EntityKind.NETWORK else imitations.of(finding.name)
    if sign is None:
        return finding
    evidence = Evidence(
        id=IMITATION,
        points=sign.points,
        text=sign.sentence,
        value=None,
        unit="",
        normal="imitates no brand",
        score="malice",
    )
    return _with(finding, evidence)


def moved(finding: Finding, opinion: Opinion) -> Finding:
    """Return *finding* with the malice and the severity that *opinion* asks for."""
    points = _points(opinion)
    if not points or finding.entity is EntityKind.NETWORK:
        return finding
    first = opinion.reasons[0]
    evidence = Evidence(
        id=EVIDENCE,
        points=points,
        text=f"{opinion.stand.value} by {first.source}: {first.text or first.value}",
        value=round(opinion.weight, 4),
        unit="weight",
        normal="not listed",
        score="malice",
    )
    found = _with(finding, evidence)
    if opinion.stand is Stand.ALLOWED and finding.finding:
        return dataclasses.replace(found, severity=Severity.INFO)
    return found


def _with(finding: Finding, evidence: Evidence) -> Finding:
    """Return *finding* with one more piece of evidence about malice, and what follows from it."""
    odds = float(np.log(np.clip(finding.malice, 1e-6, 1 - 1e-6) / (1 - finding.malice + 1e-6)))
    malice = float(1 / (1 + np.exp(-(odds + evidence.points))))
    verdict = np.array([finding.verdict], dtype=object)
    severity = severities(verdict, np.array([finding.flux]), np.array([malice]))[0]
    return dataclasses.replace(
        finding,
        malice=malice,
        severity=severity if finding.finding else finding.severity,
        evidence=(*finding.evidence, evidence),
    )


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings*, the most severe first."""
    return sorted(
        findings,
        key=lambda f: (-SEVERITIES.index(f.severity), -f.flux, f.name, f.entity.value),
    )


def _points(opinion: Opinion) -> float:
    if opinion.stand is Stand.DENIED:
        return SAID_POINTS
    if opinion.stand is Stand.ALLOWED:
        return -SAID_POINTS
    return LISTED_POINTS * opinion.weight if opinion.stand is Stand.LISTED else 0.0
