from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.metrics import interval
from fluxhound.lab.tail import Tail, fitted_tail, line, measured


def test_the_line_keeps_the_budget() -> None:
    scores = np.arange(1_000_000, dtype=float)
    found = line(scores, np.ones(1_000_000), 10.0)
    assert found.at == pytest.approx(999_989)
    assert found.false == pytest.approx(10)
    assert (found.low, found.high) == pytest.approx([1e6 * b for b in interval(10, 1_000_000)])


def test_rows_that_stand_for_many_widen_the_interval() -> None:
    scores = np.concatenate([np.zeros(1000), [5.0]])
    even = measured(scores, np.ones(1001), 1.0)
    uneven = measured(scores, np.concatenate([np.full(500, 10.0), np.ones(501)]), 1.0)
    assert even.effective == pytest.approx(1001)
    assert uneven.effective < 600
    assert uneven.high / uneven.false > even.high / even.false


def test_no_false_findings_still_have_a_bound() -> None:
    found = measured(np.zeros(3_000_000), np.ones(3_000_000), 1.0)
    assert (found.false, found.low) == (0, 0)
    assert found.high == pytest.approx(1.23, abs=0.01)  # ln 40 in three million


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 100)), min_size=1, max_size=60),
    st.floats(0.1, 1e6),
)
def test_no_line_lets_through_more_than_its_budget(
    units: list[tuple[float, float]], budget: float
) -> None:
    scores, weight = np.array(units).T
    found = line(scores, weight, budget)
    assert found.false <= budget * (1 + 1e-9)
    assert found.low <= found.false + 1e-6
    assert found.false <= found.high + 1e-6


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.2])
def test_the_tail_of_a_known_distribution_is_found(shape: float) -> None:
    unit = (np.arange(1_000_000) + 0.5) / 1_000_000
    scores = -np.log(unit) if shape == 0 else (unit**-shape - 1) / shape
    found = fitted_tail(scores, np.ones(len(scores)))
    assert found is not None
    assert found.shape == pytest.approx(shape, abs=0.05)
    far = -np.log(5e-6) if shape == 0 else (5e-6**-shape - 1) / shape
    assert found.per_million(float(far)) == pytest.approx(5, rel=0.3)


def test_few_units_have_no_tail() -> None:
    assert fitted_tail(np.arange(40.0), np.ones(40)) is None
    assert fitted_tail(np.zeros(1000), np.ones(1000)) is None


def test_a_bounded_tail_ends() -> None:
    tail = Tail(start=0.0, shape=-0.5, scale=1.0, units=100, exceeding=1e-3)
    assert tail.per_million(-1.0) == 1000
    assert tail.per_million(2.5) == 0
