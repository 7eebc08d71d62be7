from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.indicator import Tlp
from fluxhound.intel.reading.stix import percent
from tests.intel.readers import SOME, counts, read, survives, taken

MARKING = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
OWN_MARKING = "marking-definition--00000000-0000-4000-8000-000000000001"


def indicator(pattern: str | None, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "id": "indicator--00000000-0000-4000-8000-000000000000",
        "pattern": pattern,
        **more,
    }


BUNDLE = {
    "type": "bundle",
    "id": "bundle--00000000-0000-4000-8000-000000000000",
    "objects": [
        indicator(
            "[domain-name:value = 'a.example' OR domain-name:value LIKE '%.a.example']",
            valid_from="2024-01-23T10:00:00Z",
            valid_until="2024-02-23T10:00:00Z",
            confidence=80,
            name="a name",
            object_marking_refs=[MARKING],
        ),
        indicator("[url:value = 'http://b.example/']", object_marking_refs=[OWN_MARKING]),
        indicator("[domain-name:value = 'r.example']", revoked=True),
        indicator("[domain-name:value = 's.example']", indicator_types=["benign"]),
        indicator("alert tcp", pattern_type="snort"),
        indicator(None),
        indicator("not a pattern"),
        indicator("[file:name = 'x']"),
        {"type": "malware", "id": "malware--1", "name": "Evil"},
        {
            "type": "relationship",
            "id": "relationship--1",
            "relationship_type": "indicates",
            "source_ref": "indicator--00000000-0000-4000-8000-000000000000",
            "target_ref": "malware--1",
        },
        {"type": "marking-definition", "id": OWN_MARKING, "definition": {"tlp": "red"}},
        {"type": "domain-name", "id": "domain-name--1", "value": "seen.example"},
        "no object",
    ],
}


def test_a_bundle_is_read() -> None:
    feed = read(json.dumps(BUNDLE))
    assert taken(json.dumps(BUNDLE)) == ["url http://b.example/", "domain a.example"] or taken(
        json.dumps(BUNDLE)
    ) == ["domain a.example", "url http://b.example/"]
    rows = {row["value"]: row for row in feed.table.to_pylist()}
    first = rows["a.example"]
    assert (first["first_seen"], first["valid_until"]) == (1_706_004_000, 1_708_682_400)
    assert (first["confidence"], first["label"], first["comment"]) == (80, "Evil", "a name")
    assert first["tlp"] == Tlp.AMBER
    assert rows["http://b.example/"]["tlp"] == Tlp.RED
    assert counts(feed.tally) == {
        "repeated": 1,
        "revoked by its producer": 1,
        "marked as benign": 1,
        "a pattern in another language": 1,
        "an indicator without a pattern": 1,
        "a pattern that cannot be read": 1,
        "a pattern on another kind of object": 1,
        "an object that is no indicator": 4,
    }


@pytest.mark.parametrize("shape", ["list", "envelope", "alone", "lines"])
def test_objects_come_in_several_wrappings(shape: str) -> None:
    one = indicator("[domain-name:value = 'a.example']")
    content = {
        "list": json.dumps([one]),
        "envelope": json.dumps({"more": True, "next": "1", "objects": [one]}),
        "alone": json.dumps(one),
        "lines": json.dumps(one) + "\n" + json.dumps(one) + "\n",
    }[shape]
    assert taken(content) == ["host a.example"]


def test_ends_of_connections_are_what_their_values_say() -> None:
    end = "network-traffic:dst_ref"
    objects = [
        indicator(f"[{end}.type = '{kind}' AND {end}.value = '{value}']")
        for kind, value in (
            ("ipv4-addr", "9.9.9.9"),
            ("ipv4-addr", "9.9.8.0/24"),
            ("domain-name", "a.example"),
        )
    ]
    assert taken(json.dumps(objects)) == [
        "address 9.9.9.9",
        "network 9.9.8.0/24",
        "host a.example",
    ]


def test_an_empty_bundle_is_empty() -> None:
    assert taken('{"type": "bundle", "id": "bundle--1"}') == []
    assert taken('{"type": "bundle", "objects": null}') == []


@pytest.mark.parametrize(
    ("value", "found"), [(80, 80), (99.9, 99), (101, None), (-1, None), (True, None), ("80", None)]
)
def test_confidence_is_a_share_of_a_hundred(value: Any, found: int | None) -> None:
    assert percent(value) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "id", "objects", "pattern", "confidence", "labels", "name"]),
            inner,
        )
    ),
    max_leaves=20,
)


KEYS = list(indicator("", confidence=1, labels=[], object_marking_refs=[], valid_from=""))


@SOME
@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_object_is_survived(given_object: dict[str, Any]) -> None:
    one = indicator("[domain-name:value = 'a.example']") | given_object | {"type": "indicator"}
    survives(json.dumps({"type": "bundle", "objects": [one, given_object]}).encode())
