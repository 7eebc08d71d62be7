from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pymisp
import pytest
from hypothesis import HealthCheck, given, settings

from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind
from fluxhound.sharing.misp import TEMPLATES, event, render_feed, render_misp
from fluxhound.sharing.outbound import Offer, Terms, outbound
from fluxhound.sharing.past import Past
from tests.sharing import builders, exporting
from tests.sharing.exporting import FINDINGS, TERMS, named, offer, past

OFFERS = outbound(FINDINGS, TERMS).offers


def made(of: Offer, known: Past | None = None, terms: Terms = TERMS) -> dict[str, Any]:
    found = event(of, past(of) if known is None else known, terms)
    assert found is not None
    return found


def loaded(document: dict[str, Any]) -> pymisp.MISPEvent:
    """Return the event as the judge takes it: its schema, and its templates of objects."""
    judged = pymisp.MISPEvent(strict_validation=True)
    judged.from_dict(**orjson.loads(orjson.dumps(document)))
    for given_ in document["Object"]:
        template = pymisp.MISPObject(given_["name"], strict=True)
        assert (template.template_uuid, str(template.template_version)) == TEMPLATES[given_["name"]]
        for each in given_["Attribute"]:
            template.add_attribute(each["object_relation"], value=each["value"])
        template.to_json()  # raises if what is required is missing
    return judged


@pytest.mark.parametrize("of", OFFERS, ids=lambda of: of.finding.name)
def test_the_judge_takes_every_event(of: Offer) -> None:
    if of.finding.name == builders.HOSTILE_NAME:
        assert event(of, past(of), TERMS) is None
        return
    document = made(of)
    judged = loaded(document)
    assert judged.uuid == document["uuid"]
    assert len(judged.objects) == len(document["Object"])
    assert judged.to_json()


def test_only_the_name_is_an_indicator() -> None:
    judged = loaded(made(offer()))
    every = [*judged.attributes, *(a for o in judged.objects for a in o.attributes)]
    assert {a.value for a in every if a.to_ids} == {"kx-delivery.example"}
    addresses = [a for a in every if a.type == "ip-dst"]
    assert addresses
    assert not any(a.to_ids for a in addresses)


def test_objects_hold_what_the_names_answered() -> None:
    judged = loaded(made(offer()))
    passive = {
        tuple(a.value for relation in ("rrname", "rrtype", "rdata")
              for a in o.get_attributes_by_relation(relation))
        for o in judged.get_objects_by_name("passive-dns")
    }  # fmt: skip
    assert ("kx-delivery.example", "CNAME", "edge.kx-delivery.example") in passive
    assert ("kx-delivery.example", "NS", "ns1.badhost.example") in passive
    assert not any("10.9.8.7" in each for each in passive)
    assert [o.get_attributes_by_relation("asn")[0].value for o in judged.get_objects_by_name("asn")]


def test_tags_tell_the_marking_and_the_technique() -> None:
    tags = {tag["name"] for tag in made(offer(tlp=Tlp.AMBER_STRICT))["Tag"]}
    assert {
        "tlp:amber+strict",
        'misp-galaxy:mitre-attack-pattern="Fast Flux DNS - T1568.001"',
        'estimative-language:confidence-in-analytic-judgment="high"',
    } <= tags


def test_nothing_is_published_or_distributed_by_itself() -> None:
    document = made(offer())
    assert (document["published"], document["distribution"]) == (False, "0")


def test_the_same_name_has_the_same_identifiers_later() -> None:
    later = offer(replace(builders.single_flux(), last_seen=builders.NOW))
    one, other = made(offer()), made(later, past(offer()))
    assert one["uuid"] == other["uuid"]
    assert [o["uuid"] for o in one["Object"]] == [o["uuid"] for o in other["Object"]]
    assert one["timestamp"] < other["timestamp"]
    uuids = [a["uuid"] for o in one["Object"] for a in o["Attribute"]]
    assert len(set(uuids)) == len(uuids)


def test_a_network_lists_its_domains() -> None:
    judged = loaded(made(offer(builders.network())))
    assert len(judged.attributes) == 30
    assert {a.type for a in judged.attributes} == {"domain"}


@pytest.mark.parametrize(("name", "kind"), [("a.example", "domain"), ("www.a.example", "hostname")])
def test_hosts_and_domains_are_two_types(name: str, kind: str) -> None:
    assert made(named(name))["Attribute"][0]["type"] == kind


def test_the_export_is_what_misp_itself_exports() -> None:
    whole = orjson.loads(render_misp(OFFERS, past, TERMS))
    events = [pymisp.MISPEvent() for _ in whole["response"]]
    for judged, document in zip(events, whole["response"], strict=True):
        judged.from_dict(**document["Event"])
    assert "Double fast flux: mail-gate7.example" in {judged.info for judged in events}


def test_a_feed_is_as_the_judge_would_write_it(tmp_path: Path) -> None:
    files = render_feed(OFFERS, past, TERMS)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    manifest = orjson.loads((tmp_path / "manifest.json").read_bytes())
    hashes = {tuple(row) for row in csv.reader(io.StringIO(files["hashes.csv"].decode()))}
    expected: set[tuple[str, str]] = set()
    for uuid, told in manifest.items():
        judged = pymisp.MISPEvent()
        judged.load_file(tmp_path / f"{uuid}.json")
        feed = judged.to_feed(with_meta=True)
        theirs = feed["Event"]["_manifest"][uuid]
        assert theirs["info"] == told["info"]
        assert theirs["Orgc"] == told["Orgc"]
        assert int(theirs["timestamp"]) == int(told["timestamp"])
        assert theirs["date"] == told["date"]
        expected |= {(each, uuid) for each in feed["Event"]["_hashes"]}
    assert len(manifest) == len(files) - 2 == 7
    assert hashes <= expected


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(exporting.offers, exporting.pasts, exporting.terms)
def test_any_finding_makes_an_event_that_loads(of: Offer, known: Past, terms: Terms) -> None:
    document = event(of, known, terms)
    if document is not None:
        loaded(document)
    else:
        assert of.finding.entity is not EntityKind.NETWORK
