from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from stix2patterns.v21.pattern import Pattern  # type: ignore[import-untyped]

from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind
from fluxhound.sharing.outbound import PRODUCER
from fluxhound.sharing.past import NOTHING
from fluxhound.sharing.stix.fixed import identity
from fluxhound.sharing.stix.graph import ADDRESSES, graph, pattern
from fluxhound.sharing.stix.identifiers import MARKINGS, Object
from tests.sharing import builders
from tests.sharing.exporting import TERMS, named, offer, past


def told(kind: str, objects: tuple[Object, ...]) -> list[Object]:
    return [each for each in objects if each["type"] == kind]


def edges(objects: tuple[Object, ...]) -> set[tuple[str, str, str]]:
    """Return the relationships, with what is named in place of identifiers."""
    names = {
        each["id"]: str(each.get("value") or each.get("number") or each["type"]) for each in objects
    }
    return {
        (names[r["source_ref"]], r["relationship_type"], names[r["target_ref"]])
        for r in told("relationship", objects)
    }


SINGLE = graph(offer(), past(offer()), TERMS)


def test_the_graph_is_the_one_that_was_agreed() -> None:
    assert edges(SINGLE) == {
        ("indicator", "indicates", "attack-pattern"),
        ("indicator", "indicates", "infrastructure"),
        ("indicator", "based-on", "observed-data"),
        ("infrastructure", "related-to", "attack-pattern"),
        ("course-of-action", "mitigates", "attack-pattern"),
        ("course-of-action", "mitigates", "indicator"),
        ("kx-delivery.example", "resolves-to", "edge.kx-delivery.example"),
        ("kx-delivery.example", "resolves-to", "192.0.2.1"),
        ("kx-delivery.example", "resolves-to", "2001:db8::7"),
        ("edge.kx-delivery.example", "resolves-to", "192.0.2.1"),
        ("edge.kx-delivery.example", "resolves-to", "198.51.100.9"),
        ("kx-delivery.example", "related-to", "ns1.badhost.example"),
        ("kx-delivery.example", "related-to", "ns2.badhost.example"),
        ("192.0.2.1", "belongs-to", "64496"),
        *(
            ("infrastructure", "consists-of", value)
            for value in (
                *("kx-delivery.example", "edge.kx-delivery.example", "192.0.2.1"),
                *("198.51.100.9", "2001:db8::7", "ns1.badhost.example", "ns2.badhost.example"),
            )
        ),
    }


def test_every_reference_leads_to_an_object_or_a_marking() -> None:
    shared = {*MARKINGS.values(), identity(PRODUCER)["id"]}  # the bundle adds them
    known = {each["id"] for each in SINGLE} | shared
    for each in SINGLE:
        one = {value for key, value in each.items() if key.endswith("_ref")}
        many = {ref for key, refs in each.items() if key.endswith("_refs") for ref in refs}
        assert one | many <= known, each["type"]


def test_the_grouping_holds_all_of_it() -> None:
    (grouping,) = told("grouping", SINGLE)
    assert set(grouping["object_refs"]) == {each["id"] for each in SINGLE} - {grouping["id"]}


def test_the_pattern_holds_the_name_and_no_address() -> None:
    (indicator,) = told("indicator", SINGLE)
    assert indicator["pattern"] == "[domain-name:value = 'kx-delivery.example']"
    addresses = [each["value"] for each in SINGLE if each["type"].startswith("ipv")]
    assert addresses
    assert not any(address in indicator["pattern"] for address in addresses)


@pytest.mark.parametrize(
    ("name", "entity", "expected"),
    [
        ("a.example", EntityKind.NAME, "[domain-name:value = 'a.example']"),
        (
            "a.example",
            EntityKind.REGISTERED_DOMAIN,
            "[domain-name:value = 'a.example' OR domain-name:value LIKE '%.a.example']",
        ),
        ("ns1.a.example", EntityKind.NAME_SERVER, "[domain-name:value = 'ns1.a.example']"),
    ],
)
def test_patterns(name: str, entity: EntityKind, expected: str) -> None:
    made = pattern(named(name, entity).finding)
    assert made == expected
    assert Pattern(made).inspect().comparisons


def test_the_indicator_ends_and_tells_how_sure_it_is() -> None:
    (indicator,) = told("indicator", SINGLE)
    assert indicator["valid_until"] == "2026-12-04T12:40:00.000Z"
    assert indicator["confidence"] == 98
    assert indicator["indicator_types"] == ["malicious-activity"]
    mild = graph(offer(replace(builders.single_flux(), malice=0.1)), NOTHING, TERMS)
    assert told("indicator", mild)[0]["indicator_types"] == ["anomalous-activity"]
    assert told("infrastructure", mild)[0]["infrastructure_types"] == ["unknown"]


def test_the_same_name_has_the_same_identifiers_later() -> None:
    later = replace(builders.single_flux(), last_seen=builders.START + timedelta(days=2))
    again = graph(offer(later), past(offer(later)), TERMS)
    assert {each["id"] for each in again} == {each["id"] for each in SINGLE}
    assert told("indicator", again)[0]["modified"] > told("indicator", SINGLE)[0]["modified"]


def test_addresses_are_a_sample_of_those_seen_last() -> None:
    domain = offer(builders.double_flux())
    objects = graph(domain, past(domain), TERMS)
    addresses = [each["value"] for each in objects if each["type"] == "ipv4-addr"]
    assert len(addresses) == ADDRESSES
    assert "50 addresses of 143 are listed" in told("infrastructure", objects)[0]["description"]


def test_every_object_of_ours_is_marked() -> None:
    objects = graph(offer(tlp=Tlp.AMBER_STRICT), past(offer()), TERMS)
    unmarked = [each["type"] for each in objects if "object_marking_refs" not in each]
    assert unmarked == ["attack-pattern"]
    assert told("indicator", objects)[0]["object_marking_refs"] == [MARKINGS[Tlp.AMBER_STRICT]]
    assert told("domain-name", objects)[0]["object_marking_refs"] == [MARKINGS[Tlp.AMBER_STRICT]]


def test_a_network_is_infrastructure_without_an_indicator() -> None:
    objects = graph(offer(builders.network()), NOTHING, TERMS)
    assert told("indicator", objects) == []
    assert len(told("domain-name", objects)) == 30
    assert ("infrastructure", "consists-of", "mail-gate7.example") in edges(objects)


@pytest.mark.parametrize(
    "name", ["com", "a_b.example", "a b.example", "x'y.example", "192.0.2.1", ""]
)
def test_what_nobody_can_look_up_has_no_graph(name: str) -> None:
    assert graph(named(name), NOTHING, TERMS) == ()


def test_no_inside_address_is_told() -> None:
    values = [each["value"] for each in SINGLE if each["type"].startswith("ipv")]
    assert sorted(values) == ["192.0.2.1", "198.51.100.9", "2001:db8::7"]
    assert past(offer()).left_out == 2
