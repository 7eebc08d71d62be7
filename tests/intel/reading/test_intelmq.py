from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.indicator import Tlp
from tests.intel.readers import SOME, counts, read, survives, taken

EVENTS: list[dict[str, Any]] = [
    {
        "classification.type": "c2-server",
        "source.fqdn": "evil.example",
        "source.ip": "9.9.9.9",
        "time.source": "2024-01-23T10:00:00+00:00",
        "feed.accuracy": 90.0,
        "malware.name": "evil",
        "tlp": "AMBER",
    },
    {"classification.type": "phishing", "source.url": "http://b.example/x"},
    {"classification.type": "c2-server", "source.ip": "8.8.4.4"},
    {"classification.type": "infected-system", "source.ip": "8.8.8.8"},
    {"classification.type": "c2-server"},
]


@pytest.mark.parametrize("lines", [True, False])
def test_events_are_read(*, lines: bool) -> None:
    content = "\n".join(map(json.dumps, EVENTS)) if lines else json.dumps(EVENTS)
    feed = read(content)
    assert taken(content) == ["host evil.example", "url http://b.example/x", "address 8.8.4.4"]
    first = feed.table.to_pylist()[0]
    assert (first["label"], first["confidence"], first["tlp"]) == ("evil", 90, Tlp.AMBER)
    assert first["first_seen"] == 1_706_004_000
    assert counts(feed.tally) == {"an event about a victim": 1, "an event without a source": 1}


@SOME
@given(st.dictionaries(st.sampled_from(list(EVENTS[0])), st.none() | st.text() | st.integers()))
def test_any_event_is_survived(event: dict[str, Any]) -> None:
    survives(json.dumps([EVENTS[1], event, 5, None]).encode())
