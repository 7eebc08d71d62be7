"""Until when a behaviour went on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fluxhound.history.store import Store
from fluxhound.records import EntityKind
from fluxhound.response.continuing import continued, last_changes
from fluxhound.response.lookout import Lookout
from fluxhound.response.policy import Policy
from fluxhound.response.register import Register
from tests.history.askings import HOUR, Row, add, add_askings, row
from tests.response.responses import BOLD, NOW, finding

BEGIN = int(NOW.timestamp() // HOUR) - 2


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


def shown(name: str, *changes: tuple[float, str]) -> list[Row]:
    """Return rows of answers, each with its time in seconds after ``BEGIN``."""
    return [row(BEGIN + int(at // HOUR), name, text, at=at % HOUR) for at, text in changes]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(BEGIN * HOUR + seconds, UTC)


TURNS = shown("evil.lab", (0, "45.1.1.1"), (100, "45.1.1.2"), (200, "45.1.1.3"))
PARKED = shown("evil.lab", (400, "45.9.9.9"), (4000, "45.9.9.9"), (7000, "45.9.9.9"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (TURNS, 100),
        ([*TURNS, *PARKED], 200),
        # Two sets that take turns: the one before the last was there a moment ago.
        ([*TURNS, *shown("evil.lab", (7000, "45.1.1.2"), (7001, "45.1.1.1"))], 7000),
        # What is below it counts, its name servers included; what only ends alike does not.
        ([*PARKED, *shown("ns1.evil.lab", (600, "45.1.1.2"), (700, "45.1.1.1"))], 600),
        ([*TURNS, *shown("notevil.lab", (600, "45.1.1.2"), (700, "45.1.1.1"))], 100),
        (PARKED, None),
        ([], None),
    ],
)  # fmt: skip
def test_the_answer_before_the_last_tells(
    store: Store, rows: list[Row], expected: float | None
) -> None:
    add(store, rows)
    found = last_changes(store.connection.cursor(), {"evil.lab"}, since_hour=BEGIN)
    assert found == ({} if expected is None else {"evil.lab": at(expected)})


def test_findings_end_when_the_changes_did(store: Store) -> None:
    add(store, [*TURNS, *PARKED])
    name = finding("www.evil.lab", entity=EntityKind.NAME)
    server = finding("evil.lab", entity=EntityKind.NAME_SERVER)
    other = finding("flux.pw")
    changed = last_changes(store.connection.cursor(), {"evil.lab"}, since_hour=BEGIN)
    found = continued((name, server, other), changed)
    assert found == (dataclasses.replace(name, last_seen=at(200)), server, other)
    assert continued((name,), {}) == (name,)


def test_what_was_seen_is_believed_for_minutes(store: Store) -> None:
    lookout = Lookout(store.connection.cursor())
    add(store, TURNS)
    assert lookout.changes(["evil.lab"], BOLD, NOW) == {"evil.lab": at(100)}
    add(store, PARKED)
    soon = NOW + timedelta(minutes=4)
    assert lookout.changes(["evil.lab", "flux.pw"], BOLD, soon) == {"evil.lab": at(100)}
    later = NOW + timedelta(minutes=6)
    assert lookout.changes(["evil.lab", "flux.pw"], BOLD, later) == {"evil.lab": at(200)}
    lookout.forget()
    assert lookout.changes([], BOLD, later) == {}


@pytest.mark.parametrize(("continuing_s", "expected"), [(7100, 1), (6000, 0)])
def test_a_name_that_is_only_asked_any_more_is_not_blocked(
    store: Store, continuing_s: float, expected: int
) -> None:
    """It still is a finding, and last answered a moment ago."""
    add(store, [*TURNS, *PARKED])
    add_askings(store, [(BEGIN, "evil.lab", 11, 0.0, 3)])
    policy: Policy = dataclasses.replace(BOLD, continuing=timedelta(seconds=continuing_s))
    register = Register(store.connection.cursor())
    plan = register.propose([finding()], NOW, policy)
    assert len(plan.proposals) == expected
