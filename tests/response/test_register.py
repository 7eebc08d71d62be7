from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import UnknownNameError, UsageError
from fluxhound.history.store import Store
from fluxhound.response.changes import StaleError
from fluxhound.response.entries import Mode, Plan
from fluxhound.response.policy import Policy
from fluxhound.response.register import BrakeError, Register
from tests.response.responses import ASKING, BOLD, NOW, finding
from tests.response.worlds import finding as any_finding
from tests.response.worlds import policy as any_policy

HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def register(store: Store) -> Register:
    return Register(store.connection.cursor())


#: Our history is empty here, so what would be asked of clients is not known.
SURE = dataclasses.replace(
    BOLD, approval=dataclasses.replace(BOLD.approval, unseen_clients=True), ceiling_per_hour=5
)


def applied(
    register: Register, *names: str, policy: Policy = SURE, now: datetime = NOW
) -> tuple[int, Plan]:
    findings = [finding(name, last_seen=now) for name in names]
    plan = register.propose(findings, now, policy)
    return register.apply(plan, "ann", now, policy).action, plan


def subjects(register: Register, now: datetime = NOW) -> list[str]:
    return [entry.subject for entry in register.entries(now)]


def test_a_plan_is_applied_and_then_nothing_is_left_to_do(register: Register) -> None:
    action, plan = applied(register, "evil.lab")
    assert action == 1
    assert subjects(register) == ["evil.lab"]
    assert register.every() == (plan.proposals[0].entry,)
    assert applied(register, "evil.lab")[0] == 0
    assert register.verify().problem == ""


def test_it_is_there_again_after_a_restart(register: Register, store: Store) -> None:
    applied(register, "evil.lab", "flux.pw")
    assert Register(store.connection.cursor()).every() == register.every()


def test_a_plan_of_yesterday_or_of_other_entries_is_not_applied(register: Register) -> None:
    plan = register.propose([finding()], NOW, SURE)
    with pytest.raises(StaleError, match="more than an hour old"):
        register.apply(plan, "ann", NOW + 2 * HOUR, SURE)
    register.apply(plan, "ann", NOW, SURE)
    with pytest.raises(StaleError, match="has changed since"):
        register.apply(plan, "ann", NOW, SURE)
    assert register.verify().actions == 1


def test_a_plan_is_braked_again_when_it_is_applied(register: Register) -> None:
    plan = register.propose([finding()], NOW, SURE)
    owned = dataclasses.replace(SURE, own=("evil.lab",))
    with pytest.raises(BrakeError, match="own domains"):
        register.apply(plan, "ann", NOW, owned)
    full = dataclasses.replace(SURE, ceiling_per_hour=0)
    with pytest.raises(BrakeError, match="ceiling-per-hour"):
        register.apply(plan, "ann", NOW, full)
    assert register.every() == ()
    assert register.verify().actions == 0


def test_a_person_approves_what_waits(register: Register) -> None:
    policy = dataclasses.replace(ASKING, ceiling_per_hour=1)
    applied(register, "evil.lab", "flux.pw", policy=policy)
    assert subjects(register) == []
    register.approve("evil.lab", "bea", NOW + HOUR, policy, reason="case 4711")
    approved = register.entries(NOW + HOUR)[0]
    assert (approved.approved_by, approved.owner) == ("bea", "bea")
    assert approved.expires == NOW + HOUR + policy.expiry
    with pytest.raises(BrakeError, match="ceiling-per-hour"):
        register.approve("flux.pw", "bea", NOW + HOUR, policy)
    with pytest.raises(UnknownNameError):
        register.approve("evil.lab", "bea", NOW + HOUR, policy)
    owned = dataclasses.replace(policy, own=("flux.pw",))
    with pytest.raises(BrakeError, match="own-domain"):
        register.approve("flux.pw", "bea", NOW + 3 * HOUR, owned)
    weaker = [finding("flux.pw", malice=0.01)]
    with pytest.raises(BrakeError, match="scores-too-low"):
        register.approve("flux.pw", "bea", NOW + 3 * HOUR, policy, findings=weaker)


def test_what_was_rejected_does_not_come_back_by_itself(register: Register) -> None:
    applied(register, "evil.lab")
    with pytest.raises(UnknownNameError):
        register.reject("other.lab", "bea", NOW, SURE, reason="ours")
    register.reject("evil.lab", "bea", NOW, SURE, reason="a customer's")
    assert register.every() == ()
    refused = register.propose([finding()], NOW + HOUR, SURE).refused
    assert [b.sentence for b in refused[0].brakes] == [
        "bea rejected it on 2026-11-24: a customer's"
    ]
    later = NOW + SURE.hold + HOUR
    assert register.propose([finding(last_seen=later)], later, SURE).proposals
    register.undo(2, "bea", NOW, SURE)
    assert subjects(register) == ["evil.lab"]
    assert register.propose([finding()], NOW, SURE).refused == ()


def test_undo_restores_exactly_and_can_be_undone(register: Register) -> None:
    applied(register, "evil.lab")
    before = register.every()
    action, _ = applied(register, "evil.lab", "flux.pw", now=NOW + 4 * 24 * HOUR)
    after = register.every()
    assert len(after) == 2
    assert after[0].expires > before[0].expires
    now = NOW + 4 * 24 * HOUR + HOUR
    undone = register.undo(action, "bea", now, SURE)
    assert register.every() == before
    held = register.propose([finding("flux.pw", last_seen=now)], now, SURE)
    assert [b.id for b in held.refused[0].brakes] == ["held"]
    register.undo(undone.action, "bea", now, SURE)
    assert register.every() == after
    assert register.propose([finding("flux.pw", last_seen=now)], now, SURE).refused == ()
    assert register.verify().problem == ""


def test_what_changed_since_must_be_undone_first(register: Register) -> None:
    action, _ = applied(register, "evil.lab")
    rejected = register.reject("evil.lab", "bea", NOW, SURE, reason="no").action
    with pytest.raises(StaleError, match="Undo that first"):
        register.undo(action, "bea", NOW, SURE)
    register.undo(rejected, "bea", NOW, SURE)
    register.undo(action, "bea", NOW, SURE)
    assert register.every() == ()
    with pytest.raises(UnknownNameError):
        register.undo(99, "bea", NOW, SURE)


def test_undo_brings_nothing_back_that_a_brake_is_against(register: Register) -> None:
    applied(register, "evil.lab")
    register.reject("evil.lab", "bea", NOW, SURE, reason="ours")
    owned = dataclasses.replace(SURE, own=("evil.lab",))
    with pytest.raises(BrakeError, match="own-domain"):
        register.undo(2, "bea", NOW, owned)
    with pytest.raises(BrakeError, match="ceiling-per-hour"):
        register.undo(2, "bea", NOW, dataclasses.replace(SURE, ceiling_per_hour=1))


def test_entries_expire(register: Register) -> None:
    applied(register, "evil.lab")
    later = NOW + SURE.expiry
    assert subjects(register, later) == []
    assert register.expire(NOW, "timer", SURE).action == 0
    assert register.expire(later, "timer", SURE).changes
    assert register.every() == ()


def test_a_lifted_brake_is_named_expires_and_waits_for_a_person(register: Register) -> None:
    name, until = "evil.test", NOW + 24 * HOUR
    assert register.propose([finding(name)], NOW, SURE).refused
    for brake in ("own-domain", "public-suffix", "raw-address", "ceiling", "no such"):
        with pytest.raises(BrakeError, match="never lifted"):
            register.override(name, brake, "bea", NOW, SURE, reason="why", until=until)
    for reason, end in ((" ", until), ("why", NOW), ("why", NOW + 9999 * HOUR)):
        with pytest.raises(UsageError):
            register.override(name, "special-use", "bea", NOW, SURE, reason=reason, until=end)
    lifted = register.override(name, "special-use", "bea", NOW, SURE, reason="lab", until=until)
    applied(register, name)
    assert subjects(register) == []
    register.approve(name, "bea", NOW, SURE)
    assert subjects(register) == [name]
    assert register.explain(name)[0].reason == "lifts special-use lab"
    # When it ends, or is undone, the brake stands again and the entry is taken back.
    assert register.propose([], NOW, SURE).empty
    assert register.propose([], until, SURE).proposals[0].kind == "remove"
    register.undo(lifted.action, "bea", NOW, SURE)
    assert register.propose([], NOW, SURE).proposals[0].kind == "remove"
    assert register.verify().problem == ""


def test_all_about_a_name_is_told(register: Register) -> None:
    applied(register, "evil.lab", "flux.pw")
    register.reject("evil.lab", "bea", NOW, SURE, reason="a customer's")
    steps = register.explain("evil.lab")
    assert [(s.action, s.who, s.kind, s.reason) for s in steps] == [
        (1, "ann", "apply", "A finding asks for it."),
        (2, "bea", "reject", "a customer's"),
    ]
    assert steps[1].changes[0].after is None
    assert register.explain("il.lab") == ()


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE response_log SET who = 'eve' WHERE number = 1", "action 1 does not follow"),
        ("UPDATE response_log SET raised = 0 WHERE number = 2", "action 2 does not follow"),
        ("DELETE FROM response_log WHERE number = 1", "action 1 does not follow"),
        ("UPDATE response_log SET document = replace(document, 'evil', 'good')", "action 1"),
        ("UPDATE response_entry SET mode = 'log'", "evil.lab is not what the log says"),
        ("DELETE FROM response_entry WHERE subject = 'flux.pw'", "flux.pw is not what"),
        ("INSERT INTO response_entry SELECT * FROM response_entry", "two entries in one place"),
        ("DELETE FROM response_hold", "held back or lifted"),
        (
            "INSERT INTO response_override VALUES ('name', 'x.y', 'top', '2027-01-01', '', '', 1)",
            "held back or lifted",
        ),
    ],
)
def test_tampering_shows(register: Register, store: Store, tampering: str, problem: str) -> None:
    applied(register, "evil.lab", "slow.xyz")
    applied(register, "flux.pw")
    register.reject("slow.xyz", "bea", NOW, SURE, reason="no")
    assert register.verify().problem == ""
    store.connection.execute(tampering)
    assert problem in register.verify().problem


def test_what_fails_midway_leaves_nothing(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = register.propose([finding()], NOW, SURE)
    monkeypatch.setattr(register._storage, "append", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        register.apply(plan, "ann", NOW, SURE)
    assert register.every() == ()


def test_the_ceiling_counts_over_restarts_and_clocks(store: Store) -> None:
    policy = dataclasses.replace(SURE, ceiling_per_hour=2)
    for number, (minutes, expected) in enumerate(((0, 2), (30, 2), (59, 2), (61, 4), (-600, 4))):
        register = Register(store.connection.cursor())
        names = [f"n{number}{letter}.lab" for letter in "abc"]
        applied(register, *names, policy=policy, now=NOW + timedelta(minutes=minutes))
        assert len(register.every()) == expected


@settings(max_examples=12)
@given(st.integers(0, 2**32))
def test_any_sequence_can_be_verified_and_undone(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    with Store() as store:
        register, now, states = Register(store.connection.cursor()), NOW, []
        for _ in range(6):
            now += timedelta(minutes=draw.choice((1, 50, 5000)))
            policy = any_policy(draw)
            plan = register.propose([any_finding(draw, now) for _ in range(4)], now, policy)
            before = register.every()
            action = register.apply(plan, "ann", now, policy).action
            if action:
                states.append((action, before))
            published = {each.mode for each in register.entries(now)}
            assert published <= {Mode.LOG, Mode.BLOCK, Mode.SINKHOLE}
            assert register.verify().problem == ""
        lax = Policy(mode=Mode.SINKHOLE, nsdname=True, nsip=True, sinkhole=BOLD.sinkhole,
                     ceiling_per_hour=10**6)  # fmt: skip
        for action, before in reversed(states):
            try:
                register.undo(action, "bea", now, lax)
            except BrakeError:
                return  # what a brake is against does not come back
            assert register.every() == before
        assert register.verify().problem == ""
