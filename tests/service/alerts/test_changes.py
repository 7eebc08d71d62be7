from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from fluxhound.records import AlertKind, EntityKind, Finding, Severity, VerdictKind
from fluxhound.service.alerts.changes import (
    Change,
    Known,
    Standing,
    Waits,
    changed,
    standings,
    thing,
)
from tests.sharing import builders

WAITS = Waits(settle_s=1800, end_after_s=86400)
SUSPECT, SINGLE = VerdictKind.FLUX_SUSPECT, VerdictKind.SINGLE_FLUX


def flux(minutes: float = 0, **given: Any) -> Finding:
    last = builders.START + timedelta(minutes=minutes)
    return builders.finding(**{"last_seen": last, "severity": Severity.MEDIUM, **given})


def harmless(minutes: float = 0) -> Finding:
    last = builders.START + timedelta(minutes=minutes)
    return builders.finding(finding=False, verdict=VerdictKind.CDN, last_seen=last)


def step(
    known: Known | None, *judged: Finding, at: float, complete: bool = False
) -> tuple[Known | None, AlertKind | None]:
    """Return what is known after a judgement *at* minutes, and what is told."""
    standing = standings(judged).get("kx-delivery.example", Standing())
    change: Change | None = changed(known, standing, now=at * 60, complete=complete, waits=WAITS)
    return (known, None) if change is None else change


def test_names_and_their_domain_are_one_thing_and_networks_another() -> None:
    domain = builders.finding(entity=EntityKind.REGISTERED_DOMAIN)
    name = builders.finding("www.kx-delivery.example")
    server = builders.finding("ns1.kx-delivery.example", entity=EntityKind.NAME_SERVER)
    assert {thing(f) for f in (domain, name, server)} == {"kx-delivery.example"}
    assert thing(builders.network()) == "network/network-1f0c3a9e"
    assert thing(builders.finding("localhost", registered_domain="")) == "localhost"


def test_the_strongest_stands_for_all_and_the_domain_on_a_tie() -> None:
    domain = builders.finding(entity=EntityKind.REGISTERED_DOMAIN, flux=0.9)
    name = builders.finding("www.kx-delivery.example", flux=0.99)
    worse = builders.finding("mx.kx-delivery.example", severity=Severity.CRITICAL, flux=0.7)
    assert standings([name, domain])["kx-delivery.example"].finding is domain
    assert standings([worse, name, domain])["kx-delivery.example"].finding is worse
    assert standings([name, harmless()])["kx-delivery.example"].other is not None


def test_a_finding_appears_once() -> None:
    known, kind = step(None, flux(), at=0)
    assert kind is AlertKind.APPEARED
    known, kind = step(known, flux(1), at=1)
    assert kind is None
    assert known is not None
    assert known.episode == 1


def test_what_never_was_a_finding_is_nothing() -> None:
    assert step(None, harmless(), at=0, complete=True) == (None, None)


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ({}, False),
        ({"severity": Severity.HIGH}, True),
        ({"severity": Severity.LOW}, False),
        ({"verdict": VerdictKind.DOUBLE_FLUX}, True),
        ({"verdict": VerdictKind.NAME_SERVER_FLUX}, False),
        ({"verdict": SUSPECT}, False),
        ({"measures": builders.measures(addresses=79)}, False),
        ({"measures": builders.measures(addresses=80)}, True),
        ({"measures": builders.measures(addresses=None)}, False),
        ({"measures": builders.measures(addresses=float("nan"))}, False),
    ],
)
def test_what_grows_is_told(later: dict[str, object], told: bool) -> None:
    known, _ = step(None, flux(), at=0)
    _, kind = step(known, flux(1, **later), at=1)
    assert kind == (AlertKind.GREW if told else None)


def test_what_falls_and_rises_again_is_not_told_again() -> None:
    known, _ = step(None, flux(verdict=SUSPECT), at=0)
    kinds = []
    for minute in range(1, 20):
        verdict = SINGLE if minute % 2 else SUSPECT
        severity = Severity.HIGH if minute % 3 else Severity.LOW
        known, kind = step(known, flux(minute, verdict=verdict, severity=severity), at=minute)
        kinds.append(kind)
    assert [kind for kind in kinds if kind] == [AlertKind.GREW]


def test_a_score_that_wavers_about_the_line_says_nothing_more() -> None:
    known, _ = step(None, flux(), at=0)
    for minute in range(1, 500):
        judged = harmless(minute) if minute % 2 else flux(minute)
        known, kind = step(known, judged, at=minute, complete=minute % 10 == 0)
        assert kind is None


def test_what_is_no_finding_any_more_has_ended_after_a_while() -> None:
    known, _ = step(None, flux(), at=0)
    known, kind = step(known, harmless(10), at=10)
    assert kind is None
    known, kind = step(known, harmless(39), at=39)
    assert kind is None
    known, kind = step(known, harmless(40), at=40)
    assert kind is AlertKind.ENDED
    known, kind = step(known, harmless(41), at=41, complete=True)
    assert kind is None
    known, kind = step(known, flux(50), at=50)
    assert kind is AlertKind.APPEARED
    assert known is not None
    assert known.episode == 2


def test_a_sweep_that_misses_it_counts_as_none_but_a_look_at_others_does_not() -> None:
    known, _ = step(None, flux(), at=0)
    for minute in range(1, 100):
        known, kind = step(known, at=minute)
        assert kind is None
    known, kind = step(known, at=100, complete=True)
    assert kind is None
    _, kind = step(known, at=130, complete=True)
    assert kind is AlertKind.ENDED


def test_silence_ends_it_although_the_history_still_shows_it() -> None:
    known, _ = step(None, flux(), at=0)
    known, kind = step(known, flux(), at=1440, complete=True)
    assert kind is None
    known, kind = step(known, flux(), at=1441, complete=True)
    assert kind is AlertKind.ENDED
    known, kind = step(known, flux(), at=1500, complete=True)
    assert kind is None, "the same old answers are nothing new"
    _, kind = step(known, flux(1499), at=1501)
    assert kind is AlertKind.APPEARED


def test_silence_ends_it_without_a_look_too() -> None:
    known, _ = step(None, flux(), at=0)
    _, kind = step(known, at=1441)
    assert kind is AlertKind.ENDED


def test_old_logs_that_are_read_late_do_not_end_at_once() -> None:
    years = flux(-60 * 24 * 700)
    known, _ = step(None, years, at=0)
    _, kind = step(known, dataclasses.replace(years), at=60)
    assert kind is None
