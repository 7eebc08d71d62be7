from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fluxhound.errors import UsageError
from fluxhound.history.store import Store
from fluxhound.intel.desk import MOST_SIGHTINGS, Desk
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Source

NOW = 1_780_000_000.0


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Store(None) as store:
        yield Shelf(store)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    feed = tmp_path / "feed.txt"
    feed.write_text("evil-for-a-test.com\ncom\n")
    return Source(name="feed", location=str(feed))


def test_a_source_is_added_fetched_and_removed(shelf: Shelf, source: Source) -> None:
    desk = Desk(shelf, now=NOW)
    assert desk.add(source, later=True)["state"] == "new"
    told = desk.add(source)
    assert (told["state"], told["indicators"]) == ("good", 1)
    assert told["notes"] == ["feed: 1 refused: a single label (for example com)"]
    assert desk.opinions(["www.evil-for-a-test.com"])[0]["stand"] == "listed"
    assert [each["source"] for each in desk.sources()] == ["feed"]
    desk.remove("feed")
    assert desk.sources() == []


def test_a_source_of_the_configuration_is_changed_there(shelf: Shelf, source: Source) -> None:
    shelf.add(Source(name="feed", location=source.location, configured=True))
    desk = Desk(shelf, now=NOW)
    with pytest.raises(UsageError, match="change it there"):
        desk.add(source)
    with pytest.raises(UsageError, match="remove it there"):
        desk.remove("feed")


def test_only_what_is_due_is_fetched(shelf: Shelf, source: Source) -> None:
    shelf.add(source)
    heard: list[Any] = []
    assert len(Desk(shelf, now=NOW).refresh(tell=heard.append)) == len(heard) == 1
    assert Desk(shelf, now=NOW + 60).refresh(due_only=True) == []
    assert len(Desk(shelf, now=NOW + 7 * 3600).refresh(due_only=True)) == 1
    with pytest.raises(UsageError, match="no source 'other'"):
        Desk(shelf, now=NOW).refresh(["other"])


def test_what_is_held_is_accepted(shelf: Shelf, source: Source) -> None:
    feed = Path(source.location)
    feed.write_text("\n".join(f"h{number}-for-a-test.com" for number in range(100)))
    desk = Desk(shelf, now=NOW)
    desk.add(source)
    feed.write_text("h1-for-a-test.com\n")
    assert desk.refresh()[0]["state"] == "held"
    assert desk.accept("feed")["indicators"] == 1


def test_many_sightings_are_counted(shelf: Shelf, source: Source) -> None:
    for number in range(MOST_SIGHTINGS + 3):
        shelf.store.connection.execute(
            "INSERT INTO history VALUES (490000, 's', ?, 'A', '9.9.9.8', 5, 6, 5, NULL, NULL, 1)",
            [f"w{number}.evil-for-a-test.com"],
        )
    told = Desk(shelf, now=NOW).add(source)
    assert len(told["sightings"]) == MOST_SIGHTINGS
    assert told["more_sightings"] == 3


def test_an_analyst_is_heard_and_forgotten(shelf: Shelf) -> None:
    desk = Desk(shelf, now=NOW)
    said = desk.say("a.example", allow=True, reason="ours", owner="me", seconds=60, alone=True)
    assert (said["says"], said["kind"], said["expired"]) == ("allow", "host", False)
    assert len(desk.entries()) == 1
    desk.unsay("a[.]example")
    assert desk.entries() == []
