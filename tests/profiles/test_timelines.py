from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from fluxhound.profiles import timelines
from fluxhound.profiles.timelines import timeline
from fluxhound.records import Timeline
from tests.profiles.building import HOUR, START, Row, build, row, stored


def drawn(rows: list[Row]) -> Timeline:
    with stored(rows) as connection:
        (p,) = build(connection, wanted=["flux.example.com"]).to_pylist()
        return timeline(connection, p["entity"], p["name"])


def test_rows_stand_in_the_order_of_their_first_appearance() -> None:
    rows = [row(i * 600, f"80.{i}.0.1,82.0.0.1") for i in range(5)]
    line = drawn(rows)
    assert [r.facts.address for r in line.rows] == [
        "80.0.0.1", "82.0.0.1", "80.1.0.1", "80.2.0.1", "80.3.0.1", "80.4.0.1",
    ]  # fmt: skip
    assert [r.facts.kind for r in line.rows][:2] == ["access", "hosting"]
    assert line.rows[0].spans[0].first == datetime.fromtimestamp(START, UTC)
    assert (line.rows_left_out, line.changes_left_out) == (0, 0)


def test_changes_tell_what_was_new_and_sum_to_all() -> None:
    texts = ["80.0.0.1", "80.0.0.2,80.0.0.1", "80.0.0.1", "80.0.0.3,80.0.0.4"]
    line = drawn([row(i * HOUR, text, ttl=60 + i) for i, text in enumerate(texts)])
    assert [c.new for c in line.changes] == [1, 1, 0, 2]
    assert [c.ttl for c in line.changes] == [60, 61, 62, 63]
    assert line.changes[1].addresses == ("80.0.0.1", "80.0.0.2")
    assert sum(c.new for c in line.changes) == len(line.rows)
    assert all(a.time < b.time for a, b in pairwise(line.changes))


def test_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "MAX_ROWS", 3)
    monkeypatch.setattr(timelines, "MAX_CHANGES", 2)
    line = drawn([row(i * 60, f"80.0.0.{i + 1}") for i in range(10)])
    assert (len(line.rows), line.rows_left_out) == (3, 7)
    assert (len(line.changes), line.changes_left_out) == (2, 8)


def test_addresses_without_a_network_have_no_number() -> None:
    line = drawn([row(i, f"198.51.100.{i + 1}") for i in range(3)])
    assert {(r.facts.asn, r.facts.holder, r.facts.kind) for r in line.rows} == {
        (None, "", "unknown")
    }
