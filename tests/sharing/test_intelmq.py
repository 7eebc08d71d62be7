from __future__ import annotations

import json
from importlib import resources

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from intelmq.lib import harmonization  # type: ignore[import-untyped]
from intelmq.lib.message import Event  # type: ignore[import-untyped]

from fluxhound.intel.indicator import Tlp
from fluxhound.sharing.intelmq import LEVELS, intelmq_lines
from fluxhound.sharing.outbound import Offer, Terms, outbound
from tests.sharing import builders, exporting
from tests.sharing.exporting import FINDINGS, TERMS, offer

FIELDS = json.loads((resources.files("intelmq") / "etc" / "harmonization.conf").read_text())


def judged(line: bytes) -> Event:
    """Return the event as IntelMQ takes it, which refuses fields and values that it lacks."""
    event = Event(harmonization=FIELDS)
    for key, value in orjson.loads(line).items():
        assert event.add(key, value, sanitize=True), key
    return event


def test_the_judge_takes_every_event() -> None:
    lines = list(intelmq_lines(outbound(FINDINGS, TERMS).offers, TERMS))
    events = [judged(line) for line in lines]
    assert [event["source.fqdn"] for event in events][:2] == [
        "mail-gate7.example",
        "kx-delivery.example",
    ]
    assert {event["classification.identifier"] for event in events} == {"fast-flux"}


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_one_that_it_knows(level: Tlp) -> None:
    (line,) = intelmq_lines([offer(tlp=level)], TERMS)
    assert orjson.loads(line)["tlp"] in harmonization.TLP.enum


def test_a_level_that_it_lacks_becomes_a_stricter_one() -> None:
    assert LEVELS[Tlp.AMBER_STRICT] == LEVELS[Tlp.RED]


def test_networks_have_no_event() -> None:
    assert list(intelmq_lines([offer(builders.network())], TERMS)) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(exporting.offers, exporting.terms)
def test_any_finding_makes_an_event_that_is_taken(of: Offer, terms: Terms) -> None:
    for line in intelmq_lines([of], terms):
        judged(line)
