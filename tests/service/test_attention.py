from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fluxhound.service.attention import (
    LINE,
    MOST_PAUSE_S,
    NEAR,
    PAUSE_S,
    REPEATS_S,
    Attention,
    Fill,
    State,
)
from fluxhound.service.breadth import Breadth

ONE = np.array([0])


def attention(**columns: Any) -> tuple[Attention, Breadth]:
    """Return one domain that passed with ten answers."""
    breadth = Breadth(100)
    breadth.add(np.array([1], dtype=np.uint64), np.array([9], dtype=np.uint64))
    for name, value in ({"passed": True, "texts": 10} | columns).items():
        breadth.domains[name][:] = value
    return Attention(breadth), breadth


def is_due(of: Attention, now: float = 100.0) -> bool:
    return bool(of.due(now, 10)[0].size)


def say(of: Attention, odds: float, *, found: bool = False, ruled_out: bool = False) -> None:
    of.looked(
        ONE, 50.0, odds=np.array([odds]), found=np.array([found]), ruled_out=np.array([ruled_out])
    )


@pytest.mark.parametrize(
    ("columns", "due"),
    [
        ({}, True),
        ({"passed": False}, False),
        ({"passed": False, "hot": True}, True),
        ({"due_at": 11}, False),
        ({"fill": Fill.FIRST}, False),
        ({"state": State.NEAR, "due_at": 11, "heard": True, "rested_at": 100 - REPEATS_S}, True),
        ({"state": State.NEAR, "due_at": 11, "heard": True, "rested_at": 99}, False),
        ({"state": State.OPEN, "due_at": 11, "heard": True}, False),
        ({"state": State.FOUND, "rested_at": 99, "pause": 5}, False),
        ({"state": State.FOUND, "rested_at": 94, "pause": 5}, True),
    ],
)
def test_who_is_due(columns: dict[str, Any], *, due: bool) -> None:
    assert is_due(attention(**columns)[0]) is due


@pytest.mark.parametrize(
    ("said", "state", "next_at"),
    [
        ({"odds": np.nan}, State.UNKNOWN, 11),
        ({"odds": np.nan, "ruled_out": True}, State.RULED_OUT, 20),
        ({"odds": LINE - NEAR - 1}, State.OPEN, 11),
        ({"odds": LINE - 0.1}, State.NEAR, 11),
        ({"odds": LINE + 1, "found": True}, State.FOUND, 11),
    ],
)
def test_what_a_look_leads_to(said: dict[str, Any], state: State, next_at: int) -> None:
    of, breadth = attention()
    say(of, **said)
    assert breadth.domains["state"][0] == state
    assert breadth.domains["due_at"][0] == next_at
    assert not is_due(of)
    breadth.domains["texts"][:] = next_at
    fill = breadth.domains["fill"][0]
    assert fill == {State.UNKNOWN: Fill.NOT_NEEDED, State.RULED_OUT: Fill.FIRST}.get(
        state, Fill.WANTED
    )
    assert is_due(of) is (state != State.RULED_OUT)


def test_much_must_grow_by_a_tenth() -> None:
    of, breadth = attention(texts=200)
    say(of, LINE - NEAR - 1)
    assert breadth.domains["due_at"][0] == 220


def test_a_finding_that_stays_is_looked_at_less_and_less() -> None:
    of, breadth = attention()
    pauses = []
    for _ in range(9):
        say(of, 3.0, found=True)
        pauses.append(float(breadth.domains["pause"][0]))
    assert pauses[:4] == [2, 4, 8, 16]
    assert pauses[-1] == MOST_PAUSE_S
    say(of, LINE - 0.1)
    say(of, 3.0, found=True)
    assert breadth.domains["pause"][0] == PAUSE_S


def crowd() -> tuple[Attention, Breadth]:
    """Return five domains that are due: ruled out, open, near, new, and new on a hot address."""
    breadth = Breadth(100)
    keys = np.arange(1, 6, dtype=np.uint64)
    breadth.add(keys, keys)
    breadth.domains["passed"][:] = True
    breadth.domains["texts"][:] = 3
    breadth.domains["state"][:] = [State.RULED_OUT, State.OPEN, State.NEAR, 0, 0]
    breadth.domains["odds"][:] = LINE - 1
    breadth.domains["hot"][4] = True
    return Attention(breadth), breadth


def test_the_most_suspicious_come_first_and_others_wait() -> None:
    of, breadth = crowd()
    due = of.due(0.0, 3, together=True)
    assert due.domains.tolist() == [2, 4, 1]
    assert (due.waiting, due.others) == (2, True)
    # What is urgent goes alone; without all, nothing else goes.
    assert of.due(0.0, 3)[0].tolist() == [2, 4]
    assert of.due(0.0, 3, all_=False)[1:] == (3, False)
    breadth.domains["state"][2] = State.OPEN
    breadth.domains["hot"][4] = False
    assert of.due(0.0, 3, all_=False)[0].size == 0
    assert of.due(0.0, 3)[0].tolist() == [1, 2, 3]
    assert of.due(0.0, 3).others


def test_what_shows_nothing_new_or_is_told_already_is_not_urgent() -> None:
    of, breadth = crowd()
    breadth.domains["hot"][4] = False
    breadth.domains["state"][1] = State.FOUND
    breadth.domains["due_at"][2] = 4
    breadth.domains["heard"][2] = True
    breadth.domains["rested_at"][:] = -REPEATS_S
    assert of.due(0.0, 3, all_=False)[0].size == 0
    assert of.due(0.0, 2)[0].tolist() == [2, 1]
    # It goes with what is urgent, though: it is looked at with little more work.
    breadth.domains["lines"][3] = 4
    assert of.due(0.0, 5, all_=False)[0].tolist() == [3, 2, 1]


def test_urgent_beyond_the_bound_wait() -> None:
    of, breadth = crowd()
    breadth.domains["lines"][:] = 5
    breadth.domains["state"][:] = State.UNKNOWN
    due = of.due(0.0, 2)
    assert (due.domains.size, due.waiting, due.others) == (2, 3, False)


def test_filling() -> None:
    of, breadth = attention(fill=Fill.FIRST)
    assert of.to_fill(5).tolist() == [0]
    breadth.domains["due_at"][:] = 20
    assert of.to_fill(5).size == 0
    breadth.domains["fill"][:] = Fill.WANTED
    assert of.to_fill(5).tolist() == [0]
    of.filled(ONE)
    assert of.to_fill(5).size == 0
    assert is_due(of)
    assert of.candidates().size == 0
