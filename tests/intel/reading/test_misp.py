from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.indicator import Tlp
from tests.intel.readers import SOME, counts, read, survives, taken


def attribute(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "to_ids": True, "uuid": "u", **more}


EVENT: dict[str, Any] = {
    "info": "an event",
    "Tag": [{"name": "tlp:green"}, {"name": 'misp-galaxy:malpedia="Evil"'}],
    "Attribute": [
        attribute("domain", "a.example", first_seen="2024-01-23T10:00:00+00:00", comment="why"),
        attribute("hostname", "www.b.example", timestamp="1706004000"),
        attribute("domain|ip", "c.example|9.9.9.9", Tag=[{"name": "tlp:amber"}]),
        attribute("ip-dst", "8.8.0.0/16"),
        attribute("ip-dst|port", "8.8.4.4|443"),
        attribute("hostname|port", "d.example|443"),
        attribute("url", "http://e.example/x"),
        attribute("url", "f.example"),
        attribute("domain", "unmarked.example", to_ids=False),
        attribute("domain", "deleted.example", deleted=True),
        attribute("domain", None),
        attribute("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ],
    "Object": [
        {
            "name": "passive-dns",
            "Attribute": [
                attribute("text", "g.example", object_relation="rrname"),
                attribute("text", "9.9.9.10", object_relation="rdata"),
            ],
        },
        {"name": "domain-ip", "Attribute": [attribute("domain", "h.example")]},
        {"name": "domain-ip", "deleted": True, "Attribute": [attribute("domain", "i.example")]},
    ],
}
TAKEN = [
    "domain a.example",
    "host www.b.example",
    "domain c.example",
    "address 9.9.9.9",
    "network 8.8.0.0/16",
    "address 8.8.4.4",
    "host d.example",
    "url http://e.example/x",
    "host f.example",
    "host g.example",
    "domain h.example",
]


def test_an_event_is_read() -> None:
    feed = read(json.dumps({"Event": EVENT}))
    assert taken(json.dumps({"Event": EVENT})) == TAKEN
    rows = {row["value"]: row for row in feed.table.to_pylist()}
    assert rows["a.example"]["first_seen"] == 1_706_004_000
    assert (rows["a.example"]["label"], rows["a.example"]["comment"]) == ("Evil", "why")
    assert (rows["a.example"]["tlp"], rows["c.example"]["tlp"]) == (Tlp.GREEN, Tlp.AMBER)
    assert rows["www.b.example"]["last_seen"] == 1_706_004_000
    assert rows["www.b.example"]["comment"] == "an event"
    assert counts(feed.tally) == {
        "not marked for detection (to_ids)": 1,
        "deleted": 2,
        "an attribute without a value": 1,
        "another type of attribute": 2,
    }


@pytest.mark.parametrize(
    "wrapping",
    [
        {"response": [{"Event": EVENT}]},
        [{"Event": EVENT}],
        {"response": {"Attribute": EVENT["Attribute"] + EVENT["Object"][0]["Attribute"]}},
        {"response": {"Event": EVENT}},
        EVENT,
    ],
)
def test_events_come_in_several_wrappings(wrapping: Any) -> None:
    assert taken(json.dumps(wrapping))[:9] == TAKEN[:9]


def test_marking_for_detection_may_be_waived() -> None:
    assert "domain unmarked.example" in taken(json.dumps({"Event": EVENT}), to_ids=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Event", "Attribute", "Object", "Tag", "name", "value", "type"]), inner
        )
    ),
    max_leaves=20,
)


@SOME
@given(JSON, st.dictionaries(st.sampled_from(list(attribute("", "", Tag=[], comment=""))), JSON))
def test_any_event_is_survived(inner: Any, odd: dict[str, Any]) -> None:
    event = {"info": inner, "Attribute": [odd, attribute("domain", inner)], "Object": inner}
    survives(json.dumps({"response": [{"Event": event}, {"Event": inner}, inner]}).encode())
