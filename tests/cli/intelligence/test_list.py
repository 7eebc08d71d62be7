from __future__ import annotations

import json
from pathlib import Path

from tests.cli.intelligence.conftest import Call


def test_sources_are_listed(intel: Call, feed: Path) -> None:
    intel("add", "b", str(feed))
    intel("add", "a", "https://feeds.example/x", "--later")
    rows = [json.loads(line) for line in intel("list")[1].splitlines()]
    assert [(row["source"], row["state"]) for row in rows] == [("a", "new"), ("b", "good")]
    status, out, _ = intel("list", "--format", "table")
    assert status == 0
    assert out.splitlines()[0].split() == [
        "SOURCE", "STATE", "INDICATORS", "HELD", "FETCHED", "NEXT", "PURPOSE", "TRUST", "LOCATION",
    ]  # fmt: skip
    assert "hxxps://feeds[.]example/x" in out


def test_entries_are_listed(intel: Call) -> None:
    intel("allow", "a.example", "--reason", "ours\x1b[31m", "--owner", "me", "--expires", "5d")
    intel("deny", "b.example", "--reason", "case 7", "--alone")
    rows = [json.loads(line) for line in intel("list", "--entries")[1].splitlines()]
    assert [(row["says"], row["value"], row["kind"]) for row in rows] == [
        ("allow", "a.example", "domain"),
        ("deny", "b.example", "host"),
    ]
    out = intel("list", "--entries", "--format", "table")[1]
    assert "a[.]example" in out
    assert "\x1b" not in out
    assert "for good" in out


def test_why_a_source_is_held_is_told(intel: Call, feed: Path) -> None:
    feed.write_text("\n".join(f"h{number}.example" for number in range(100)))
    intel("add", "mine", str(feed))
    feed.write_text("h1.example\n")
    intel("refresh")
    status, out, err = intel("list", "--format", "table")
    assert status == 0
    assert "held" in out
    assert err == "mine: it shrank from 100 to 1 indicators\n"


def test_without_a_store_there_is_nothing(intel: Call) -> None:
    status, _, err = intel("list")
    assert status == 2
    assert "fluxhound intel add makes one" in err
