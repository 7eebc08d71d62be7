from __future__ import annotations

import json
from pathlib import Path

from fluxhound.history.store import Store
from tests.cli.intelligence.conftest import Call


def test_sources_are_fetched_again(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    feed.write_text("other.example\n")
    status, out, err = intel("refresh", "-q")
    assert status == 0
    assert json.loads(out)["indicators"] == 1
    assert err == ""
    assert intel("refresh", "--due")[1] == ""  # nothing is due


def test_what_is_held_waits_for_a_person(intel: Call, feed: Path) -> None:
    feed.write_text("\n".join(f"h{number}.example" for number in range(100)))
    intel("add", "mine", str(feed))
    feed.write_text("h1.example\n")
    status, out, err = intel("refresh", "mine")
    row = json.loads(out)
    assert (status, row["state"], row["indicators"], row["held"]) == (0, "held", 100, 1)
    assert "fluxhound intel refresh --accept mine" in err
    row = json.loads(intel("refresh", "--accept", "mine")[1])
    assert (row["state"], row["indicators"], row["held"]) == ("good", 1, 0)
    assert intel("refresh", "--accept", "mine")[0] == 2


def test_a_source_that_fails_gives_the_status(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    feed.unlink()
    status, out, err = intel("refresh")
    assert status == 3
    assert json.loads(out)["indicators"] == 3
    assert "No such file" in err


def test_new_indicators_are_looked_up_in_the_history(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    with Store(Path("flux.duckdb")) as store:
        for hour in (490_000, 490_024):
            store.connection.execute(
                "INSERT INTO history VALUES (?, 's', 'www.late.example', 'A', '9.9.9.8', ?, ?, 5, "
                "NULL, NULL, 1)",
                [hour, hour * 3600.0, hour * 3600.0],
            )
        store.connection.execute("INSERT INTO asked VALUES ('www.late.example', 5, 1)")
    feed.write_text("evil.example\n9.9.9.9\nlate.example\n")
    err = intel("refresh")[2]
    assert err == ("mine: www.late[.]example was seen on 2 days by 1 client before it was known.\n")
    assert "www.late" not in intel("refresh")[2]  # told once


def test_accepting_is_done_alone(intel: Call, feed: Path) -> None:
    intel("add", "mine", str(feed))
    assert intel("refresh", "mine", "--accept", "mine")[0] == 2
    assert "There is no source 'other'" in intel("refresh", "other")[2]
