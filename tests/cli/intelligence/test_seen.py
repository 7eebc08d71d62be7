from __future__ import annotations

import json
from pathlib import Path

from fluxhound.history.store import Store
from tests.cli.intelligence.conftest import Call


def test_what_is_listed_and_was_seen(intel: Call, feed: Path) -> None:
    with Store(Path("flux.duckdb")) as store:
        for name, answers, hour in (
            ("www.evil.example", "203.0.113.1", 490_000),
            ("www.evil.example", "203.0.113.1", 490_024),
            ("good.example", "9.9.9.9", 490_000),
            ("other.example", "203.0.113.2", 490_000),
        ):
            store.connection.execute(
                "INSERT INTO history VALUES (?, 's', ?, 'A', ?, ?, ?, 5, NULL, NULL, 1)",
                [hour, name, answers, hour * 3600.0, hour * 3600.0],
            )
    intel("add", "mine", str(feed))
    rows = [json.loads(line) for line in intel("seen")[1].splitlines()]
    assert [(row["seen"], row["where"], row["days"]) for row in rows] == [
        ("www.evil.example", "name", 2),
        ("9.9.9.9", "answer", 1),
    ]
    assert rows[0]["sentence"] == (
        "www.evil.example was seen on 2 days; mine lists evil.example and all below it"
    )
    out = intel("seen", "--since", "2025-11-24T20:00:00Z", "--format", "table")[1]
    assert [line.split()[0] for line in out.splitlines()] == ["SEEN", "www.evil[.]example"]
    intel("allow", "evil.example", "--reason", "ours")
    assert len(intel("seen")[1].splitlines()) == 1
    assert intel("seen", "--since", "later")[0] == 2
