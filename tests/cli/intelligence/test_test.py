from __future__ import annotations

import json
from pathlib import Path

from tests.cli.intelligence.conftest import Call


def test_the_deciding_entry_is_told(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    intel("allow", "good.evil.example", "--reason", "ours", "--owner", "me")
    status, out, _ = intel("test", "hxxp://good[.]evil[.]example/x", "9.9.9.9", "nobody.example")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(row["name"], row["stand"], row["blocks"]) for row in rows] == [
        ("good.evil.example", "allowed", False),
        ("9.9.9.9", "listed", True),
        ("nobody.example", "unknown", False),
    ]
    assert [reason["source"] for reason in rows[0]["reasons"]] == ["analyst", "mine"]


def test_it_is_told_to_people(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed), "--tlp", "red")
    out = intel("test", "www.evil.example", "x.example", "--format", "table")[1]
    assert out == (
        "www.evil[.]example: listed: it may be blocked (weight 0.45)\n"
        "  decides  mine lists evil[.]example and all below it [TLP:RED]\n"
        "x[.]example: unknown: no source and no entry speaks of it\n"
    )
    plain = intel("test", "www.evil.example", "--format", "table", "--no-defang")[1]
    assert plain.startswith("www.evil.example: listed")


def test_a_name_must_be_given(intel: Call) -> None:
    assert intel("test")[0] == 2
