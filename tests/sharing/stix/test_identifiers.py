from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import stix2  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.indicator import Tlp
from fluxhound.sharing.stix.identifiers import (
    MARKINGS,
    marking,
    observable,
    observable_id,
    own_id,
    span,
)
from tests.sharing import builders, strategies


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            observable("domain-name", value="kx-delivery.example"),
            stix2.DomainName(value="kx-delivery.example"),
        ),
        (observable("ipv4-addr", value="192.0.2.1"), stix2.IPv4Address(value="192.0.2.1")),
        (observable("ipv6-addr", value="2001:db8::1"), stix2.IPv6Address(value="2001:db8::1")),
        (observable("autonomous-system", number=64496), stix2.AutonomousSystem(number=64496)),
    ],
    ids=lambda value: value["type"],
)
def test_observables_have_the_identifier_of_the_standard(
    ours: dict[str, str], theirs: dict[str, str]
) -> None:
    assert ours["id"] == theirs["id"]


@given(st.text(max_size=30).filter(lambda text: text.isprintable() and text))
def test_identifiers_of_any_text_are_those_of_the_reference(text: str) -> None:
    assert observable_id("domain-name", value=text) == stix2.DomainName(value=text)["id"]


@given(st.lists(strategies.texts, max_size=3))
def test_own_identifiers_are_always_the_same(parts: list[str]) -> None:
    assert own_id("indicator", *parts) == own_id("indicator", *parts)
    assert own_id("indicator", *parts) != own_id("indicator", *parts, "")


def test_own_identifiers_do_not_move() -> None:
    assert own_id("indicator", "name", "kx.example") == (
        "indicator--194c9ad0-803b-5065-b353-f8b4ff970094"
    )


@pytest.mark.parametrize("level", MARKINGS)
def test_markings_are_those_that_the_standard_fixes(level: Tlp) -> None:
    made = marking(level)
    assert stix2.parse(made, version="2.1")["id"] == MARKINGS[level]
    assert made["name"] == f"TLP:{level.word.upper()}"


@given(strategies.times, strategies.times)
def test_a_span_has_a_length(first: datetime, last: datetime) -> None:
    start, stop = span(first, last)
    assert start < stop


def test_a_moment_becomes_a_millisecond() -> None:
    start, stop = span(builders.START, builders.START - timedelta(hours=1))
    assert (start, stop) == ("2026-11-20T06:00:00.000Z", "2026-11-20T06:00:00.001Z")
