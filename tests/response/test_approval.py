from __future__ import annotations

import dataclasses

import pytest

from fluxhound.response.approval import approved, automatic, restorable
from fluxhound.response.changes import Change, StaleError
from fluxhound.response.entries import Mode
from fluxhound.response.policy import Policy
from fluxhound.response.wishes import wishes
from tests.response.responses import BOLD, NOW, blast, circumstances, entry, finding

WAITING = entry(approved_by="")


def test_logging_needs_nobody_unless_the_policy_says_so() -> None:
    policy = dataclasses.replace(BOLD, mode=Mode.LOG)
    wish = wishes([finding(malice=0.0)], policy, {})[0]
    assert automatic(wish, blast(clients=None), policy)
    asking = dataclasses.replace(policy.approval, logging=False)
    assert not automatic(wish, blast(), dataclasses.replace(policy, approval=asking))


def test_an_approval_moves_what_waits_and_says_who() -> None:
    there = circumstances(entries=(WAITING,))
    changes, brakes = approved(WAITING, "ann", there, BOLD, NOW)
    assert brakes == ()
    assert [(c.before, c.after and c.after.approved_by) for c in changes] == [
        (WAITING, None),
        (None, "ann"),
    ]


@pytest.mark.parametrize(
    ("policy", "brake"),
    [
        (dataclasses.replace(BOLD, mode=Mode.ALERT), "policy-mode"),
        (dataclasses.replace(BOLD, own=("evil.lab",)), "own-domain"),
        (dataclasses.replace(BOLD, ceiling_per_hour=0), "ceiling-per-hour"),
        (dataclasses.replace(BOLD, ceiling=0), "ceiling"),
    ],
)
def test_every_brake_is_asked_again(policy: Policy, brake: str) -> None:
    there = circumstances(policy, entries=(WAITING,))
    found = approved(WAITING, "ann", there, policy, NOW)[1]
    assert brake in {each.id for each in found}


def test_what_comes_back_is_braked_and_counted_at_the_end() -> None:
    full = dataclasses.replace(BOLD, ceiling=1)
    there = circumstances(full, entries=(entry("a.lab"),))
    swap = (
        Change(before=entry("a.lab"), after=None),
        Change(before=None, after=entry("b.lab")),
    )
    assert restorable(swap, there, full, NOW) == ()
    assert [b.id for b in restorable(swap[1:], there, full, NOW)] == ["ceiling"]
    with pytest.raises(StaleError):
        restorable(swap[1:], circumstances(full, entries=(entry("b.lab"),)), full, NOW)
