from __future__ import annotations

import orjson
import pytest
from hypothesis import given

from fluxhound.errors import UnreadableInputError
from fluxhound.records import Alert
from fluxhound.sharing.alertjson import alert_from_document, told_document, told_from_document
from fluxhound.sharing.headline import DETAILS, Told
from fluxhound.sharing.validation import validate
from tests.sharing import alerting


def test_the_envelope_is_as_published() -> None:
    document = told_document(alerting.grew(), alerting.ADDRESSES)
    assert list(document) == [
        "schema_version", "id", "kind", "time", "clients", "link", "previous",
        "previous_severity", "addresses", "finding",
    ]  # fmt: skip
    assert document["previous"] == "flux-suspect"
    assert len(document["addresses"]) == 20


@given(alerting.told)
def test_what_is_written_is_read_back(told: Told) -> None:
    document = orjson.loads(orjson.dumps(told_document(told)))
    again = told_from_document(document)
    assert orjson.loads(orjson.dumps(told_document(again))) == document


@given(alerting.alerts)
def test_the_finding_keeps_to_its_own_schema_at_every_length(alert: Alert) -> None:
    for detail in DETAILS[:-1]:
        validate(orjson.loads(orjson.dumps(told_document(alert, (), detail)["finding"])))
    assert told_document(alert, (), DETAILS[-1])["truncated"] is True


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "held-back"},
        {"kind": "held-back", "time": "never", "id": "x", "held": 1},
        {**told_document(alerting.alert()), "time": 3},
        {**told_document(alerting.alert()), "kind": "vanished"},
        {**told_document(alerting.alert()), "finding": {"name": "x"}},
    ],
)
def test_what_is_no_alert_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(UnreadableInputError):
        told_from_document(document)


def test_an_alert_alone_is_read_back() -> None:
    assert alert_from_document(told_document(alerting.ended())) == alerting.ended()
