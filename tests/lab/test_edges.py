from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.edges import codes, edges, roundest

FINITE = st.floats(-1e9, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0.1234, 0.19, 0.13), (99.0, 104.0, 100.0), (1.0, 2.0, 2.0), (-5.0, -3.0, -4.0),
     (0.25, 0.75, 0.3), (1_000.0, 1_001.0, 1_001.0), (0.0, 0.004, 0.001), (-1.0, 1.0, 0.0)],
)  # fmt: skip
def test_bounds_have_few_digits(low: float, high: float, found: float) -> None:
    assert roundest(low, high) == found


@given(FINITE, FINITE)
def test_bounds_lie_between_what_they_tell_apart(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    if low < high:
        assert low < roundest(low, high) <= high


@given(st.lists(st.one_of(st.just(math.nan), FINITE), max_size=60), st.integers(2, 12))
def test_bounds_rise_are_few_and_have_values_on_both_sides(values: list[float], most: int) -> None:
    rows = np.array(values, dtype=np.float64)
    found = edges(rows, np.ones(len(rows)), most)
    assert len(found) <= most - 1
    assert (np.diff(found) > 0).all()
    steps = set(codes(rows[~np.isnan(rows)], found).tolist())
    if len(found):
        assert steps == set(range(len(found) + 1))


def test_parts_are_even_by_weight() -> None:
    values = np.arange(1_000.0)
    even = codes(values, edges(values, np.ones(1_000), 4))
    assert np.bincount(even).min() > 150
    heavy = np.where(values < 100, 100.0, 1e-3)
    assert edges(values, heavy, 4).max() <= 101


def test_a_frequent_value_is_told_from_its_neighbours() -> None:
    values = np.array([1.0] * 10 + [2.0] * 500 + [3.0] * 10)
    assert set(codes(np.array([1.0, 2.0, 3.0]), edges(values, np.ones(520))).tolist()) == {0, 1, 2}


@pytest.mark.parametrize("values", [[], [math.nan], [3.0, 3.0, math.nan]])
def test_nothing_to_tell_apart_has_no_bounds(values: list[float]) -> None:
    rows = np.array(values, dtype=np.float64)
    assert edges(rows, np.ones(len(rows))).tolist() == []


def test_codes_count_steps_and_put_missing_last() -> None:
    found = codes(np.array([0.0, 1.0, 5.0, 99.0, math.nan]), np.array([1.0, 5.0]))
    assert found.tolist() == [0, 1, 2, 2, 3]
