from __future__ import annotations

import email.utils
import gzip
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fluxhound.errors import UsageError
from fluxhound.history.store import Store
from fluxhound.intel.fetching import client_of, due, file_location, is_due, refresh, secret_of
from fluxhound.intel.indicator import Tlp
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source, Standing, State
from tests.intel.medallion_server import PASSWORD, USER, content, medallion
from tests.intel.servers import Reply, Request, serving
from tests.intel.test_mispserver import KEY, misp
from tests.intel.test_taxii import ADDED, indicator

CHANGED = email.utils.formatdate(1_700_000_000, usegmt=True)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Store() as store:
        yield Shelf(store)


def declared(shelf: Shelf, **told: Any) -> None:
    usual: dict[str, Any] = {"name": "feed", "client": "http", "private": True}
    shelf.add(Source(**usual | told))


def values(shelf: Shelf) -> list[str]:
    found: list[str] = shelf.indicators()["value"].to_pylist()
    return sorted(found)


def test_a_file_is_read_and_read_again(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "feed.txt"
    path.write_text("a.example\ncorp.example\n")
    declared(
        shelf,
        client="file",
        location=str(path),
        own=("corp.example",),
        tlp=Tlp.GREEN,
        licence="MIT",
    )
    standing, feed = refresh(shelf, "feed", now=5.0)
    assert (standing.state, standing.indicators, standing.fetched) == (State.GOOD, 1, 5.0)
    assert feed is not None
    assert feed.tally.bad == {"one of your own": 1}
    row = shelf.indicators().to_pylist()[0]
    assert (row["value"], row["licence"], row["tlp"]) == ("a.example", "MIT", Tlp.GREEN)
    path.unlink()
    standing, feed = refresh(shelf, "feed", now=6.0)
    assert feed is None
    assert (standing.state, standing.indicators) == (State.FAILING, 1)
    assert "No such file" in standing.why


def test_lists_of_what_things_are_may_name_shared_suffixes(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "feed.txt"
    path.write_text("duckdns.org\ncom\n")
    declared(shelf, client="file", location=str(path))
    assert refresh(shelf, "feed", now=5.0)[0].indicators == 0
    declared(shelf, client="file", location=str(path), purpose=Purpose.CONTEXT)
    assert refresh(shelf, "feed", now=5.0)[0].indicators == 1


def by_etag(request: Request) -> Reply:
    headers = {"ETag": '"1"', "Last-Modified": CHANGED}
    if request.headers.get("if-none-match") == '"1"':
        assert request.headers["if-modified-since"] == CHANGED
        return Reply(304, headers=headers)
    return Reply(body=gzip.compress(b"a.example\n"), headers=headers)


def test_what_did_not_change_is_not_sent_again(shelf: Shelf) -> None:
    with serving(by_etag) as server:
        declared(shelf, location=f"{server.url}/feed")
        assert refresh(shelf, "feed", now=5.0)[0].etag == '"1"'
        standing, feed = refresh(shelf, "feed", now=6.0)
        assert feed is None
        assert (standing.fetched, standing.changed) == (6.0, 5.0)
        assert values(shelf) == ["a.example"]
        declared(shelf, location=f"{server.url}/feed", trust=5)  # declared anew: asked anew
        assert refresh(shelf, "feed", now=7.0)[1] is not None


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(500), "status 500"),
        (Reply(200, b""), "empty"),
        (Reply(200, b"<html>"), "a web page"),
        (Reply(200, b'{"Event":'), "broken"),
    ],
)
def test_a_source_that_fails_keeps_what_it_said(shelf: Shelf, reply: Reply, told: str) -> None:
    replies = iter([Reply(body=b"a.example\n"), reply])
    with serving(lambda _: next(replies)) as server:
        declared(shelf, location=server.url)
        refresh(shelf, "feed", now=5.0)
        standing, _ = refresh(shelf, "feed", now=6.0)
    assert standing.state is State.FAILING
    assert told in standing.why
    assert values(shelf) == ["a.example"]


def test_private_addresses_need_permission(shelf: Shelf) -> None:
    with serving(by_etag) as server:
        declared(shelf, location=server.url, private=False)
        standing, _ = refresh(shelf, "feed", now=5.0)
    assert "private or reserved" in standing.why
    assert server.requests == []


def test_a_secret_is_sent(shelf: Shelf, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("token\n")
    with serving(by_etag) as server:
        declared(shelf, location=server.url, secret_file=str(secret))
        refresh(shelf, "feed", now=5.0)
    assert server.requests[0].headers["authorization"] == "Bearer token"
    with pytest.raises(UsageError, match="cannot be read"):
        secret_of(Source(name="a", location="x", secret_file=str(tmp_path / "none")))


def test_a_collection_is_read_as_a_whole_then_what_was_added(shelf: Shelf, tmp_path: Path) -> None:
    pytest.importorskip("medallion")
    secret = tmp_path / "secret"
    secret.write_text(f"{USER}:{PASSWORD}")
    objects = [indicator(number) for number in range(7)]
    with medallion(tmp_path, content(objects[:5], ADDED[:5]), page=2) as location:
        declared(shelf, client="taxii", location=location, secret_file=str(secret))
        standing, _ = refresh(shelf, "feed", now=5.0)
        assert (standing.state, standing.indicators, standing.why) == (State.GOOD, 5, "")
        assert refresh(shelf, "feed", now=6.0)[1] is None
    with medallion(tmp_path, content(objects[3:], ADDED[3:]), page=2) as location:
        shelf.store.connection.execute(
            "UPDATE intel_source SET declared = replace(declared, ?, ?)",
            [shelf.source("feed").location, location],
        )
        assert refresh(shelf, "feed", now=7.0)[0].indicators == 7  # two were added
        week = 8 * 86_400.0
        assert refresh(shelf, "feed", now=week)[0].indicators == 4  # the whole, as it is now


def test_what_was_revoked_leaves(shelf: Shelf, tmp_path: Path) -> None:
    pytest.importorskip("medallion")
    secret = tmp_path / "secret"
    secret.write_text(f"{USER}:{PASSWORD}")
    with medallion(tmp_path, content([indicator(0), indicator(1)], ADDED[:2])) as location:
        declared(shelf, client="taxii", location=location, secret_file=str(secret))
        refresh(shelf, "feed", now=5.0)
    revoked = indicator(1) | {"revoked": True}
    held = content([indicator(0), revoked], [ADDED[0], ADDED[3]])
    with medallion(tmp_path, held) as location:
        shelf.store.connection.execute(
            "UPDATE intel_source SET declared = replace(declared, ?, ?)",
            [shelf.source("feed").location, location],
        )
        refresh(shelf, "feed", now=6.0)
    assert values(shelf) == ["h0.example"]


def test_a_misp_server_is_read(shelf: Shelf, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY)
    with serving(misp) as server:
        declared(shelf, client="misp", location=server.url, secret_file=str(secret))
        assert refresh(shelf, "feed", now=5.0)[0].indicators == 25


def test_a_misp_feed_is_read_by_its_manifest(shelf: Shelf) -> None:
    uuid = "00000000-0000-4000-8000-000000000001"
    attribute = {"type": "domain", "value": "a.example", "to_ids": True}

    def answer(request: Request) -> Reply:
        replies = {
            "/osint/manifest.json": Reply(body=json.dumps({uuid: {"info": "x"}}).encode()),
            f"/osint/{uuid}.json": Reply(
                body=json.dumps({"Event": {"info": "x", "Attribute": [attribute]}}).encode()
            ),
        }
        return replies.get(request.path, Reply(404))

    with serving(answer) as server:
        declared(shelf, location=f"{server.url}/osint/manifest.json")
        standing, _ = refresh(shelf, "feed", now=5.0)
    assert (standing.state, standing.indicators) == (State.GOOD, 1)


def test_sources_are_due_by_their_interval(shelf: Shelf) -> None:
    source = Source(name="a", location="x")
    assert is_due(source, Standing(), now=5.0)
    assert not is_due(source, Standing(tried=5.0), now=6.0)
    assert is_due(source, Standing(tried=5.0), now=5.0 + 6 * 3600)
    shelf.add(source)
    shelf.add(replace(source, name="b"))
    shelf.failed("a", "x", now=5.0)
    assert due(shelf, now=6.0) == ("b",)


@pytest.mark.parametrize(
    ("location", "client"),
    [("feeds/a.csv", "file"), ("https://feeds.example/a", "http"), ("HTTP://a.example", "http")],
)
def test_locations_tell_who_fetches(location: str, client: str) -> None:
    assert client_of(location) == client


def test_other_schemes_are_refused() -> None:
    with pytest.raises(UsageError, match="files, http:// and https:// only"):
        client_of("ftp://feeds.example/a")


def test_a_package_with_lists_is_found_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file_location("feed.txt") == str(Path("feed.txt").absolute())
    with pytest.raises(UsageError, match="packages with lists are pymispwarninglists"):
        file_location("package:os")
    lists = tmp_path / "pymispwarninglists" / "data" / "misp-warninglists" / "lists"
    lists.mkdir(parents=True)
    (tmp_path / "pymispwarninglists" / "__init__.py").write_text("raise RuntimeError\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert file_location("package:pymispwarninglists") == str(lists)
    monkeypatch.setattr(sys, "path", [])
    importlib.invalidate_caches()
    with pytest.raises(UsageError, match="pip install pymispwarninglists"):
        file_location("package:pymispwarninglists")
