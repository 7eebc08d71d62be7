from __future__ import annotations

import numpy as np
import pytest

from fluxhound.lab.plans import MOST_PREFIXES, MOST_SLOTS, PoolPlan
from fluxhound.lab.world import mixture


def test_single_values_are_for_all_pools() -> None:
    plan = PoolPlan.of(np.arange(3), live=np.array([1, 2, 3]), turnover=0.5)
    plan.check()
    assert len(plan) == 3
    assert plan.live.tolist() == [1, 2, 3]
    assert plan.turnover.tolist() == [0.5] * 3
    assert plan.kinds.tolist() == [mixture({"access": 1}).tolist()] * 3
    assert plan.countries.shape == (3, 3)


def test_prefixes_are_20_to_60_unless_given() -> None:
    drawn = PoolPlan.of(np.arange(5_000), live=1).prefixes_per_as
    assert (drawn.min(), drawn.max()) == (20, 60)
    assert PoolPlan.of(np.arange(2), live=1, prefixes_per_as=4).prefixes_per_as.tolist() == [4, 4]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("live", 0),
        ("live", MOST_SLOTS + 1),
        ("asns", 0),
        ("zipf", -1.0),
        ("zipf", float("nan")),
        ("turnover", 1.5),
        ("reassign", -0.1),
        ("diurnal", float("nan")),
        ("steady", 2.0),
        ("lans", -1),
        ("lans", MOST_PREFIXES + 1),
        ("prefixes_per_as", 0),
        ("family", 5),
    ],
)
def test_what_no_pool_can_be_is_refused_by_name(name: str, value: float) -> None:
    values = {"live": 5, name: np.array([1, value]) if name == "asns" else value}
    plan = PoolPlan.of(np.arange(2), **values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"{name} = "):
        plan.check()


def test_shares_of_kinds_must_be_shares() -> None:
    with pytest.raises(ValueError, match="kinds"):
        PoolPlan.of(np.arange(2), live=1, kinds=mixture({"access": 1}) * 0).check()
    with pytest.raises(ValueError, match="columns"):
        PoolPlan.of(np.arange(2), live=1, kinds=np.ones(3)).check()
