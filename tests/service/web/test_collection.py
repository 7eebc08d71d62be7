from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from fluxhound.intel.indicator import Tlp
from fluxhound.records import Finding
from fluxhound.service.web.collection import REFRESH_S, Collection, Held, written
from fluxhound.sharing.outbound import Terms
from tests.sharing import builders
from tests.sharing.exporting import TERMS
from tests.sharing.stix.judges import faults


class Shelf:
    """A collection, and what a test turns: the findings, the clocks."""

    def __init__(self, *findings: Finding, terms: Terms = TERMS, most: int = 100) -> None:
        self.findings = list(findings)
        self.terms = terms
        self.now = 0.0
        self.collection = Collection(
            lambda: self.findings,
            lambda: self.terms,
            clock=lambda: self.now,
            wall=lambda: 1_795_000_000.0 + self.now,
            most=most,
        )

    def held(self, ceiling: Tlp = Tlp.RED) -> list[Held]:
        return self.collection.held(ceiling)

    def later(self, *findings: Finding) -> list[Held]:
        self.findings = list(findings)
        self.now += REFRESH_S
        return self.held()


def ids(held: list[Held], kind: str = "") -> list[str]:
    return [each.id for each in held if each.type.startswith(kind)]


def test_the_objects_of_what_stands_are_sound() -> None:
    held = Shelf(*builders.everything(), builders.network()).held()
    objects = b",".join(each.octets for each in held)
    identifier = "bundle--0d9e1dda-22bd-46e9-b6f7-fb1baaa23250"
    assert (
        faults(b'{"type":"bundle","id":"%s","objects":[%s]}' % (identifier.encode(), objects)) == []
    )
    assert len(ids(held, "indicator")) == 6
    assert len({each.added for each in held}) == len(held)
    assert [each.added for each in held] == sorted(each.added for each in held)


def test_what_did_not_change_stays_as_it_was() -> None:
    shelf = Shelf(builders.single_flux())
    before = shelf.held()
    assert shelf.later(builders.single_flux()) == before
    soon = replace(
        builders.single_flux(), last_seen=builders.START + timedelta(hours=6, minutes=50)
    )
    assert shelf.later(soon) == before


def test_a_new_version_is_added_later() -> None:
    shelf = Shelf(builders.single_flux())
    before = {each.id: each for each in shelf.held()}
    after = shelf.later(replace(builders.single_flux(), last_seen=builders.NOW))
    (indicator,) = (each for each in after if each.type == "indicator")
    assert indicator.added > max(each.added for each in before.values())
    assert indicator.version > before[indicator.id].version
    observables = [each for each in after if each.type == "domain-name"]
    assert observables == [before[each.id] for each in observables]


def test_what_no_longer_stands_is_gone() -> None:
    shelf = Shelf(builders.single_flux(), builders.double_flux())
    assert len(ids(shelf.held(), "indicator")) == 2
    assert len(ids(shelf.later(builders.double_flux()), "indicator")) == 1
    assert ids(shelf.later(), "indicator") == []
    assert len(ids(shelf.later(builders.single_flux()), "indicator")) == 1


def test_it_is_looked_at_again_only_after_a_while() -> None:
    shelf = Shelf(builders.single_flux())
    shelf.held()
    shelf.findings = []
    shelf.now += REFRESH_S - 1
    assert ids(shelf.held(), "indicator")


@pytest.mark.parametrize(
    ("ceiling", "names"),
    [
        (Tlp.RED, {"kx-delivery.example", "mail-gate7.example"}),
        (Tlp.AMBER, {"mail-gate7.example"}),
        (Tlp.GREEN, set()),
        (Tlp.UNMARKED, set()),
    ],
)
def test_a_receiver_sees_what_it_may(ceiling: Tlp, names: set[str]) -> None:
    terms = replace(TERMS, marks={"kx-delivery.example": Tlp.RED})
    held = Shelf(builders.single_flux(), builders.double_flux(), terms=terms).held(ceiling)
    octets = b"".join(each.octets for each in held).decode()
    told = {name for name in ("kx-delivery.example", "mail-gate7.example") if name in octets}
    assert told == names
    refs = {r for each in held for r in orjson.loads(each.octets).get("object_marking_refs", ())}
    assert refs <= set(ids(held, "marking-definition"))


def test_a_network_does_not_tell_a_member_that_is_more_restricted() -> None:
    terms = replace(TERMS, marks={"pool01.example": Tlp.RED})
    octets = b"".join(each.octets for each in Shelf(builders.network(), terms=terms).held())
    assert b"pool02.example" in octets
    assert b"pool01.example" not in octets


def test_no_more_than_there_is_room_for() -> None:
    findings = [builders.finding(f"n{place}.example") for place in range(9)]
    assert len(ids(Shelf(*findings, most=4).held(), "indicator")) == 4


def test_times_have_all_their_microseconds() -> None:
    assert written(1_795_154_400_000_000) == "2026-11-20T06:00:00.000000Z"
