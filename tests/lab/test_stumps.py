from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.lab.refit import Card
from fluxhound.lab.samples import Reals
from fluxhound.lab.stumps import Boosting, Examples, boosted, unfolded

TRENDS = ("up", "down", "any")
QUICK = Boosting(rounds=25, rows_per_leaf=5, bins=31)


def examples(seed: int, missing: float) -> Examples:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(400, 3))
    matrix[:, 2] = np.round(matrix[:, 2])
    target = matrix[:, 0] - matrix[:, 1] + np.abs(matrix[:, 2]) + rng.normal(size=400) > 0.5
    matrix[rng.random((400, 3)) < missing * np.array([1, 0.5, 1])] = np.nan
    return Examples(
        matrix=matrix, target=target, weight=rng.random(400) + 0.1, held_out=rng.random(400) < 0.2
    )


@given(seed=st.integers(0, 1000), missing=st.sampled_from([0.0, 0.3]))
@settings(max_examples=10, deadline=None)
def test_step_functions_are_the_trees_exactly(seed: int, missing: float) -> None:
    rows = examples(seed, missing)
    booster = boosted(rows, TRENDS, QUICK)
    bias, steps = unfolded(booster, TRENDS)
    probe = np.concatenate([rows.matrix, edges(steps[0].bounds), np.full((1, 3), np.nan)])
    expected = booster.predict(probe, raw_score=True)
    assert Card(bias=bias, steps=steps).log_odds(probe) == pytest.approx(expected, abs=1e-9)


def edges(bounds: tuple[float, ...]) -> Reals:
    """Return rows at and just below each bound of the first feature, the others missing."""
    at = np.array([*bounds, *(np.nextafter(b, -np.inf) for b in bounds)])
    return np.stack([at, np.full(len(at), np.nan), np.full(len(at), np.nan)], axis=1)


def test_points_follow_the_trend() -> None:
    rows = examples(1, 0.2)
    _, (up, down, _) = unfolded(boosted(rows, TRENDS, QUICK), TRENDS)
    assert list(up.points) == sorted(up.points)
    assert list(down.points) == sorted(down.points, reverse=True)
    assert up.trend == "up"


def test_the_same_rows_grow_the_same_trees() -> None:
    first, second = (unfolded(boosted(examples(3, 0.2), TRENDS, QUICK), TRENDS) for _ in range(2))
    assert first == second


def test_nothing_held_out_is_fine() -> None:
    rows = examples(2, 0.0)
    kept = Examples(
        matrix=rows.matrix,
        target=rows.target,
        weight=rows.weight,
        held_out=np.zeros(400, dtype=bool),
    )
    _, steps = unfolded(boosted(kept, TRENDS, QUICK), TRENDS)
    assert sum(len(s.bounds) for s in steps) > 0
