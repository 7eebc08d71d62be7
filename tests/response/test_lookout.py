from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fluxhound.history.store import Store
from fluxhound.response import lookout as module
from fluxhound.response.entries import Trigger
from fluxhound.response.lookout import FRESH, Lookout, since_hour
from tests.history.askings import add, row
from tests.response.responses import BOLD, NOW, circumstances

KEY = (Trigger.NAME, "evil.lab")
HOUR = since_hour(NOW) + 24


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        add(opened, [row(HOUR, "evil.lab", count=3), row(HOUR - 48, "evil.lab", count=100)])
        yield opened


def asked(lookout: Lookout, minutes: int = 0, **subjects: Any) -> int:
    given = {KEY: False, **{(Trigger.NAME, name): False for name in subjects}}
    there = circumstances(blasts={})
    found = lookout.looked_at(given, there, BOLD, NOW + timedelta(minutes=minutes))
    return found.blasts[KEY].asked


def test_what_was_seen_is_believed_for_some_minutes(store: Store) -> None:
    lookout = Lookout(store.connection.cursor())
    assert asked(lookout) == 3
    add(store, [row(HOUR, "evil.lab", count=4)])
    assert asked(lookout, 4) == 3
    assert asked(lookout, FRESH.seconds // 60) == 7
    add(store, [row(HOUR, "evil.lab", count=1)])
    assert asked(lookout, -60) == 8  # the clock went back
    add(store, [row(HOUR, "evil.lab", count=1)])
    lookout.forget()
    assert asked(lookout, -60) == 9


def test_exact_is_another_question(store: Store) -> None:
    add(store, [row(HOUR, "www.evil.lab", count=4)])
    lookout = Lookout(store.connection.cursor())
    assert asked(lookout) == 7
    exact = lookout.looked_at({KEY: True}, circumstances(blasts={}), BOLD, NOW)
    assert exact.blasts[KEY].asked == 3


def test_the_most_asked_names_are_protected(store: Store) -> None:
    policy = dataclasses.replace(BOLD, top_share=1.0)
    lookout = Lookout(store.connection.cursor())
    found = lookout.looked_at({KEY: False}, circumstances(blasts={}), policy, NOW)
    assert found.protection.top.touched("evil.lab")
    found = lookout.looked_at({KEY: False}, circumstances(blasts={}), BOLD, NOW)
    assert found.protection.top.touched("evil.lab") is None


def test_of_too_many_some_are_not_known_yet(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOGETHER", 1)
    lookout = Lookout(store.connection.cursor())
    keys = {KEY: False, (Trigger.NAME, "flux.pw"): False}
    assert set(lookout.looked_at(keys, circumstances(blasts={}), BOLD, NOW).blasts) == {KEY}
    assert set(lookout.looked_at(keys, circumstances(blasts={}), BOLD, NOW).blasts) == set(keys)


def test_nothing_is_looked_at_for_nothing(store: Store) -> None:
    there = circumstances(blasts={})
    assert Lookout(store.connection.cursor()).looked_at({}, there, BOLD, NOW) is there
