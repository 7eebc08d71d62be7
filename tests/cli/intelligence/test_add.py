from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.intelligence.conftest import Call


def test_a_source_is_declared_and_fetched(intel: Call, feed: Path) -> None:
    status, out, err = intel("add", "mine", "feed.txt", "--tlp", "amber", "--licence", "CC0-1.0")
    row = json.loads(out)
    assert status == 0
    assert (row["source"], row["state"], row["indicators"]) == ("mine", "good", 3)
    assert (row["client"], row["location"]) == ("file", str(feed))
    assert (row["tlp"], row["licence"]) == ("amber", "CC0-1.0")
    assert err == "mine: 1 refused: a single label (for example com)\n"


def test_a_source_may_be_fetched_later(intel: Call, feed: Path) -> None:
    row = json.loads(intel("add", "mine", str(feed), "--later")[1])
    assert (row["state"], row["indicators"], row["fetched"]) == ("new", 0, None)


def test_a_source_that_cannot_be_read_is_told(intel: Call) -> None:
    status, out, err = intel("add", "mine", "nothing.txt")
    assert status == 3
    assert json.loads(out)["state"] == "failing"
    assert "No such file" in err


def test_everything_can_be_said(intel: Call, feed: Path) -> None:
    table = feed.with_name("table.csv")
    table.write_text("x;a.example;b\ny;corp.example;b\nz;c.example;b\n")
    status, out, err = intel(
        "add", "t", "table.csv", "--form", "csv", "--column", "value=2", "--own", "corp.example",
        "--purpose", "context", "--trust", "5", "--half-life", "domain=5d", "--refresh", "1h",
        "--no-subnames",
    )  # fmt: skip
    assert status == 0
    assert json.loads(out)["indicators"] == 2
    assert json.loads(out)["refresh_s"] == 3600
    assert "1 refused: one of your own" in err


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["A b", "feed.txt"], "no name for a source"),
        (["a", "ftp://feeds.example/"], "files, http:// and https:// only"),
        (["a", "feed.txt", "--trust", "200"], "from 0 to 100"),
        (["a", "feed.txt", "--half-life", "name=5d"], "there is no kind 'name'"),
        (["a", "feed.txt", "--half-life", "url=soon"], "is not a duration"),
        (["a", "feed.txt", "--refresh", "soon"], "is not a duration"),
        (["a", "feed.txt", "--column", "value"], "is no pair"),
        (["a", "feed.txt", "--form", "cvs"], "Did you mean csv?"),
        (["a", "feed.txt", "--own", "http://a.example/"], "one of your own"),
    ],
)
def test_what_makes_no_sense_is_told(intel: Call, feed: Path, args: list[str], told: str) -> None:
    status, out, err = intel("add", *args)
    assert (status, out) == (2, "")
    assert told in err
    assert not feed.with_name("flux.duckdb").exists()


def test_the_store_must_be_named(intel: Call, feed: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("FLUXHOUND_STORE")
    status, _, err = intel("add", "mine", str(feed))
    assert status == 2
    assert "--store FILE" in err
