from __future__ import annotations

import json
from typing import Any

import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.intel import mispfeed
from fluxhound.intel.mispfeed import read_events
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.web import Answer, FetchError

AT = "https://feeds.example/osint/manifest.json"
UUIDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(10)]
MANIFEST: dict[str, Any] = {uuid: {"info": "x"} for uuid in UUIDS}


def event(url: str) -> Answer:
    number = int(url.removesuffix(".json")[-12:])
    attribute = {"type": "domain", "value": f"h{number}.example", "to_ids": True}
    body = json.dumps({"Event": {"info": "x", "Attribute": [attribute]}}).encode()
    return Answer(status=200, url=url, body=body)


def test_every_event_of_the_manifest_is_read() -> None:
    asked: list[str] = []

    def ask(url: str) -> Answer:
        asked.append(url)
        return event(url)

    feed = read_events(AT, MANIFEST, ask, FeedOptions())
    assert feed.table.num_rows == 10
    assert asked[0] == f"https://feeds.example/osint/{UUIDS[0]}.json"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, url="x"),
        Answer(status=200, url="x", body=b"{"),
        Answer(status=200, url="x"),
    ],
)
def test_one_broken_event_is_told_many_are_a_failure(answer: Answer) -> None:
    one = read_events(
        AT, MANIFEST, lambda url: answer if url.endswith("3.json") else event(url), FeedOptions()
    )
    assert one.table.num_rows == 9
    assert len(one.refused) == 1
    with pytest.raises(FetchError, match="2 of its events failed"):
        read_events(AT, MANIFEST, lambda _: answer, FeedOptions())


def test_events_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableInputError, match="larger than"):
        read_events(AT, MANIFEST, event, FeedOptions(limit_bytes=300))
    monkeypatch.setattr(mispfeed, "MOST_FILES", 9)
    with pytest.raises(FetchError, match="more than 9 events"):
        read_events(AT, MANIFEST, event, FeedOptions())
