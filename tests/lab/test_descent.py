from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.lab.descent import Stop, descended
from fluxhound.lab.samples import Reals


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_bowl_is_least_at_its_middle_or_the_nearest_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, middle = np.exp(rng.normal(0, 1, 20)), rng.normal(size=20)

    def bowl(x: Reals) -> tuple[float, Reals]:
        return float((width * (x - middle) ** 2).sum()) / 2, width * (x - middle)

    lower, upper = np.full(20, -0.3), np.full(20, 2.0)
    found = descended(bowl, np.ones(20), lower, upper, Stop(rounds=300, gain=1e-14))
    assert found == pytest.approx(np.clip(middle, lower, upper), abs=1e-3)


def test_a_curved_valley_is_followed() -> None:
    def valley(x: Reals) -> tuple[float, Reals]:
        a, b = float(x[0]), float(x[1])
        slope = np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2, slope

    wide = np.full(2, 10.0)
    found = descended(valley, np.array([-1.2, 1.0]), -wide, wide, Stop(rounds=500, gain=1e-16))
    assert found == pytest.approx([1, 1], abs=1e-3)


def test_the_start_is_brought_within_the_bounds() -> None:
    found = descended(
        lambda x: (0.0, np.zeros_like(x)), np.array([9.0]), np.zeros(1), np.ones(1), Stop(rounds=3)
    )
    assert found.tolist() == [1.0]
