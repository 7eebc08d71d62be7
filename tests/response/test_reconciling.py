from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.reconciling import (
    ROUND,
    Difference,
    Phase,
    difference,
    foreign,
    in_phase,
)
from fluxhound.response.transfer import State
from fluxhound.response.updates import Step
from fluxhound.response.zone import Record, Role
from tests.response.test_updates import RECORDS, SOA, ZONE

ZONES = st.frozensets(RECORDS, max_size=30)


def after(records: frozenset[Record], step: Step) -> frozenset[Record]:
    return (records - frozenset(step.removed)) | frozenset(step.added)


@given(ZONES, ZONES)
def test_any_zone_becomes_any_other(before: frozenset[Record], wanted: frozenset[Record]) -> None:
    change = difference(State(SOA, before), wanted)
    for phases in ((Phase.RULES,), (Phase.PROTECT, Phase.UNPROTECT)):
        records = before
        for phase in phases:
            for step in in_phase(change, phase, ZONE):
                records = after(records, step)
        assert records == wanted
    assert change.empty == (before == wanted)


@given(ZONES, ZONES)
def test_what_is_protected_before_or_after_is_so_until_the_end(
    before: frozenset[Record], wanted: frozenset[Record]
) -> None:
    records = before
    for step in in_phase(difference(State(SOA, before), wanted), Phase.PROTECT, ZONE):
        records = after(records, step)
    assert {each.owner for each in records} == {each.owner for each in before | wanted}


@given(ZONES, ZONES)
def test_half_a_round_is_finished_by_the_next(
    before: frozenset[Record], wanted: frozenset[Record]
) -> None:
    made = list(in_phase(difference(State(SOA, before), wanted), Phase.RULES, ZONE))
    records = before
    for step in made[: len(made) // 2]:
        records = after(records, step)
    for step in in_phase(difference(State(SOA, records), wanted), Phase.RULES, ZONE):
        records = after(records, step)
    assert records == wanted


def test_zones_change_in_an_order_that_never_blocks_more_than_it_should() -> None:
    assert ROUND[0] == (Role.PASS, Phase.PROTECT)
    assert ROUND[-1] == (Role.PASS, Phase.UNPROTECT)
    assert {role for role, _ in ROUND} == set(Role)


def test_foreign_changes_are_those_since_our_last() -> None:
    ours, theirs = Record("a.example", "CNAME", "."), Record("b.example", "TYPE16", "")
    mine = State(SOA, frozenset({ours}))
    assert foreign(mine, State(SOA, frozenset({theirs}))) == {ours, theirs}
    assert foreign(None, State(SOA, frozenset({ours, theirs}))) == {theirs}
    assert Difference(frozenset(), frozenset()).empty
