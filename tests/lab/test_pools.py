from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab import dice
from fluxhound.lab.dice import U64
from fluxhound.lab.hosts import BY_HOUR
from fluxhound.lab.pools import PoolPlan, Pools
from fluxhound.lab.world import mixture
from tests.lab.worlds import draws, known, numbers, of_kinds, pools, times, world

DAY = 86_400.0
NOON = times(0.5 * DAY)


def repeated(rows: U64) -> bool:
    order = np.sort(rows, axis=1)
    return bool((order[:, 1:] == order[:, :-1]).any())


def test_all_is_a_function_of_seed_plan_and_question() -> None:
    rows = dice.below(dice.mix(draws(500)), 7)
    clock = dice.unit(dice.mix(draws(500, 9))) * 40 * DAY
    asked: dict[str, Any] = {"turnover": 0.3, "reassign": 0.5, "diurnal": 0.5, "asns": 40}
    first = pools(7, **asked).chosen(rows, draws(500), clock, 5)
    again = pools(7, **asked)
    assert (again.chosen(rows, draws(500), clock, 5) == first).all()
    for row in (3, 400):
        one = again.chosen(rows[row : row + 1], draws(1, row), clock[row : row + 1], 5)
        assert one.tolist() == [first[row].tolist()]
    other = pools(7, seed=2, **asked).chosen(rows, draws(500), clock, 5)
    assert len(np.intersect1d(first, other)) < 5


def test_a_pool_depends_on_its_key_and_not_on_its_place() -> None:
    plan = PoolPlan.of(numbers(5, 8, 9), live=100, asns=20, kinds=mixture({"hosting": 1.0}))
    alone = PoolPlan.of(numbers(8), live=100, asns=20, kinds=mixture({"hosting": 1.0}))
    slots = np.arange(100)
    together = Pools(plan, world(), 3).address(numbers(1), slots, NOON)
    assert (together == Pools(alone, world(), 3).address(numbers(0), slots, NOON)).all()


@pytest.mark.parametrize(
    "shares", [{"access": 0.7, "unknown": 0.3}, {"hosting": 0.4, "cloud": 0.6}]
)
def test_addresses_are_of_the_kinds_asked_for(shares: dict[str, float]) -> None:
    found = of_kinds(shares, 40, asns=30)
    addresses = found.address(np.arange(40)[:, None], np.arange(100), NOON).ravel()
    kinds = known(world().texts(addresses))["kind"].to_pylist()
    assert {kind: kinds.count(kind) / len(kinds) for kind in shares} == pytest.approx(
        shares, abs=0.04
    )


@pytest.mark.parametrize(("turnover", "days"), [(0.3, 1), (0.3, 3), (0.15, 7), (0.01, 30)])
def test_addresses_stay_as_the_turnover_says(turnover: float, days: int) -> None:
    found = pools(live=10_000, turnover=turnover, asns=50)
    slots = np.arange(10_000)
    first = found.address(numbers(0), slots, NOON)
    later = found.address(numbers(0), slots, NOON + days * DAY)
    assert float((first == later).mean()) == pytest.approx((1 - turnover) ** days, abs=0.02)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("lans", [0, 1])
@pytest.mark.parametrize("k", [1, 4, 25])
def test_addresses_of_an_answer_differ(family: int, lans: int, k: int) -> None:
    found = pools(20, live=25, lans=lans, family=family, diurnal=0.7, asns=2)
    rows, clock = np.arange(400) % 20, np.linspace(0, 3 * DAY, 400)
    if family == 4:
        answers = found.chosen(rows, draws(400), clock, k)
        assert answers.dtype == np.uint32
        joint = answers.astype(np.uint64)
    else:
        joint = dice.mix(*found.chosen6(rows, draws(400), clock, k))
    assert joint.shape == (400, k)
    assert not repeated(joint)


@given(st.integers(1, 30), st.integers(0, 2**32), st.integers(0, 1_000))
def test_an_answer_of_all_slots_holds_every_host(live: int, draw: int, first: int) -> None:
    found = pools(live=2_000, asns=50)
    row = found.chosen(numbers(0), draws(1, draw), NOON, live, first_slot=first, slots=live)
    slots = np.arange(first, first + live)
    assert set(row[0].tolist()) == set(found.address(numbers(0), slots, NOON).tolist())


def test_all_slots_are_drawn_alike() -> None:
    found = pools(live=40, asns=30, steady=1.0)
    answers = found.chosen(np.zeros(20_000, dtype=np.int64), draws(20_000), NOON.repeat(20_000), 4)
    _, counts = np.unique(answers, return_counts=True)
    assert len(counts) == 40
    assert np.abs(counts / 2_000 - 1).max() < 0.1


def test_pairs_of_slots_are_drawn_alike() -> None:
    found = pools(live=12, asns=30, steady=1.0)
    answers = found.chosen(np.zeros(40_000, dtype=np.int64), draws(40_000), NOON.repeat(40_000), 2)
    pairs = np.sort(answers, axis=1).astype(np.uint64)
    _, counts = np.unique(pairs[:, 0] << np.uint64(32) | pairs[:, 1], return_counts=True)
    assert len(counts) == 66
    assert np.abs(counts / (40_000 / 66) - 1).max() < 0.3


def test_answers_are_more_available_than_the_pool() -> None:
    found = pools(live=3_000, asns=40, diurnal=1.0)
    clock = np.linspace(0, DAY, 20_000)
    rows = np.zeros(20_000, dtype=np.int64)
    answers = found.chosen(rows, draws(20_000), clock, 1)[:, 0]
    host = found.address(numbers(0), np.arange(3_000), NOON)
    slot = np.argsort(host)[np.searchsorted(np.sort(host), answers)]
    assert float(BY_HOUR.mean()) < 0.4
    assert float(found.up(rows, slot, clock).mean()) > 0.7


def test_sites_answer_from_their_own_slots() -> None:
    found = pools(live=100, asns=10)
    first = numbers(0, 10, 90)
    answers = found.chosen(
        numbers(0, 0, 0), draws(3), NOON.repeat(3), 5, first_slot=first, slots=10
    )
    for row, begin in zip(answers, first.tolist(), strict=True):
        own = found.address(numbers(0), np.arange(begin, begin + 10), NOON)
        assert set(row.tolist()) <= set(own.tolist())


@pytest.mark.parametrize(("k", "slots"), [(6, None), (3, 2), (0, None)])
def test_more_addresses_than_slots_are_refused(k: int, slots: int | None) -> None:
    with pytest.raises(ValueError, match="fewer"):
        pools(live=5).chosen(numbers(0), draws(1), NOON, k, slots=slots)


def test_a_pool_of_the_other_family_is_refused() -> None:
    with pytest.raises(ValueError, match="IPv4"):
        pools(family=6).address(numbers(0), numbers(0), NOON)
    with pytest.raises(ValueError, match="IPv6"):
        pools().chosen6(numbers(0), draws(1), NOON, 1)


def test_families_stand_side_by_side_in_one_plan() -> None:
    plan = PoolPlan.of(np.arange(4), live=50, family=numbers(6, 4, 6, 4), asns=9)
    found = Pools(plan, world(), 1)
    assert found.chosen(numbers(1, 3), draws(2), NOON.repeat(2), 3).shape == (2, 3)
    units, low = found.chosen6(numbers(0, 2), draws(2), NOON.repeat(2), 3)
    assert units.shape == low.shape == (2, 3)


@pytest.mark.parametrize(("kind", "share"), [("cdn", 0.5), ("access", 0.6)])
def test_a_pool_of_both_families_is_in_the_same_networks(kind: str, share: float) -> None:
    keys = np.arange(100) // 2
    plan = PoolPlan.of(
        keys, live=20, kinds=mixture({kind: 1.0}), asns=5, family=np.arange(100) % 2 * 2 + 4
    )
    found, slots = Pools(plan, world(), 1), np.arange(20)
    old = found.address(np.arange(0, 100, 2)[:, None], slots, NOON).ravel()
    units, low = found.address6(np.arange(1, 100, 2)[:, None], slots, NOON)
    facts4 = known(world().texts(old))
    facts6 = known(world().texts6(units.ravel(), low.ravel()))
    assert (facts4["asn"].to_numpy() == facts6["asn"].to_numpy()).mean() > share
    assert set(facts6["kind"].to_pylist()) == {kind}


def test_nothing_asked_gives_nothing() -> None:
    nothing = numbers()
    found = pools()
    assert found.chosen(nothing, draws(0), times(), 4).shape == (0, 4)
    assert found.address(nothing, nothing, times()).shape == (0,)
    assert found.up(nothing, nothing, times()).shape == (0,)


def test_a_start_changes_when_hosts_change_but_not_how_often() -> None:
    plan = PoolPlan.of(numbers(1), live=8_000, turnover=0.3, asns=30)
    found = Pools(plan, world(), 1, start=100 * DAY)
    slots = np.arange(8_000)
    days = [found.address(numbers(0), slots, times(day * DAY)) for day in (90.0, 100.0, 101.0)]
    assert (days[0] == days[1]).all()
    assert float((days[1] == days[2]).mean()) == pytest.approx(0.7, abs=0.02)
