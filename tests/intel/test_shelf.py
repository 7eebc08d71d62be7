from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from fluxhound.errors import StoreError, UsageError
from fluxhound.history.store import Store
from fluxhound.intel.indicator import INDICATOR, Kind, Tlp
from fluxhound.intel.reading.recognition import Feed
from fluxhound.intel.shelf import Shelf, declaration, declared_source
from fluxhound.intel.source import Purpose, Source, State
from tests.intel.readers import read

SOURCE = Source(name="feed", location="feed.txt", licence="CC0-1.0", tlp=Tlp.GREEN)


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Store() as store:
        found = Shelf(store)
        found.add(SOURCE)
        yield found


def names(count: int, start: int = 0) -> Feed:
    return read("\n".join(f"h{number}.example" for number in range(start, start + count)))


def values(shelf: Shelf, name: str | None = None) -> set[str]:
    return set(shelf.indicators(name)["value"].to_pylist())


def test_declarations_round_trip() -> None:
    source = Source(
        name="a.b-c",
        location="https://feeds.example/x",
        client="http",
        purpose=Purpose.CONTEXT,
        trust=10,
        tlp=Tlp.AMBER_STRICT,
        half_lives={Kind.URL: timedelta(hours=5)},
        refresh=timedelta(days=1),
        columns={"value": "2"},
        subnames=True,
        own=("corp.example", "192.0.2.0/24"),
    )
    assert declared_source(declaration(source)) == source
    with pytest.raises(StoreError, match="another version"):
        declared_source({"name": "x"})


def test_sources_are_declared_and_forgotten(shelf: Shelf) -> None:
    shelf.add(replace(SOURCE, name="another"))
    assert [source.name for source in shelf.sources()] == ["another", "feed"]
    shelf.put("feed", names(3), now=5.0)
    shelf.remove("feed")
    assert [source.name for source in shelf.sources()] == ["another"]
    assert values(shelf) == set()
    with pytest.raises(UsageError, match="The sources are: another"):
        shelf.remove("feed")


def test_what_a_source_says_replaces_what_it_said(shelf: Shelf) -> None:
    assert shelf.standing("feed").state is State.NEW
    first = shelf.put("feed", names(3), now=5.0, etag="x")
    assert (first.state, first.indicators, first.changed, first.etag) == (State.GOOD, 3, 5.0, "x")
    shelf.put("feed", names(3, start=2), now=6.0)
    assert values(shelf, "feed") == {"h2.example", "h3.example", "h4.example"}
    assert shelf.indicators().schema == INDICATOR
    assert set(shelf.indicators()["source"].to_pylist()) == {"feed"}


def test_a_suspicious_change_is_held_for_a_person(shelf: Shelf) -> None:
    shelf.put("feed", names(100), now=5.0)
    held = shelf.put("feed", names(10, start=200), now=6.0)
    assert (held.state, held.indicators, held.held, held.changed) == (State.HELD, 100, 10, 5.0)
    assert held.why == "it shrank from 100 to 10 indicators"
    assert len(values(shelf)) == 100
    shelf.unchanged("feed", now=7.0)
    shelf.failed("feed", "no answer", now=8.0)
    assert shelf.standing("feed").state is State.HELD
    accepted = shelf.accept("feed", now=9.0)
    assert (accepted.state, accepted.indicators, accepted.held) == (State.GOOD, 10, 0)
    assert accepted.why == ""
    with pytest.raises(UsageError, match="Nothing of feed is held"):
        shelf.accept("feed", now=9.0)


def test_an_empty_feed_replaces_nothing(shelf: Shelf) -> None:
    shelf.put("feed", names(3), now=5.0)
    held = shelf.put("feed", read("# nothing\n", "text"), now=6.0)
    assert (held.state, held.indicators) == (State.HELD, 3)
    assert shelf.accept("feed", now=7.0).indicators == 0


def test_sound_content_replaces_what_was_held(shelf: Shelf) -> None:
    shelf.put("feed", names(100), now=5.0)
    shelf.put("feed", names(10), now=6.0)
    good = shelf.put("feed", names(90), now=7.0)
    assert (good.state, good.indicators, good.held, good.why) == (State.GOOD, 90, 0, "")


def test_a_poisoned_feed_replaces_nothing(shelf: Shelf) -> None:
    shelf.put("feed", names(100), now=5.0)
    poison = "\n".join(f"10.0.0.{number}" for number in range(60))
    clean = "\n".join(f"h{number}.example" for number in range(100))
    held = shelf.put("feed", read(f"{clean}\n{poison}"), now=6.0)
    assert held.state is State.HELD
    assert "60 of 160 entries had to be refused" in held.why


def test_a_failing_source_keeps_what_it_said(shelf: Shelf) -> None:
    shelf.put("feed", names(3), now=5.0)
    shelf.failed("feed", "no answer", now=6.0)
    found = shelf.standing("feed")
    assert (found.state, found.why, found.fetched, found.tried) == (
        State.FAILING,
        "no answer",
        5.0,
        6.0,
    )
    assert found.indicators == 3
    shelf.unchanged("feed", now=7.0)
    assert (shelf.standing("feed").state, shelf.standing("feed").why) == (State.GOOD, "")


def test_a_write_that_fails_changes_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put("feed", names(3), now=5.0)

    def broken(*_: object, **__: object) -> None:
        raise duckdb.Error("disk full")

    monkeypatch.setattr(shelf, "_note", broken)
    with pytest.raises(StoreError, match=r"nothing was changed.*disk full"):
        shelf.put("feed", names(3, start=50), now=6.0)
    assert values(shelf) == {"h0.example", "h1.example", "h2.example"}


def test_the_shelf_lasts(tmp_path: Path) -> None:
    path = tmp_path / "flux.duckdb"
    with Store(path) as store:
        shelf = Shelf(store)
        shelf.add(SOURCE)
        shelf.put("feed", names(3), now=5.0)
    with Store(path) as store:
        again = Shelf(store)
        assert again.source("feed") == SOURCE
        assert len(values(again)) == 3
