from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fluxhound.errors import UnreadableInputError
from fluxhound.records import EntityKind, Finding, Severity, VerdictKind
from fluxhound.sharing.document import to_document
from fluxhound.sharing.measures import KNOWN
from fluxhound.sharing.validation import schema, validate
from tests.sharing import builders


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_schema_knows_our_words_and_no_others() -> None:
    properties = schema()["properties"]
    assert properties["entity"]["enum"] == [kind.value for kind in EntityKind]
    assert properties["verdict"]["enum"] == [kind.value for kind in VerdictKind]
    assert properties["severity"]["enum"] == [severity.value for severity in Severity]


def test_every_measure_is_described_with_its_unit() -> None:
    described = schema()["$defs"]["measures"]
    assert described["required"] == [measure.key for measure in KNOWN]
    for measure in KNOWN:
        text = described["properties"][measure.key]["description"]
        assert text == measure.about + (f" Unit: {measure.unit}." if measure.unit else "")


@pytest.mark.parametrize("finding", builders.everything(), ids=lambda finding: ascii(finding.name))
def test_our_documents_are_valid(finding: Finding) -> None:
    validate(to_document(finding))


@pytest.mark.parametrize("key", schema()["required"])
def test_a_missing_key_is_told(key: str) -> None:
    document = to_document(builders.cdn())
    del document[key]
    with pytest.raises(UnreadableInputError, match=key):
        validate(document)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema_version", 2),
        ("verdict", "bad"),
        ("flux", 1.5),
        ("finding", "yes"),
        ("first_seen", "2026-01-01 00:00:00"),
        ("measures", {}),
        ("baselines", {"holz": 1}),
        ("evidence", [{}]),
    ],
)
def test_a_wrong_value_is_told(key: str, value: object) -> None:
    with pytest.raises(UnreadableInputError):
        validate({**to_document(builders.cdn()), key: value})


@pytest.mark.parametrize("document", [None, 3, [], "x\x1b[31m"])
def test_what_is_no_object_is_refused_in_printable_words(document: Any) -> None:
    with pytest.raises(UnreadableInputError) as caught:
        validate(document)
    assert str(caught.value).isprintable()
