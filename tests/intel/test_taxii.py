from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fluxhound.intel.gathering import Gathering
from fluxhound.intel.taxii import MEDIA_TYPE, authorization, objects_url, read_collection
from fluxhound.intel.web import Answer, FetchError, Reach, fetch
from fluxhound.sources.tally import Tally
from tests.intel.medallion_server import PASSWORD, USER, content, medallion


def indicator(number: int) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "pattern": f"[domain-name:value = 'h{number}.example']",
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00Z",
    }


ADDED = [f"2026-01-{day:02d}T00:00:00.000Z" for day in range(1, 8)]


def asked(url: str, headers: Mapping[str, str]) -> Answer:
    return fetch(url, reach=Reach(private=True, timeout=20), headers=headers)


def collected(location: str, **more: str) -> tuple[list[str], str]:
    gathering = Gathering(Tally())
    newest = read_collection(location, asked, gathering, **more)
    return sorted(gathering.table()["value"].to_pylist()), newest


def test_a_real_server_is_read_page_by_page(tmp_path: Path) -> None:
    pytest.importorskip("medallion")
    held = content([indicator(number) for number in range(7)], ADDED)
    secret = f"{USER}:{PASSWORD}"
    with medallion(tmp_path, held, page=2) as location:
        names, newest = collected(location, secret=secret)
        assert names == [f"h{number}.example" for number in range(7)]
        assert newest.startswith("2026-01-07")
        assert collected(location, secret=secret, added_after=ADDED[4]) == (
            ["h5.example", "h6.example"],
            newest,
        )
        assert collected(location, secret=secret, added_after=newest) == ([], newest)
        with pytest.raises(FetchError, match="the server refuses"):
            collected(location, secret="reader:wrong")  # noqa: S106 - made up
        with pytest.raises(FetchError, match="status 404"):
            collected(location.replace("52892447", "52892448"), secret=secret)


class Pages:
    """A server that says what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[str] = []
        self._answers = iter(answers)

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        assert headers["Accept"] == MEDIA_TYPE
        self.asked.append(url)
        return next(self._answers)


def page(body: Any, **more: Any) -> Answer:
    return Answer(status=200, url="x", body=json.dumps(body).encode(), **more)


def test_the_last_page_tells_how_far_it_got() -> None:
    pages = Pages(
        page({"more": True, "next": "2", "objects": [indicator(1)]}),
        page({"objects": [indicator(2)]}, headers={"x-taxii-date-added-last": "2026-02"}),
    )
    gathering = Gathering(Tally())
    assert read_collection("http://t/c", pages, gathering, added_after="2026-01") == "2026-02"
    assert gathering.table().num_rows == 2
    assert "added_after=2026-01" in pages.asked[0]
    assert "next=2" in pages.asked[1]


def test_a_server_that_repeats_itself_is_left() -> None:
    again = page({"more": True, "next": "1", "objects": []})
    pages = Pages(again, again, again)
    read_collection("http://t/c", pages, Gathering(Tally()))
    assert len(pages.asked) == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=403, url="x"), "refuses"),
        (Answer(status=500, url="x"), "status 500"),
        (Answer(status=200, url="x", body=b"<html>"), "no TAXII 2.1"),
        (Answer(status=200, url="x", body=b"[]"), "no envelope"),
    ],
)
def test_what_is_no_collection_is_told(answer: Answer, told: str) -> None:
    with pytest.raises(FetchError, match=told):
        read_collection("http://t/c", Pages(answer), Gathering(Tally()))


@pytest.mark.parametrize("body", [{}, {"objects": None}, {"objects": [5]}, {"more": 1, "next": 2}])
def test_odd_envelopes_hold_nothing(body: Any) -> None:
    gathering = Gathering(Tally())
    read_collection("http://t/c", Pages(page(body)), gathering)
    assert gathering.table().num_rows == 0


def test_secrets_become_headers() -> None:
    assert authorization("") == {}
    assert authorization("token") == {"Authorization": "Bearer token"}
    assert authorization("Token x")["Authorization"] == "Token x"
    assert authorization("a:b")["Authorization"] == "Basic YTpi"


def test_a_collection_is_named_by_itself_or_its_objects() -> None:
    assert objects_url("http://t/c") == "http://t/c/objects/"
    assert objects_url("http://t/c/objects/?x=1") == "http://t/c/objects/"
