"""Findings, entries and circumstances for tests of a response."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fluxhound.records import EntityKind, Finding, Severity, VerdictKind
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.entries import Answer, Blast, Entry, Mode, Trigger
from fluxhound.response.policy import Approval, Policy
from fluxhound.response.protection import protection_of
from fluxhound.response.wishes import Key, subject_of

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SINKHOLE = ("192.0.2.66", "2001:db8::66")

#: A policy that does all it may by itself.
BOLD = Policy(
    mode=Mode.SINKHOLE,
    sinkhole=SINKHOLE,
    own=("corp.lab",),
    never=("partner.lab",),
    approval=Approval(automatic=True, flux=0.9, malice=0.5, clients=100),
)
#: The same, but a person approves what changes answers.
ASKING = dataclasses.replace(BOLD, approval=Approval())


def finding(name: str = "evil.lab", **given: Any) -> Finding:
    """Return a finding of double flux, as certain and hostile as they come."""
    values: dict[str, Any] = {
        "name": name,
        "entity": EntityKind.REGISTERED_DOMAIN,
        "registered_domain": ".".join(name.split(".")[-2:]),
        "verdict": VerdictKind.DOUBLE_FLUX,
        "finding": True,
        "flux": 0.999,
        "malice": 0.95,
        "severity": Severity.CRITICAL,
        "first_seen": NOW - timedelta(hours=3),
        "last_seen": NOW,
        "evidence": (),
        "measures": {},
        "baselines": {},
        "not_observable": (),
    }
    return Finding(**{**values, **given})


def entry(subject: str = "evil.lab", **given: Any) -> Entry:
    """Return an entry that sinkholes *subject*, approved by the policy."""
    values: dict[str, Any] = {
        "subject": subject,
        "exact": False,
        "mode": Mode.SINKHOLE,
        "answer": Answer.ADDRESS,
        "target": SINKHOLE,
        "finding": subject,
        "reason": "double-flux, critical: flux 1.00, malice 0.95.",
        "owner": "policy",
        "added": NOW - timedelta(days=1),
        "expires": NOW + timedelta(days=6),
        "approved_by": "policy",
    }
    return Entry(**{**values, **given})


def blast(subject: str = "evil.lab", **given: Any) -> Blast:
    """Return a small blast radius."""
    values: dict[str, Any] = {"asked": 40, "names": 2, "clients": 1, "rank": 900, "ranked": 1000}
    return Blast(subject=subject, **{**values, **given})


def blasts_of(*names: str) -> Mapping[Key, Blast]:
    """Return a small blast radius for whatever entry findings about *names* ask for."""
    subjects = [subject_of(name)[0] for name in names]
    return {(Trigger.NAME, subject): blast(subject) for subject in subjects}


def circumstances(policy: Policy = BOLD, **given: Any) -> Circumstances:
    """Return circumstances in which ``evil.lab`` and what is given were looked at."""
    protection = given.pop("protection", None) or protection_of(policy)
    blasts = given.pop("blasts", None)
    return Circumstances(
        protection=protection, blasts=blasts_of("evil.lab") if blasts is None else blasts, **given
    )
