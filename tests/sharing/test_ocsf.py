from __future__ import annotations

import pytest
from hypothesis import given

from fluxhound.sharing.headline import DETAILS, Told
from fluxhound.sharing.ocsf import ocsf_document
from tests.sharing import alerting

SCHEMA = "ocsf-detection-finding-1.8.0.json"


@pytest.mark.parametrize("told", alerting.everything(), ids=lambda told: told.id[:4])
def test_documents_keep_to_the_published_class(told: Told) -> None:
    document = ocsf_document(told, alerting.ADDRESSES)
    assert alerting.faults(SCHEMA, document) == []
    assert document["type_uid"] == document["class_uid"] * 100 + document["activity_id"]


@given(alerting.told, alerting.addresses)
def test_any_alert_keeps_to_the_published_class(told: Told, addresses: list[str]) -> None:
    for detail in DETAILS:
        assert alerting.faults(SCHEMA, ocsf_document(told, addresses, detail)) == []


def test_the_schema_refuses_what_the_class_does_not_know() -> None:
    document = ocsf_document(alerting.alert())
    assert alerting.faults(SCHEMA, {**document, "verdict": "x"})
    assert alerting.faults(SCHEMA, {**document, "severity_id": 7})
    assert alerting.faults(SCHEMA, {**document, "finding_info": {}})


def test_updates_and_closures_name_the_finding_they_are_of() -> None:
    created, updated, closed = (
        ocsf_document(told) for told in (alerting.alert(), alerting.grew(), alerting.ended())
    )
    assert [d["type_uid"] for d in (created, updated, closed)] == [200401, 200402, 200403]
    assert [d["status_id"] for d in (created, updated, closed)] == [1, 2, 4]
    again = ocsf_document(alerting.alert(id="another"))
    assert again["finding_info"]["uid"] == created["finding_info"]["uid"]
    assert again["metadata"]["uid"] != created["metadata"]["uid"]


def test_names_and_addresses_are_observables() -> None:
    observables = ocsf_document(alerting.alert(), ["192.0.2.1"])["observables"]
    assert [(o["type_id"], o["value"]) for o in observables] == [
        (1, "kx-delivery.example"),
        (2, "192.0.2.1"),
    ]
    assert "observables" not in ocsf_document(alerting.of_network())
