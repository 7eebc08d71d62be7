from __future__ import annotations

import dataclasses

from fluxhound.cli.responding import rendering
from fluxhound.response.changes import Change
from fluxhound.response.entries import Neighbours, Trigger
from fluxhound.response.planning import plan
from fluxhound.response.register import Step
from tests.response.responses import BOLD, NOW, blast, circumstances, entry, finding

HOSTILE = "a\x1b[31m\u202e.lab"


def test_a_plan_tells_what_it_touches() -> None:
    near = blast(
        aliased=Neighbours(count=1, names=("shop.lab",)),
        addresses=Neighbours(count=9, names=("a.pw", "b.pw", "c.pw", "d.pw")),
    )
    there = circumstances(blasts={(Trigger.NAME, "evil.lab"): near})
    text = rendering.plan_text(plan([finding()], there, BOLD, NOW), defanged=True)
    assert "asked 40 times for 2 names, 1 clients, place 900 of 1,000" in text
    assert "is an alias of it: shop[.]lab" in text
    assert "shares an address: a[.]pw, b[.]pw, c[.]pw and 6 more" in text


def test_nothing_is_told_as_nothing() -> None:
    text = rendering.plan_text(plan([], circumstances(), BOLD, NOW), defanged=True)
    assert text.startswith("Nothing to change. Plan ")


def test_hostile_text_is_shown_escaped() -> None:
    hostile = entry(HOSTILE, reason=HOSTILE, approved_by=HOSTILE)
    step = Step(
        action=1, time="2026-11-24T08:00:00Z", who=HOSTILE, kind="apply", reason=HOSTILE,
        changes=(Change(before=None, after=hostile),),
    )  # fmt: skip
    for text in (
        rendering.entries_text([hostile], NOW, defanged=True),
        rendering.steps_text(HOSTILE, [step], defanged=False),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_state_of_an_entry() -> None:
    states = [
        rendering.state_of(each, NOW)
        for each in (entry(), entry(approved_by=""), dataclasses.replace(entry(), expires=NOW))
    ]
    assert states == ["in force", "waits", "expired"]
