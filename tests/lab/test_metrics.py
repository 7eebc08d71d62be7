from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.metrics import (
    Share,
    allowed,
    curve,
    interval,
    line,
    partial_area,
    reaching,
    share,
)

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SCORES = st.lists(st.sampled_from([-math.inf, math.nan, 0.0, 1.0, 2.5, 7.0]), max_size=12)


def at_most(k: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (5, 10, 0.1871, 0.8129),
        (1, 20, 0.0013, 0.2487),
        (0, 100, 0.0, 0.0362),
        (95, 100, 0.8872, 0.9836),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_that_of_the_tables(k: int, n: int, low: float, high: float) -> None:
    if n:
        assert interval(k, n) == pytest.approx((low, high), abs=5e-5)
    else:
        assert interval(k, n) == (low, high)


def test_three_million_units_bound_a_rate_to_about_one_in_a_million() -> None:
    started = time.perf_counter()
    low, high = interval(0, 3_000_000)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 3_000_000), rel=1e-6)
    # For rare events the interval is that of Poisson counts: 3 has 0.6187 to 8.7673.
    low, high = interval(3, 3_000_000)
    assert (low * 3e6, high * 3e6) == pytest.approx((0.6187, 8.7673), abs=2e-4)
    assert time.perf_counter() - started < 1


@given(COUNTS)
def test_the_tails_are_halves_of_what_is_left(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = interval(k, n)
    assert 0 <= low <= k / n <= high <= 1
    if k:
        assert 1 - at_most(k - 1, n, low) == pytest.approx(0.025)
    if k < n:
        assert at_most(k, n, high) == pytest.approx(0.025)


@given(st.integers(1, 40), st.floats(0, 1))
def test_the_interval_covers_the_truth_at_least_so_often(n: int, p: float) -> None:
    covered = math.fsum(
        math.comb(n, k) * p**k * (1 - p) ** (n - k)
        for k in range(n + 1)
        if interval(k, n)[0] <= p <= interval(k, n)[1]
    )
    assert covered >= 0.95 - 1e-9


@given(COUNTS)
def test_more_hits_move_it_up_and_more_units_narrow_it(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = interval(k, n)
    if k < n:
        assert interval(k + 1, n)[0] > low
        assert interval(k + 1, n)[1] > high or high == 1
    low10, high10 = interval(10 * k, 10 * n)
    assert high10 - low10 < high - low


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="5 of 4 is no share"):
        interval(5, 4)


def test_shares_add_up() -> None:
    both = Share(1, 4) + Share(2, 6)
    assert (both.k, both.n, both.value) == (3, 10, 0.3)
    assert math.isnan(Share(0, 0).value)
    assert Share(3, 1_500_000).per_million[0] == pytest.approx(2)
    hit = np.array([True, True, False, False])
    assert share(hit) == Share(2, 4)
    assert share(hit, np.array([False, True, True, False])) == Share(1, 2)


@pytest.mark.parametrize(
    ("benign", "budget", "count"),
    [(3_000_000, 0.1, 0), (3_000_000, 1, 3), (10_000_000, 0.1, 1), (1_000_000, 10, 10), (0, 1, 0)],
)
def test_a_budget_allows_whole_findings(benign: int, budget: float, count: int) -> None:
    assert allowed(benign, budget) == count


@pytest.mark.parametrize(
    ("scores", "most", "through"),
    [
        ([1.0, 2.0, 3.0], 0, 0),
        ([1.0, 2.0, 3.0], 1, 1),
        ([1.0, 3.0, 3.0], 1, 0),  # equal scores stand or fall together
        ([1.0, 3.0, 3.0], 2, 2),
        ([1.0, 2.0], 5, 2),
        ([-math.inf, math.nan, 4.0], 0, 0),
        ([-math.inf, math.nan, 4.0], 1, 1),
        ([], 0, 0),
    ],
)
def test_the_line_lets_at_most_so_many_through(
    scores: list[float], most: int, through: int
) -> None:
    values = np.array(scores, np.float64)
    assert np.count_nonzero(reaching(values, line(values, most))) == through


@given(SCORES, st.integers(0, 5))
def test_the_line_and_the_curve_say_the_same(scores: list[float], most: int) -> None:
    benign = np.array(scores, np.float64)
    flux = np.array([0.0, 0.5, 2.5, 9.0, math.nan])
    points = curve(np.concatenate([benign, flux]), np.arange(len(benign) + 5) >= len(benign))
    passed = reaching(flux, line(benign, most))
    # A line may lie above any score that is there; the curve knows only scores that are there.
    assert points.at(most).k == np.count_nonzero(passed)
    assert points.at(most).n == 5


def test_the_curve_of_a_few_units_by_hand() -> None:
    scores = np.array([5.0, 4.0, 4.0, 3.0, -math.inf, math.nan])
    flux = np.array([True, True, False, True, False, True])
    points = curve(scores, flux)
    assert points.lines.tolist() == [math.inf, 5, 4, 3]
    assert points.false.tolist() == [0, 0, 1, 1]
    assert points.found.tolist() == [0, 1, 2, 3]
    assert (points.benign, points.flux) == (2, 4)
    assert points.at(0) == Share(1, 4)
    assert points.at(1) == Share(3, 4)
    assert points.false_per_million.tolist() == [0, 0, 5e5, 5e5]
    assert points.recall.tolist() == [0, 0.25, 0.5, 0.75]


def test_nothing_judged_has_a_curve_that_finds_nothing() -> None:
    points = curve(np.array([math.nan]), np.array([True]))
    assert points.at(100) == Share(0, 1)
    assert curve(np.array([]), np.array([], bool)).at(0) == Share(0, 0)


@pytest.mark.parametrize(
    ("benign", "flux", "area"),
    [
        ([0.0] * 100, [1.0], 1.0),  # all flux before all that is benign
        ([1.0] * 100, [0.0], 0.0),  # the reverse
        ([1.0] * 100, [1.0], 0.05),  # one point: chance, half of the largest rate
        ([2.0] + [0.0] * 99, [1.0, 3.0], 0.5 + 0.9 * 0.5),  # half before the one false finding
    ],
)
def test_the_partial_area_by_hand(benign: list[float], flux: list[float], area: float) -> None:
    scores = np.array([*benign, *flux])
    points = curve(scores, np.arange(len(scores)) >= len(benign))
    assert partial_area(points, largest=0.1) == pytest.approx(area)
