"""What intelligence makes of a finding: it moves malice and severity, never the flux score.

A finding whose name is listed is more urgent, one that somebody allowed is not; whether it behaves
like flux is none of their business.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from fluxhound.detection.judgement import severities
from fluxhound.intel.deciding import Decider, Opinion, Stand
from fluxhound.records import SEVERITIES, EntityKind, Evidence, Finding, Severity

#: Log-odds of malice that a listing of full weight adds, and that an analyst's word does. Chosen,
#: not measured: from even odds, a source of full trust leads to 0.98, one of half trust to 0.88.
LISTED_POINTS = 4.0
SAID_POINTS = 8.0
EVIDENCE = "listed"


def weighed(findings: Sequence[Finding], decider: Decider) -> list[Finding]:
    """Return *findings* with what *decider* knows of their names, ranked anew."""
    asked = [each.name for each in findings]
    opinions = decider.verdicts_on(asked) if asked else []
    found = [moved(*pair) for pair in zip(findings, opinions, strict=True)]
    return ranked(found)


def moved(finding: Finding, opinion: Opinion) -> Finding:
    """Return *finding* with the malice and the severity that *opinion* asks for."""
    points = _points(opinion)
    if not points or finding.entity is EntityKind.NETWORK:
        return finding
    odds = float(np.log(np.clip(finding.malice, 1e-6, 1 - 1e-6) / (1 - finding.malice + 1e-6)))
    malice = float(1 / (1 + np.exp(-(odds + points))))
    severity = (
        Severity.INFO
        if opinion.stand is Stand.ALLOWED
        else severities(
            np.array([finding.verdict], dtype=object), np.array([finding.flux]), np.array([malice])
        )[0]
    )
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
