from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import SEVERITIES, AlertKind, Severity
from fluxhound.service.alerts.policy import (
    SUMMARY,
    Past,
    Policy,
    Waiting,
    policy_of,
    rank,
    select,
    urgent,
)
from fluxhound.service.alerts.settings import (
    HOUR_S,
    AlertSettings,
    QuietTime,
    StdoutSettings,
)
from tests.service.alerts import letters

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()  # a Tuesday
NOTHING = Past(told={}, within_hour=[])


def policy(**given: object) -> Policy:
    usual: dict[str, object] = {
        "minimum": Severity.LOW,
        "quiet": (),
        "ceiling_per_hour": 3,
        "repeat_after_s": HOUR_S,
    }
    return Policy(**{**usual, **given})  # type: ignore[arg-type]


def row(sequence: int, thing: str = "", **given: object) -> Waiting:
    usual: dict[str, object] = {
        "sequence": sequence,
        "thing": thing or f"d{sequence}",
        "urgent": False,
        "rank": 2,
        "raised": NOW - 60,
        "due": NOW - 60,
    }
    return Waiting(**{**usual, **given})  # type: ignore[arg-type]


def test_own_choices_stand_before_the_common_ones() -> None:
    common = AlertSettings(minimum=Severity.MEDIUM, ceiling_per_hour=7)
    assert policy_of(common, StdoutSettings(name="x")).ceiling_per_hour == 7
    own = StdoutSettings(name="x", minimum=Severity.HIGH, ceiling_per_hour=0, quiet=())
    assert policy_of(common, own) == policy(minimum=Severity.HIGH, ceiling_per_hour=0)


def test_who_heard_the_beginning_hears_the_end() -> None:
    ended = letters.alert(0, Severity.INFO, kind=AlertKind.ENDED, previous_severity=Severity.HIGH)
    assert policy(minimum=Severity.HIGH).wants(ended)
    assert not policy(minimum=Severity.CRITICAL).wants(ended)
    assert rank(ended) == SEVERITIES.index(Severity.HIGH)
    assert not policy(minimum=Severity.HIGH).wants(letters.alert(0, Severity.MEDIUM))


def test_critical_is_urgent_and_its_end_is_not() -> None:
    assert urgent(letters.alert(0, Severity.CRITICAL))
    assert not urgent(letters.alert(0, Severity.HIGH))
    assert not urgent(letters.alert(0, Severity.CRITICAL, kind=AlertKind.ENDED))


def test_the_most_severe_come_first_and_the_ceiling_holds_the_rest() -> None:
    rows = [row(n, rank=n % 4) for n in range(6)]
    chosen = select(policy(), rows, NOTHING, NOW)
    assert chosen.deliver == (3, 2, 1)
    assert chosen.summary == 3
    past = Past(told={}, within_hour=[NOW - 100, NOW - 50], summary=NOW - 20)
    chosen = select(policy(), rows, past, NOW)
    assert chosen.deliver == (3,)
    assert chosen.summary == 0, "one summary an hour"
    assert chosen.again == NOW - 100 + HOUR_S


def test_a_summary_is_not_held_back_itself() -> None:
    past = Past(told={}, within_hour=[NOW] * 3, summary=NOW)
    chosen = select(policy(), [row(1), row(2, thing=SUMMARY)], past, NOW)
    # ``row`` names things that are given none, so the summary is made by hand.
    summary = Waiting(sequence=2, thing=SUMMARY, urgent=False, rank=0, raised=NOW, due=NOW)
    chosen = select(policy(), [row(1), summary], past, NOW)
    assert chosen.deliver == (2,)


def test_one_thing_is_told_once_within_its_time_and_by_its_newest_alert() -> None:
    past = Past(told={"a": NOW - 600}, within_hour=[NOW - 600])
    chosen = select(policy(), [row(1, "a"), row(2, "a"), row(3, "b")], past, NOW)
    assert chosen.deliver == (3,)
    assert chosen.superseded == (1,)
    assert chosen.again == NOW - 600 + HOUR_S


def test_quiet_time_holds_all_but_the_urgent() -> None:
    quiet = QuietTime.parse(days="tue", start="11:00", until="13:00")
    rows = [row(1), row(2, urgent=True)]
    chosen = select(policy(quiet=(quiet,)), rows, NOTHING, NOW)
    assert chosen.deliver == (2,)
    assert chosen.summary == 0
    assert chosen.again == NOW + HOUR_S
    assert select(policy(quiet=(quiet,)), rows, NOTHING, NOW + HOUR_S).deliver == (2, 1)


def test_quiet_times_that_follow_one_another_are_one() -> None:
    evening = QuietTime.parse(start="11:00", until="18:00")
    night = QuietTime.parse(start="17:00", until="23:00")
    assert policy(quiet=(evening, night)).quiet_until(NOW) == NOW + 11 * HOUR_S
    always = QuietTime.parse()
    until = policy(quiet=(always,)).quiet_until(NOW)
    assert until is not None
    assert NOW + 7 * 24 * HOUR_S < until < NOW + 10 * 24 * HOUR_S


def test_back_off_is_waited_for() -> None:
    chosen = select(policy(), [row(1, due=NOW + 5), row(2, urgent=True, due=NOW + 9)], NOTHING, NOW)
    assert chosen.deliver == ()
    assert chosen.again == NOW + 5


def test_nothing_waits_for_nothing() -> None:
    assert select(policy(), [], NOTHING, NOW).again == math.inf


quiet_times = st.builds(
    QuietTime,
    days=st.frozensets(st.integers(0, 6)),
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"]),
)
policies = st.builds(
    Policy,
    minimum=st.sampled_from(Severity),
    quiet=st.lists(quiet_times, max_size=3).map(tuple),
    ceiling_per_hour=st.integers(0, 5),
    repeat_after_s=st.floats(0, 1e6),
)
things = st.sampled_from(["a", "b", "c", SUMMARY])
times = st.floats(NOW - 1e5, NOW + 1e5)
waiting = st.lists(
    st.builds(
        Waiting,
        sequence=st.integers(0, 10**6),
        thing=things,
        urgent=st.booleans(),
        rank=st.integers(0, 4),
        raised=times,
        due=times,
        tries=st.integers(0, 3),
    ),
    unique_by=lambda row: row.sequence,
    max_size=20,
)
pasts = st.builds(
    Past,
    told=st.dictionaries(things, times),
    within_hour=st.lists(st.floats(NOW - HOUR_S + 1, NOW), max_size=8).map(sorted),
    summary=st.none() | times,
)


@given(policies, waiting, pasts)
def test_nothing_ever_hides_a_critical_alert(
    chosen: Policy, rows: list[Waiting], past: Past
) -> None:
    selection = select(chosen, rows, past, NOW)
    pressing = {row.sequence for row in rows if row.urgent}
    due = {row.sequence for row in rows if row.urgent and row.due <= NOW}
    assert due <= set(selection.deliver)
    assert pressing.isdisjoint(selection.superseded)
    assert set(selection.deliver[: len(due)]) == due, "and they come first"


@given(policies, waiting, pasts)
def test_nobody_gets_more_than_the_ceiling(chosen: Policy, rows: list[Waiting], past: Past) -> None:
    selection = select(chosen, rows, past, NOW)
    counted = [
        row
        for row in rows
        if row.sequence in selection.deliver and not row.urgent and row.thing != SUMMARY
    ]
    assert len(counted) <= max(chosen.ceiling_per_hour - len(past.within_hour), 0)
    assert len({row.thing for row in counted}) == len(counted)


@given(policies, waiting, pasts)
def test_every_row_is_delivered_superseded_or_waited_for(
    chosen: Policy, rows: list[Waiting], past: Past
) -> None:
    selection = select(chosen, rows, past, NOW)
    assert set(selection.deliver).isdisjoint(selection.superseded)
    left = {row.sequence for row in rows} - {*selection.deliver, *selection.superseded}
    assert selection.again > NOW
    if left and not past.within_hour and chosen.ceiling_per_hour:
        assert selection.again < math.inf or selection.deliver


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_has_a_rank(severity: Severity) -> None:
    assert rank(letters.alert(0, severity)) == SEVERITIES.index(severity)
