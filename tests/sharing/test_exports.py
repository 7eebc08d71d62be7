from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.intel.indicator import Tlp
from fluxhound.records import EntityKind, Finding
from fluxhound.sharing.exports import FORMATS, Material, alert_of, export
from fluxhound.sharing.outbound import NO_FINDING, NO_HOST_NAME, TOO_RESTRICTED, Terms
from tests.sharing import alerting, builders, exporting, strategies
from tests.sharing.exporting import FINDINGS, MATERIAL, TERMS


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_the_findings(name: str) -> None:
    made = export(name, FINDINGS, TERMS, MATERIAL)
    assert made.tlps == ("amber",)
    whole = b"".join(made.files.values()).replace(b"[.]", b".")
    assert b"kx-delivery.example" in whole
    hosts = FORMATS[name].hosts_only
    assert made.findings == (7 if hosts else 8)
    assert made.left_out == {NO_FINDING: 3} | ({NO_HOST_NAME: 1} if hosts else {})
    assert FORMATS[name].folder is ("" not in made.files)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_above_the_ceiling_is_told(name: str) -> None:
    terms = replace(TERMS, marks={"kx-delivery.example": Tlp.RED}, ceiling=Tlp.AMBER)
    made = export(name, FINDINGS, terms, MATERIAL)
    assert made.left_out[TOO_RESTRICTED] == 1
    whole = b"".join(made.files.values()).replace(b"[.]", b".")
    assert b"kx-delivery.example" not in whole
    assert b"mail-gate7.example" in whole


@pytest.mark.parametrize("name", FORMATS)
def test_exports_are_always_the_same(name: str) -> None:
    one, other = (export(name, found, TERMS, MATERIAL) for found in (FINDINGS, FINDINGS[::-1]))
    assert one.files == other.files


@pytest.mark.parametrize(
    ("name", "schema"),
    [("ecs", "ecs-9.4.0-alert.json"), ("ocsf", "ocsf-detection-finding-1.8.0.json")],
)
def test_events_keep_to_their_schema(name: str, schema: str) -> None:
    for line in export(name, FINDINGS, TERMS, MATERIAL).content.splitlines():
        assert alerting.faults(schema, orjson.loads(line)) == []


def test_ecs_has_the_marking() -> None:
    first = orjson.loads(export("ecs", FINDINGS, TERMS, MATERIAL).content.splitlines()[0])
    marking = first["threat"]["indicator"]["marking"]
    assert marking == {"tlp": "AMBER", "tlp_version": "2.0"}


def test_passive_dns_falls_back_on_the_time_line() -> None:
    material = Material(timelines=builders.timelines())
    made = export("cof", [builders.single_flux()], TERMS, material)
    assert len(made.content.splitlines()) == 40


def test_an_unknown_format_is_none() -> None:
    with pytest.raises(KeyError):
        export("xml", FINDINGS, TERMS)


def test_an_event_of_the_same_finding_has_the_same_identifier() -> None:
    later = replace(builders.single_flux(), last_seen=builders.NOW)
    assert alert_of(later, TERMS).id == alert_of(builders.single_flux(), TERMS).id
    assert alert_of(later, TERMS).clients is None


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(strategies.findings, max_size=2), exporting.terms)
def test_any_findings_can_be_exported(findings: list[Finding], terms: Terms) -> None:
    named = [replace(each, entity=EntityKind.NETWORK) for each in findings]
    for name in FORMATS:
        export(name, [*findings, *named], terms)
