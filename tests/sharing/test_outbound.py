from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from fluxhound.intel.indicator import Tlp
from fluxhound.intel.opinions import EVIDENCE as OPINION
from fluxhound.records import Finding, Severity
from fluxhound.sharing.outbound import (
    ALLOWED,
    NO_FINDING,
    TOO_LIGHT,
    TOO_RESTRICTED,
    Terms,
    is_host,
    outbound,
    outside,
    stripped,
)
from tests.sharing import builders, exporting, strategies
from tests.sharing.exporting import TERMS


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    terms = replace(
        TERMS,
        minimum=Severity.HIGH,
        marks={"mail-gate7.example": Tlp.RED},
        ceiling=Tlp.AMBER,
    )
    found = outbound(builders.everything(), terms)
    assert [offer.finding.name for offer in found.offers] == ["kx-delivery.example"]
    assert found.left_out == {NO_FINDING: 3, TOO_LIGHT: 2, TOO_RESTRICTED: 4}


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ({}, Tlp.AMBER),
        ({"kx-delivery.example": Tlp.CLEAR}, Tlp.CLEAR),
        ({"www.kx-delivery.example": Tlp.GREEN}, Tlp.GREEN),
        ({"www.kx-delivery.example": Tlp.GREEN, "kx-delivery.example": Tlp.RED}, Tlp.RED),
    ],
)
def test_a_mark_is_of_a_name_or_its_domain(marks: dict[str, Tlp], expected: Tlp) -> None:
    finding = builders.finding("www.kx-delivery.example")
    assert replace(TERMS, marks=marks).tlp_of(finding) is expected


def test_nothing_about_clients_leaves() -> None:
    asked = builders.evidence("clients", 1.0, "clients that asked: 9", 9, "clients", "few")
    finding = replace(
        builders.single_flux(),
        evidence=(asked,),
        counterfactuals=("If one client asked, no finding.",),
    )
    left = stripped(finding)
    assert left.measures["clients"] is None
    assert (left.evidence, left.counterfactuals) == ((), ())
    assert left.measures["addresses"] == 40


def test_what_feeds_and_analysts_say_stays() -> None:
    said = builders.evidence(
        OPINION, 4.0, "denied by ann: 192.0.2.77 fell for it", 1, "", "", "malice"
    )
    left = stripped(replace(builders.single_flux(), evidence=(said,)))
    assert left.evidence == ()


def test_what_is_said_to_be_good_stays() -> None:
    said = builders.evidence(OPINION, -4.0, "allowed by ann", 1, "", "", "malice")
    found = outbound([replace(builders.single_flux(), evidence=(said,))], TERMS)
    assert (found.offers, found.left_out) == ((), {ALLOWED: 1})


@given(strategies.findings, exporting.terms)
def test_no_offer_is_above_the_ceiling(finding: Finding, terms: Terms) -> None:
    found = outbound([finding], terms)
    assert all(offer.tlp <= terms.ceiling for offer in found.offers)
    assert len(found.offers) + sum(found.left_out.values()) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kx-delivery.example", True),
        ("a_b.example", False),
        ("r3---sn.example", False),
        ("ab--c.example", False),
        ("a--b.example", True),
        ("xn--bcher-kva.example", True),
        ("a.xn--p1ai", True),
        ("com", False),
        ("", False),
        ("kx.example.", False),
        ("KX.example", False),
        ("a b.example", False),
        ("a\\032b.example", False),
        ("-a.example", False),
        ("192.0.2.1", False),
        ("a..example", False),
        (f"{'a' * 64}.example", False),
        (f"{'a.' * 126}example", False),
        ("a.example\n", False),
    ],
)
def test_host_names(name: str, *, expected: bool) -> None:
    assert is_host(name) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.51.100.1", True),
        ("8.8.8.8", True),
        ("2001:db8::1", True),
        ("10.0.0.1", False),
        ("100.64.1.1", False),
        ("172.31.255.255", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.1.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an answer, not a listener
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:a00:1::", False),
        ("nonsense", False),
    ],
)
def test_inside_addresses(address: str, *, expected: bool) -> None:
    assert outside(address) is expected
