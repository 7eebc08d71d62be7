from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fluxhound.config import IntelSettings
from fluxhound.errors import ConfigurationError
from fluxhound.history.store import Store
from fluxhound.intel.declared import Agreed, agree, sources_of
from fluxhound.intel.fetching import is_due, refresh
from fluxhound.intel.indicator import Kind, Tlp
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source

NOW = 1_780_000_000.0


def settings(name: str = "a", location: str = "feed.txt", **given: object) -> IntelSettings:
    return IntelSettings(name=name, location=location, **given)  # type: ignore[arg-type]


def test_a_section_becomes_a_source() -> None:
    [source] = sources_of(
        [
            settings(
                location="https://feeds.example/x",
                every=timedelta(hours=1),
                purpose="context",
                half_life={"address": timedelta(days=3)},
                secret_file=Path("key"),
                tlp="green",
                any_attribute=True,
                limit=1 << 20,
            )
        ]
    )
    assert (source.client, source.refresh, source.purpose) == (
        "http",
        timedelta(hours=1),
        Purpose.CONTEXT,
    )
    assert source.half_lives[Kind.ADDRESS] == timedelta(days=3)
    assert source.half_lives[Kind.DOMAIN] == timedelta(days=90)
    assert source.secret_file == str(Path("key").absolute())
    assert (source.tlp, source.to_ids, source.limit) == (Tlp.GREEN, False, 1 << 20)
    assert source.configured


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"location": "ftp://x.example/"}, "files, http:// and https:// only"),
        ({"form": "jsn"}, "Did you mean json?"),
        ({"own": ("a b",)}, "[[intel]] a:"),
    ],
)
def test_a_section_that_makes_no_sense(given: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        sources_of([settings(**given)])
    assert told in str(caught.value)
    assert str(caught.value).startswith("[[intel]] a: ")


def test_the_shelf_agrees_with_the_configuration(tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("evil-for-a-test.com\n")
    with Store(None) as store:
        shelf = Shelf(store)
        shelf.add(Source(name="mine", location="added by command"))
        wanted = sources_of([settings(location=str(feed)), settings("b", str(feed))])
        assert agree(shelf, wanted) == Agreed(declared=("a", "b"))
        assert agree(shelf, wanted) == Agreed()  # nothing is done twice
        refresh(shelf, "a", now=NOW)
        assert len(shelf.indicators("a")) == 1
        heavier = sources_of([settings(location=str(feed), trust=90)])
        assert agree(shelf, heavier) == Agreed(declared=("a",), removed=("b",))
        assert [each.name for each in shelf.sources()] == ["a", "mine"]
        assert len(shelf.indicators("a")) == 1  # what it said stays
        assert not is_due(shelf.source("a"), shelf.standing("a"), now=NOW + 60)
        # Read otherwise, it is fetched at once.
        agree(shelf, sources_of([settings(location=str(feed), subnames=False)]))
        assert is_due(shelf.source("a"), shelf.standing("a"), now=NOW + 60)


def test_a_source_that_was_added_by_command_becomes_the_configurations() -> None:
    with Store(None) as store:
        shelf = Shelf(store)
        shelf.add(Source(name="a", location="https://old.example/", client="http"))
        agree(shelf, sources_of([settings(location="https://new.example/")]), whole=False)
        assert shelf.source("a").location == "https://new.example/"
        agree(shelf, (), whole=False)
        assert shelf.sources()
        agree(shelf, ())
        assert not shelf.sources()
