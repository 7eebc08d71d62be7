from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fluxhound.history.store import Store
from fluxhound.intel.shelf import Shelf, declaration
from fluxhound.intel.source import Source
from fluxhound.service.intelligence import Intelligence
from fluxhound.service.web.intelligence import CHANGES, MOST_NAMES
from tests.response.responses import finding
from tests.service.web.serving import INTEL, READ, RESPOND, Pipeline, bearer, get, served


@pytest.fixture
def intelligence(tmp_path: Path) -> Iterator[Intelligence]:
    feed = tmp_path / "feed.txt"
    feed.write_text("evil-for-a-test.com\n")
    with Store(None) as store:
        Shelf(store).add(Source(name="feed", location=str(feed)))
        yield Intelligence(store)


@pytest.fixture
def address(intelligence: Intelligence) -> Iterator[str]:
    with served(Pipeline(intelligence=intelligence)) as address:
        yield address


def ask(address: str, path: str, body: object, token: str = INTEL) -> httpx.Response:
    content = body if isinstance(body, bytes) else None
    json = None if isinstance(body, bytes) else body
    url = f"{address}/api/v1/intel/{path}"
    return httpx.post(url, content=content, json=json, headers=bearer(token), timeout=20)


def test_what_is_fetched_weighs_at_once(address: str, intelligence: Intelligence) -> None:
    listed = finding("evil-for-a-test.com", malice=0.2)
    assert get(address, "/api/v1/intel", READ).json()["sources"][0]["state"] == "new"
    [told] = ask(address, "refresh", {}).json()["sources"]
    assert (told["state"], told["indicators"]) == ("good", 1)
    [opinion] = ask(address, "lookup", {"names": ["a.evil-for-a-test.com"]}, READ).json()[
        "opinions"
    ]
    assert opinion["stand"] == "listed"
    assert intelligence.weigh([listed])[0].malice > 0.5
    assert ask(address, "seen", {}, READ).json() == {"seen": []}
    body = {"value": "evil-for-a-test.com", "reason": "ours", "owner": "ann", "seconds": 60}
    assert ask(address, "allow", body).json()["entry"]["says"] == "allow"
    assert intelligence.weigh([listed])[0].malice < 0.2
    assert get(address, "/api/v1/intel/entries", READ).json()["entries"][0]["owner"] == "ann"
    assert ask(address, "forget", {"value": "evil-for-a-test.com"}).status_code == 200
    assert intelligence.weigh([listed])[0].malice > 0.5
    assert ask(address, "remove", {"name": "feed"}).status_code == 200
    assert get(address, "/api/v1/intel", READ).json() == {"sources": []}
    assert intelligence.weigh([listed]) == [listed]


@pytest.mark.parametrize("action", CHANGES)
def test_only_those_change_who_may(address: str, action: str) -> None:
    assert ask(address, action, {}, READ).status_code == 403
    assert ask(address, action, {}, RESPOND).status_code == 403
    assert ask(address, action, {}, "unknown").status_code == 401


def test_sources_of_the_web_alone_are_added(address: str) -> None:
    web = Source(name="web", location="https://feeds.example/x", client="http")
    added = ask(address, "add", {"source": declaration(web), "later": True})
    assert added.json()["source"]["state"] == "new"
    for wrong in (
        Source(name="w", location="/etc/shadow"),
        Source(name="w", location="https://x.example/", client="http", secret_file="/etc/shadow"),  # noqa: S106 - a path
        Source(name="w", location="https://x.example/", client="http", ca_file="/etc/x"),
        Source(name="w", location="https://x.example/", client="http", private=True),
        Source(name="w", location="https://x.example/", client="http", configured=True),
    ):
        refused = ask(address, "add", {"source": declaration(wrong)})
        assert refused.status_code == 403
        assert "[[intel]]" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("lookup", b"no JSON"),
        ("lookup", b"[]"),
        ("lookup", {"names": "evil.example"}),
        ("lookup", {"names": ["x"] * (MOST_NAMES + 1)}),
        ("lookup", {"names": ["x" * 2_000]}),
        ("refresh", {"due": "yes"}),
        ("seen", {"since": "yesterday"}),
        ("accept", {}),
        ("add", {"source": {"name": "x"}}),
        ("add", {"source": 3}),
        ("allow", {"value": "a.example", "owner": "ann", "reason": "x", "seconds": -1}),
        ("deny", {"value": "a.example", "owner": "ann"}),
    ],
)
def test_wrong_questions(address: str, path: str, body: object) -> None:
    assert ask(address, path, body).status_code == 400


def test_what_cannot_be_done_is_told(address: str) -> None:
    gone = ask(address, "refresh", {"names": ["other"]})
    assert gone.status_code == 409
    assert "There is no source 'other'" in gone.json()["detail"]
    assert ask(address, "deny", {"value": "com", "owner": "a", "reason": "x"}).status_code == 409
    assert ask(address, "lookup", b"x" * (5 << 20)).status_code == 413


def test_a_service_without_intelligence() -> None:
    with served(Pipeline()) as address:
        assert get(address, "/api/v1/intel", READ).status_code == 404
