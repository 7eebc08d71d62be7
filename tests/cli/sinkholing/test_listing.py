from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from fluxhound.cli.sinkholing.listing import (
    COLUMNS,
    render_csv,
    render_jsonl,
    render_table,
    shown_kinds,
)
from fluxhound.response.sinkhole.judging import Kind
from fluxhound.response.sinkhole.victims import Victims, find_victims
from tests.response.sinkhole.making import asking, stored, visit

PLAIN = shown_kinds(everybody=False)


@pytest.fixture
def found(tmp_path: Path) -> Victims:
    return find_victims(
        stored(
            tmp_path / "s",
            asking("evil.example", "10.0.0.7", agent="=cmd|'/c calc'!A1"),
            visit("10.0.0.9", first=b"x"),
            asking("evil.example", "8.8.8.8"),
        ),
        network_of=lambda _: "abcd1234",
    )


def test_the_table(found: Victims) -> None:
    summary, head, victim, unclear = render_table(found, PLAIN, defanged=True).splitlines()
    assert summary == "3 clients called the sinkhole: 1 is a victim, 1 is unclear, 1 is outside."
    assert head.split() == [name.upper() for name in COLUMNS]
    assert victim.split()[:5] == [
        "10.0.0.7", "victim", "2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z", "1",
    ]  # fmt: skip
    assert "evil[.]example  abcd1234  80" in victim
    assert victim.endswith("it wanted evil[.]example alone")
    assert unclear.startswith("10.0.0.9")
    assert "evil.example" in render_table(found, PLAIN, defanged=False)
    assert "8.8.8.8" in render_table(found, tuple(Kind), defanged=True)


def test_nobody_called() -> None:
    nobody = Victims(clients=(), folded=0, unasked=0)
    assert render_table(nobody, PLAIN, defanged=True) == (
        "No client called the sinkhole in this time.\n"
    )


def test_what_is_not_known_is_told(found: Victims) -> None:
    more = Victims(clients=found.clients, folded=1_200, unasked=7)
    summary = render_table(more, PLAIN, defanged=True).splitlines()[0]
    assert "1,200 more visits are known only in sum" in summary
    assert "For 7 more names" in summary


def test_for_spreadsheets(found: Victims) -> None:
    head, victim, *_ = csv.reader(io.StringIO(render_csv(found.of(*PLAIN))))
    row = dict(zip(head, victim, strict=True))
    assert row["client"] == "10.0.0.7"
    assert row["agents"].startswith("'=cmd")  # not taken for a formula
    assert row["names"] == "evil.example"


def test_for_machines(found: Victims) -> None:
    documents = [json.loads(line) for line in render_jsonl(found.of(*PLAIN))]
    assert [each["client"] for each in documents] == ["10.0.0.7", "10.0.0.9"]
