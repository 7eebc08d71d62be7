from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.services import known_service, renamed, services
from fluxhound.records import FLUX_VERDICTS, EntityKind, Finding, LookAlike, Severity, VerdictKind

V = VerdictKind
MOMENT = datetime(2026, 11, 2, tzinfo=UTC)
FINDING = Finding(
    name="2.android.pool.ntp.org",
    entity=EntityKind.NAME,
    registered_domain="ntp.org",
    verdict=V.SINGLE_FLUX,
    finding=True,
    flux=0.97,
    malice=0.2,
    severity=Severity.HIGH,
    first_seen=MOMENT,
    last_seen=MOMENT,
    evidence=(),
    measures={},
    baselines={},
    not_observable=(),
)


def test_the_list_says_of_each_what_it_is_and_why() -> None:
    assert len(services()) > 20
    for suffix, (verdict, why) in services().items():
        assert suffix == suffix.lower().strip(".")
        assert "." in suffix  # never a whole top-level domain
        assert verdict not in FLUX_VERDICTS
        assert len(why) > 20


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("pool.ntp.org", True),
        ("0.debian.pool.ntp.org", True),
        ("evilpool.ntp.org.example.com", False),
        ("notpool-ntp.org", False),
        ("xntp.org", False),
        ("org", False),
        ("", False),
    ],
)
def test_a_suffix_is_of_whole_labels(name: str, *, known: bool) -> None:
    assert (known_service(name) is not None) is known


@given(st.text(max_size=80))
def test_any_name_can_be_asked_for(name: str) -> None:
    known_service(name)


def test_a_known_service_is_renamed_and_keeps_its_scores() -> None:
    other = LookAlike(verdict=V.CDN, fit=0.4, reason="a CDN")
    same = LookAlike(verdict=V.VOLUNTEER_POOL, fit=0.3, reason="behaves so")
    found = renamed(replace(FINDING, look_alikes=(other, same)))
    assert (found.verdict, found.finding, found.severity) == (V.VOLUNTEER_POOL, False, "info")
    assert (found.flux, found.malice) == (FINDING.flux, FINDING.malice)
    assert [(a.verdict, a.fit) for a in found.look_alikes] == [
        (V.VOLUNTEER_POOL, 1.0),
        (V.CDN, 0.4),
    ]
    assert found.look_alikes[0].reason.startswith("listed: ")


@pytest.mark.parametrize("verdict", [V.CDN, V.ROUND_ROBIN, V.STATIC])
def test_what_behaviour_named_stays(verdict: VerdictKind) -> None:
    quiet = replace(FINDING, verdict=verdict, finding=False, severity=Severity.INFO)
    assert renamed(quiet) is quiet


def test_too_little_evidence_is_named() -> None:
    little = replace(FINDING, verdict=V.INSUFFICIENT_EVIDENCE, finding=False)
    assert renamed(little).verdict is V.VOLUNTEER_POOL


def test_what_is_not_listed_stays() -> None:
    other = replace(FINDING, name="pharma-deals24.com")
    assert renamed(other) is other
