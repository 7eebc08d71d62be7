from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taxii2client.exceptions import TAXIIServiceException  # type: ignore[import-untyped]
from taxii2client.v21 import (  # type: ignore[import-untyped]
    Collection,
    Server,
    as_pages,
)

from fluxhound.intel.indicator import Tlp
from fluxhound.service.web.collection import Held
from fluxhound.service.web.problems import Problem
from fluxhound.service.web.taxii import COLLECTION, MEDIA_TYPE, ROOT, mark, read_mark
from tests.intel.medallion_server import PASSWORD, USER, content, medallion
from tests.service.web.serving import READ, SHARE, SHARE_CLEAR, Pipeline, bearer, served
from tests.sharing import builders
from tests.sharing.exporting import TERMS

PATH = f"{ROOT}collections/{COLLECTION}/"
FINDINGS = [builders.finding(f"n{place}.example") for place in range(300)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(Pipeline(found=FINDINGS, terms=replace(TERMS, link=""))) as address:
        yield address


def get(address: str, path: str, token: str = SHARE, **query: str | int) -> httpx.Response:
    asked = {f"match[{k[6:]}]" if k.startswith("match_") else k: v for k, v in query.items()}
    headers = {"Accept": MEDIA_TYPE} | (bearer(token) if token else {})
    return httpx.get(address + path, params=asked, headers=headers, timeout=30)


def test_the_client_finds_its_way(address: str) -> None:
    server = Server(f"{address}/taxii2/", user="anybody", password=SHARE)
    assert server.title == "Fluxhound"
    (collection,) = server.default.collections
    assert (collection.id, collection.can_read, collection.can_write) == (COLLECTION, True, False)
    assert collection.media_types == ["application/stix+json;version=2.1"]
    server.close()


def test_the_client_reads_all_pages(address: str) -> None:
    collection = Collection(f"{address}{PATH}", user="anybody", password=SHARE)
    pages = list(as_pages(collection.get_objects, per_request=700))
    objects = [each for page in pages for each in page["objects"]]
    assert len(pages) > 3
    assert len(objects) > 2_000
    assert len({each["id"] for each in objects}) == len(objects)
    assert sum(each["type"] == "indicator" for each in objects) == 300
    told = [each for page in as_pages(collection.get_manifest, per_request=1000) for each in
            page["objects"]]  # fmt: skip
    assert [each["id"] for each in told] == [each["id"] for each in objects]
    collection.close()


def test_the_client_asks_for_some(address: str) -> None:
    collection = Collection(f"{address}{PATH}", user="anybody", password=SHARE)
    page = collection.get_objects(type=["indicator"], limit=5)
    assert [each["type"] for each in page["objects"]] == ["indicator"] * 5
    one = page["objects"][0]["id"]
    assert collection.get_object(one)["objects"][0]["id"] == one
    assert collection.object_versions(one)["versions"] == [page["objects"][0]["modified"]]
    with pytest.raises(TAXIIServiceException):
        collection.add_objects({"objects": page["objects"]})
    collection.close()


def test_what_was_added_since_is_nothing_new(address: str) -> None:
    page = get(address, f"{PATH}objects/", match_type="indicator", limit=1000)
    last = page.headers["x-taxii-date-added-last"]
    first = page.headers["x-taxii-date-added-first"]
    assert first < last
    again = get(address, f"{PATH}objects/", match_type="indicator", added_after=last)
    assert (again.status_code, again.json()) == (200, {})
    rest = get(address, f"{PATH}objects/", match_type="indicator", added_after=first, limit=1000)
    assert len(rest.json()["objects"]) == 299


@pytest.mark.parametrize(
    ("path", "token", "query", "status"),
    [
        (f"{PATH}objects/", "", {}, 401),
        (f"{PATH}objects/", "token-unknown" * 4, {}, 401),
        (f"{PATH}objects/", READ, {}, 403),
        ("/taxii2/", READ, {}, 403),
        (f"{PATH}objects/", SHARE, {"limit": 0}, 400),
        (f"{PATH}objects/", SHARE, {"limit": "x"}, 400),
        (f"{PATH}objects/", SHARE, {"limit": 10**8}, 200),
        (f"{PATH}objects/", SHARE, {"added_after": "yesterday"}, 400),
        (f"{PATH}objects/", SHARE, {"added_after": "2026-13-24T00:00:00Z"}, 400),
        (f"{PATH}objects/", SHARE, {"next": "x\u00e9"}, 400),
        (f"{PATH}objects", SHARE, {}, 200),
        (f"{PATH}objects/indicator--0d9e1dda-22bd-46e9-b6f7-fb1baaa23250/", SHARE, {}, 404),
        (f"{ROOT}collections/none/objects/", SHARE, {}, 404),
    ],
)
def test_what_is_refused_is_told_as_the_standard_has_it(
    address: str, path: str, token: str, query: dict[str, str], status: int
) -> None:
    answer = get(address, path, token, **query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    if status >= 400:
        assert answer.json()["http_status"] == str(status)
        assert answer.json()["title"]
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/taxii+json;version=2.1", 200),
        ('application/taxii+json; version="2.1"', 200),
        ("application/taxii+json", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/taxii+json;version=2.0", 406),
        ("application/json", 406),
        (";;,,=", 406),
    ],
)
def test_only_our_version_is_spoken(address: str, accept: str, status: int) -> None:
    headers = {"Accept": accept} | bearer(SHARE)
    assert httpx.get(f"{address}/taxii2/", headers=headers).status_code == status


def test_nothing_is_taken(address: str) -> None:
    for method in ("POST", "DELETE"):
        answer = httpx.request(method, f"{address}{PATH}objects/", headers=bearer(SHARE))
        assert answer.status_code == 403


def test_each_receiver_sees_what_its_token_allows(address: str) -> None:
    clear = get(address, f"{PATH}objects/", SHARE_CLEAR).json()["objects"]
    assert {each["type"] for each in clear} == {
        "marking-definition", "identity", "attack-pattern", "course-of-action",
    }  # fmt: skip
    assert get(address, f"{PATH}objects/", SHARE_CLEAR, match_type="indicator").json() == {}
    one = get(address, f"{PATH}objects/", match_type="indicator", limit=1).json()["objects"][0]
    assert get(address, f"{PATH}objects/{one['id']}/", SHARE_CLEAR).status_code == 404


QUERIES: list[dict[str, str | int]] = [
    {},
    {"limit": 7},
    {"limit": 1000},
    {"match_type": "indicator"},
    {"match_type": "indicator,sighting", "limit": 100},
    {"match_type": "malware"},
    {"match_id": "ONE"},
    {"match_id": "ONE,TWO"},
    {"match_id": "indicator--0d9e1dda-22bd-46e9-b6f7-fb1baaa23250"},
    {"match_version": "last"},
    {"match_version": "first"},
    {"match_version": "all"},
    {"match_version": "2026-11-20T12:40:00.000Z"},
    {"match_version": "2020-01-01T00:00:00.000Z"},
    {"match_spec_version": "2.1"},
    {"match_spec_version": "2.0"},
    {"added_after": "MIDDLE"},
    {"added_after": "MIDDLE", "match_type": "sighting", "limit": 3},
]


@pytest.fixture(scope="module")
def peer(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """OASIS's server with the same objects, added at the same times."""
    held = get(address, f"{PATH}manifest/", match_type="indicator,sighting", limit=1000).json()
    objects = get(address, f"{PATH}objects/", match_type="indicator,sighting", limit=1000).json()
    added = [each["date_added"] for each in held["objects"]]
    assert len(added) == 600
    folder = tmp_path_factory.mktemp("medallion")
    with medallion(folder, content(objects["objects"], added), page=1000) as there:
        yield there


@pytest.mark.parametrize("query", QUERIES, ids=json.dumps)
@pytest.mark.parametrize("what", ["objects", "manifest"])
def test_it_answers_as_the_reference_does(
    address: str, peer: str, what: str, query: dict[str, str | int]
) -> None:
    known = get(address, f"{PATH}manifest/", match_type="indicator", limit=300).json()["objects"]
    words = {"ONE": known[7]["id"], "TWO": known[9]["id"], "MIDDLE": known[150]["date_added"]}
    asked: dict[str, str | int] = {}
    for key, value in query.items():
        text = str(value)
        for word, meant in words.items():
            text = text.replace(word, meant)
        asked[key] = text
    wanted = {"match_type": "indicator,sighting", "limit": "1000"} | asked
    ours = get(address, f"{PATH}{what}/", SHARE, **wanted)
    named = {f"match[{k[6:]}]" if k.startswith("match_") else k: v for k, v in asked.items()}
    theirs = httpx.get(
        f"{peer}{what}/", params=named, auth=(USER, PASSWORD),
        headers={"Accept": MEDIA_TYPE}, timeout=60,  # it looks at every object
    )  # fmt: skip
    assert ours.status_code == theirs.status_code == 200
    mine, other = ours.json(), theirs.json()
    assert [e["id"] for e in mine.get("objects", [])] == [e["id"] for e in other.get("objects", [])]
    assert mine.get("more", False) == other.get("more", False)
    assert mine.get("objects") == other.get("objects")


def test_a_mark_is_read_back() -> None:
    held = Held(
        id="a", type="a", added=1_795_154_400_000_001, version="", tlp=Tlp.CLEAR, octets=b""
    )
    assert read_mark(mark(held)) == held.added


@given(st.text(max_size=40))
def test_any_mark_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Problem):
        assert read_mark(text) >= 0


def test_without_findings_there_is_who_tells_it() -> None:
    with served(Pipeline(found=[])) as address:
        objects = orjson.loads(get(address, f"{PATH}objects/").content)["objects"]
        assert {each["type"] for each in objects} == {"marking-definition", "identity"}
