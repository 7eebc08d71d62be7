from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fluxhound.intel import mispserver
from fluxhound.intel.gathering import Gathering
from fluxhound.intel.mispserver import read_server, search
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.web import Answer, FetchError, Reach, fetch
from fluxhound.sources.tally import Tally
from tests.intel.servers import Reply, Request, serving

KEY = "a-key"


def attributes(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {"type": "domain", "value": f"h{number}.example", "to_ids": True}
        for number in range(first, first + count)
    ]


def misp(request: Request) -> Reply:
    """Answer as a MISP server answers /attributes/restSearch."""
    if request.headers.get("authorization") != KEY:
        return Reply(403, b'{"message": "Authentication failed."}')
    if request.path != "/attributes/restSearch" or request.method != "POST":
        return Reply(404, b"{}")
    asked = json.loads(request.body)
    first = (asked["page"] - 1) * asked["limit"]
    some = attributes(0, 25)[first : first + asked["limit"]]
    return Reply(body=json.dumps({"response": {"Attribute": some}}).encode())


def posted(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    return fetch(url, reach=Reach(private=True, timeout=10), headers=headers, body=body)


def test_a_server_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mispserver, "PAGE_ATTRIBUTES", 10)
    with serving(misp) as server:
        gathering = Gathering(Tally())
        read_server(server.url, posted, gathering, FeedOptions(), secret=KEY)
        assert gathering.table().num_rows == 25
        assert len(server.requests) == 3
        with pytest.raises(FetchError, match="the key is refused"):
            read_server(server.url, posted, gathering, FeedOptions(), secret="x")  # noqa: S106 - made up
        with pytest.raises(FetchError, match="status 404"):
            read_server(f"{server.url}/a", posted, gathering, FeedOptions(), secret=KEY)


def test_what_is_no_misp_is_told() -> None:
    with (
        serving(lambda _: Reply(body=b'{"hello": 1}')) as server,
        pytest.raises(FetchError, match="none of a MISP server"),
    ):
        read_server(server.url, posted, Gathering(Tally()), FeedOptions(), secret=KEY)


def test_only_what_can_be_used_is_asked_for() -> None:
    asked = search(1, to_ids=True)
    assert asked["to_ids"] is True
    assert "domain" in asked["type"]["OR"]  # type: ignore[index]
    assert "to_ids" not in search(2, to_ids=False)
