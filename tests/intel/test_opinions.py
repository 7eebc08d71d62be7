from __future__ import annotations

import dataclasses

import pytest

from fluxhound.intel.deciding import Opinion, Reason, Stand
from fluxhound.intel.impersonation import Imitations
from fluxhound.intel.indicator import Kind
from fluxhound.intel.matching import How
from fluxhound.intel.opinions import (
    IMITATION,
    LISTED_POINTS,
    SAID_POINTS,
    moved,
    ranked,
    weighed,
)
from fluxhound.records import EntityKind, Finding, Severity, VerdictKind
from tests.response.responses import finding


def opinion(stand: Stand, weight: float = 1.0) -> Opinion:
    reason = Reason(
        stand=stand, source="feed", value="evil.lab", kind=Kind.DOMAIN, how=How.EXACT, weight=weight
    )
    return Opinion(name="evil.lab", stand=stand, reasons=(reason,), weight=weight)


def doubtful(**given: object) -> Finding:
    usual: dict[str, object] = {
        "malice": 0.3,
        "severity": Severity.MEDIUM,
        "verdict": VerdictKind.SINGLE_FLUX,
        "flux": 0.95,
    }
    return finding("evil.lab", **{**usual, **given})


@pytest.mark.parametrize(
    ("stand", "weight", "points", "severity"),
    [
        (Stand.LISTED, 1.0, LISTED_POINTS, Severity.HIGH),
        (Stand.LISTED, 0.1, LISTED_POINTS * 0.1, Severity.MEDIUM),
        (Stand.DENIED, 0.0, SAID_POINTS, Severity.HIGH),
        (Stand.ALLOWED, 0.0, -SAID_POINTS, Severity.INFO),
    ],
)
def test_malice_and_severity_move_and_flux_does_not(
    stand: Stand, weight: float, points: float, severity: Severity
) -> None:
    before = doubtful()
    after = moved(before, opinion(stand, weight))
    assert (after.flux, after.verdict, after.finding) == (before.flux, before.verdict, True)
    assert after.severity is severity
    assert (after.malice > before.malice) == (points > 0)
    assert after.evidence[-1].score == "malice"
    assert after.evidence[-1].points == pytest.approx(points)
    assert "feed" in after.evidence[-1].text


@pytest.mark.parametrize("stand", [Stand.EXPIRED, Stand.CONTEXT, Stand.UNKNOWN])
def test_what_has_expired_or_only_tells_moves_nothing(stand: Stand) -> None:
    assert moved(doubtful(), opinion(stand)) == doubtful()


@pytest.mark.parametrize("malice", [0.0, 1.0])
def test_certain_malice_stays_a_score(malice: float) -> None:
    after = moved(doubtful(malice=malice), opinion(Stand.LISTED))
    assert 0 <= after.malice <= 1


def test_a_network_has_no_name_to_be_listed() -> None:
    network = doubtful(entity=EntityKind.NETWORK)
    assert moved(network, opinion(Stand.LISTED)) == network


def test_the_most_severe_come_first() -> None:
    low, high = doubtful(severity=Severity.LOW), doubtful(severity=Severity.HIGH)
    assert ranked([low, high]) == [high, low]


def test_an_imitation_moves_malice_alone_and_an_analyst_has_the_last_word() -> None:
    before = dataclasses.replace(doubtful(), name="paypa1.com")
    imitations = Imitations()
    [after] = weighed([before], None, imitations)
    assert (after.flux, after.verdict) == (before.flux, before.verdict)
    assert after.malice > before.malice
    assert after.evidence[-1].id == IMITATION
    assert after.severity is Severity.HIGH
    assert moved(after, opinion(Stand.ALLOWED)).severity is Severity.INFO
    network = dataclasses.replace(before, entity=EntityKind.NETWORK)
    assert weighed([network, doubtful()], None, imitations) == ranked([network, doubtful()])
