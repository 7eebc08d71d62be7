from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.model import Steps
from fluxhound.lab.steps import places, simplified

MANY = Steps(
    bounds=tuple(i / 20 + 0.00123 for i in range(20)),
    points=tuple(float(i >= 10) + i / 1000 for i in range(21)),
    missing=0.5,
    trend="up",
)
VALUES = np.random.default_rng(1).random(5000)


def test_what_hardly_differs_is_joined() -> None:
    few = simplified(MANY, VALUES, np.ones(5000))
    assert few.bounds == (0.45,)
    assert few.points == pytest.approx((0.0045, 1.015), abs=0.002)
    assert few.missing == 0.5
    assert few.trend == "up"


def test_at_most_so_many_steps_stay() -> None:
    steep = Steps(bounds=MANY.bounds, points=tuple(float(i) for i in range(21)), trend="up")
    few = simplified(steep, VALUES, np.ones(5000), most=5)
    assert len(few.points) == 5
    assert list(few.points) == sorted(few.points)


@pytest.mark.parametrize(
    ("bound", "values", "rounded"),
    [
        (2.5000000001, [1, 2, 3, 4], 3),  # counts are whole
        (1e-35, [0, 0, 4, 8], 2),  # "0 or less": anything before 4 will do
        (0.33371, [0.2, 0.31, 0.35, 0.6], 0.34),
        (86400.0001, [3600, 86400, 90000, 172800], 90000),
        (1e300, [1, 2, 3, 4], 1e30),
        (123456.7, [123456, 123457, 123458, 123459], 123457),
    ],
)
def test_bounds_are_as_short_as_they_can_be(
    bound: float, values: list[float], rounded: float
) -> None:
    known = np.array(values)
    steps = Steps(bounds=(bound,), points=(0.0, 3.0))
    assert simplified(steps, known, np.ones(4)).bounds in {(rounded,), ()}


def test_missing_values_fall_past_the_last_step() -> None:
    steps = Steps(bounds=(1.0, 2.0), points=(0.0, 1.0, 2.0))
    found = places(steps, np.array([0.5, 1.0, 1.5, 2.0, 9.0, np.nan, np.inf]))
    assert found.tolist() == [0, 1, 1, 2, 2, 3, 2]


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30, unique=True),
    st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")), min_size=1, max_size=50),
)
def test_simplified_steps_are_steps(bounds: list[float], values: list[float]) -> None:
    rising = tuple(sorted(bounds))
    steps = Steps(bounds=rising, points=tuple(float(i) for i in range(len(rising) + 1)))
    found = simplified(steps, np.array(values), np.ones(len(values)))
    assert list(found.bounds) == sorted(set(found.bounds))
    assert len(found.points) == len(found.bounds) + 1 <= 8
    assert list(found.points) == sorted(found.points)
