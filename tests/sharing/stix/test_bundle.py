from __future__ import annotations

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.intel.indicator import Tlp
from fluxhound.sharing.outbound import Offer, Terms, outbound
from fluxhound.sharing.past import Past
from fluxhound.sharing.stix.bundle import bundle, objects_of, render_stix
from fluxhound.sharing.stix.identifiers import MARKINGS
from tests.sharing import builders, exporting
from tests.sharing.exporting import FINDINGS, TERMS, past
from tests.sharing.stix.judges import faults

OFFERS = outbound(FINDINGS, TERMS).offers


def test_the_judges_find_no_fault() -> None:
    assert faults(render_stix(OFFERS, past, TERMS)) == []


def test_each_object_is_there_once_and_exports_are_the_same() -> None:
    objects = objects_of(OFFERS, past, TERMS)
    assert len({each["id"] for each in objects}) == len(objects)
    assert render_stix(OFFERS, past, TERMS) == render_stix(OFFERS, past, TERMS)


def test_every_marking_that_is_used_is_defined() -> None:
    offers = [exporting.offer(tlp=Tlp.RED), exporting.offer(builders.double_flux())]
    objects = objects_of(offers, past, TERMS)
    used = {ref for each in objects for ref in each.get("object_marking_refs", ())}
    defined = {each["id"] for each in objects if each["type"] == "marking-definition"}
    assert used == defined == {MARKINGS[t] for t in (Tlp.CLEAR, Tlp.AMBER, Tlp.RED)}


def test_nothing_is_an_empty_bundle() -> None:
    whole = orjson.loads(render_stix([], past, TERMS))
    assert set(whole) == {"type", "id"}


def test_the_identifier_tells_the_content() -> None:
    objects = objects_of(OFFERS, past, TERMS)
    assert bundle(objects)["id"] == bundle(objects)["id"] != bundle(objects[:-1])["id"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(exporting.offers, max_size=2), exporting.pasts, exporting.terms)
def test_any_finding_makes_a_sound_bundle(offers: list[Offer], known: Past, terms: Terms) -> None:
    assert faults(render_stix(offers, lambda _: known, terms)) == []
