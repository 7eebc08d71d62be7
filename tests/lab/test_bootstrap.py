from __future__ import annotations

import numpy as np
import pytest

from fluxhound.lab.bootstrap import paired


def dice() -> np.random.Generator:
    return np.random.default_rng(7)


def test_one_pool_has_no_spread_and_many_have_one() -> None:
    hit = np.tile([True, False], 50)
    none = np.zeros(100, np.bool_)
    one = paired(np.zeros(100, np.int64), hit, none, dice=dice())
    assert one.bounds == one.first_bounds == (0.5, 0.5)
    assert (one.first, one.second, one.difference, one.pools) == (0.5, 0.0, 0.5, 1)
    many = paired(np.arange(100), hit, none, dice=dice())
    assert many.bounds == pytest.approx((0.4, 0.6), abs=0.02)  # 1.96 * sqrt(0.25 / 100)


def test_domains_of_a_pool_do_not_count_as_many() -> None:
    pool = np.repeat(np.arange(10), 100)
    hit = pool < 5
    found = paired(pool, hit, ~hit, dice=dice())
    assert found.first_bounds == pytest.approx((0.2, 0.8), abs=0.02)
    assert found.difference == 0
    assert found.at_least == pytest.approx(0.62, abs=0.04)  # P(Binomial(10, 1/2) >= 5)


def test_the_same_draw_serves_both() -> None:
    pool = np.arange(40)
    hit = pool % 2 == 0
    found = paired(pool, hit, hit, dice=dice())
    assert (found.bounds, found.at_least) == ((0.0, 0.0), 1.0)


def test_pools_weigh_by_their_units() -> None:
    pool = np.array([3, 3, 3, 8])
    found = paired(pool, np.array([True, True, True, False]), np.zeros(4, np.bool_), dice=dice())
    assert found.first == 0.75
    assert found.first_bounds == (0.0, 1.0)
    with pytest.raises(ValueError, match="no unit"):
        paired(pool[:0], pool[:0] > 0, pool[:0] > 0, dice=dice())
