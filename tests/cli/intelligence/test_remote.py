from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxhound.cli.intelligence.remote import MOST_NAMES, RemoteDesk
from fluxhound.errors import StoreError
from fluxhound.history.store import Store
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Source
from fluxhound.service.intelligence import Intelligence
from tests.cli.intelligence.conftest import Call
from tests.service.web.serving import INTEL, READ, Pipeline, served


@pytest.fixture
def service(feed: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Options that lead to a service which holds the store of the settings."""
    (folder / "token").write_text(INTEL)
    (folder / "reader").write_text(READ)
    with Store(folder / "flux.duckdb") as store:
        Shelf(store).add(Source(name="mine", location=str(feed)))
        with served(Pipeline(intelligence=Intelligence(store))) as address:
            yield ["--url", address, "--token-file", "token"]


def test_a_service_is_asked_as_a_store_is(intel: Call, service: list[str]) -> None:
    status, out, err = intel("refresh", *service)
    assert (status, json.loads(out)["indicators"]) == (0, 3)
    assert "1 refused: a single label" in err
    assert json.loads(intel("list", *service)[1])["state"] == "good"
    out = intel("test", "www.evil[.]example", "--format", "table", *service)[1]
    assert out.startswith("www.evil[.]example: listed: it may be blocked")
    assert json.loads(intel("lookup", "9.9.9.9", "nobody.example", *service)[1])["name"] == (
        "9.9.9.9"
    )
    assert intel("allow", "evil.example", "--reason", "ours", "--expires", "5d", *service)[2] == (
        "allow: evil.example and all below it for 5d.\n"
    )
    assert json.loads(intel("list", "--entries", *service)[1])["reason"] == "ours"
    assert intel("remove", "--entry", "evil.example", *service)[0] == 0
    assert intel("remove", "mine", *service)[0] == 0
    assert intel("list", *service)[1] == ""


def test_what_is_held_is_accepted(intel: Call, service: list[str], feed: Path) -> None:
    feed.write_text("\n".join(f"h{number}.example" for number in range(100)))
    intel("refresh", *service)
    feed.write_text("h1.example\n")
    assert json.loads(intel("refresh", "mine", "-q", *service)[1])["state"] == "held"
    assert json.loads(intel("refresh", "--accept", "mine", *service)[1])["indicators"] == 1


def test_sources_are_added_without_files(intel: Call, service: list[str]) -> None:
    status, out, _ = intel("add", "web", "https://feeds.example/x", "--later", *service)
    assert (status, json.loads(out)["state"]) == (0, "new")
    status, _, err = intel("add", "web", "feed.txt", *service)
    assert status == 2
    assert "[[intel]]" in err


def test_a_store_in_use_leads_to_the_service(intel: Call, service: list[str]) -> None:
    # The same process may open a store twice, another may not.
    status, _, err = intel("list", *service, "--store", "flux.duckdb")
    assert status == 2
    assert "not both" in err
    assert "--token-file is for --url" in intel("list", "--token-file", "token")[2]
    assert intel("list", "--url", service[1])[0] == 2


def test_who_may_not_change_is_told(intel: Call, service: list[str]) -> None:
    status, _, err = intel("refresh", "--url", service[1], "--token-file", "reader")
    assert status == 2
    assert "status 403" in err


def test_many_names_are_asked_in_portions(
    service: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fluxhound.cli.intelligence.remote.MOST_NAMES", 2)
    assert MOST_NAMES == 10_000
    assert len(RemoteDesk(service[1], READ).opinions(["a.example"] * 5)) == 5


@pytest.mark.parametrize("answer", [b"no JSON", b"[]", b'{"sources": [1]}', b"[" * 100_000])
def test_something_else_answers(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fluxhound.cli.intelligence.remote.call", lambda *_, **__: answer)
    desk = RemoteDesk("http://127.0.0.1:1", "token")
    with pytest.raises(StoreError, match="no answer of Fluxhound's service"):
        desk.sources()
    with pytest.raises(StoreError, match="no answer of Fluxhound's service"):
        desk.accept("x")
