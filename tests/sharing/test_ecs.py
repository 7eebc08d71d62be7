from __future__ import annotations

import pytest
from hypothesis import given

from fluxhound.sharing.ecs import ecs_document
from fluxhound.sharing.headline import DETAILS, Told
from tests.sharing import alerting

SCHEMA = "ecs-9.4.0-alert.json"

#: ECS, "allowed values": the types that are expected with each category.
EXPECTED_TYPES = {
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
    "intrusion_detection": {"allowed", "denied", "info"},
}


@pytest.mark.parametrize("told", alerting.everything(), ids=lambda told: told.id[:4])
def test_documents_keep_to_the_published_fields(told: Told) -> None:
    document = ecs_document(told, alerting.ADDRESSES)
    assert alerting.faults(SCHEMA, document) == []
    for category in document["event"]["category"]:
        assert set(document["event"]["type"]) <= EXPECTED_TYPES[category]


@given(alerting.told, alerting.addresses)
def test_any_alert_keeps_to_the_published_fields(told: Told, addresses: list[str]) -> None:
    for detail in DETAILS:
        assert alerting.faults(SCHEMA, ecs_document(told, addresses, detail)) == []


def test_the_schema_refuses_what_ecs_does_not_know() -> None:
    document = ecs_document(alerting.alert())
    assert alerting.faults(SCHEMA, {**document, "verdict": "x"})
    assert alerting.faults(SCHEMA, {**document, "event": {"kind": "surprise"}})
    assert alerting.faults(SCHEMA, {**document, "@timestamp": "yesterday"})


def test_what_analysts_search_for_is_there() -> None:
    document = ecs_document(alerting.grew(), alerting.ADDRESSES)
    assert document["event"]["code"] == "FF-DOUBLE"
    assert document["event"]["severity"] == 99
    assert document["threat"]["technique"]["subtechnique"]["id"] == ["T1568.001"]
    assert document["dns"]["question"]["name"] == "mail-gate7.example"
    assert len(document["related"]["ip"]) == 20
    assert document["Flux"]["measures"]["addresses"] == 143


def test_a_network_is_no_host_and_what_ended_no_indicator() -> None:
    network = ecs_document(alerting.of_network())
    assert "dns" not in network
    assert "hosts" not in network["related"]
    assert "indicator" not in ecs_document(alerting.ended())["threat"]
