from __future__ import annotations

import numpy as np
import pytest

from fluxhound.detection.model import Steps
from fluxhound.lab.refit import Card, Problem, Restraint, centred, refitted, stated
from fluxhound.lab.samples import Reals
from fluxhound.lab.steps import places

LOOSE = Restraint(rise=1e-7, missing=1e-6, largest=20.0, iterations=300)


def start(trend: str = "up") -> Card:
    rising = Steps(bounds=(1.0, 2.0), points=(0.0, 0.0, 0.0), trend=trend)
    return Card(bias=0.0, steps=(rising, Steps(bounds=(0.5,), points=(0.0, 0.0), trend="down")))


def made(rows: int = 20_000, missing: float = 0.0) -> tuple[Reals, Reals]:
    """Return measures and true log-odds: -1, and 0, 1, 3 by the first, 0.5, -0.5 by the other."""
    rng = np.random.default_rng(5)
    matrix = np.stack([rng.random(rows) * 3, rng.random(rows)], axis=1)
    truth = np.array([0.0, 1.0, 3.0])[matrix[:, 0].astype(int)] - 1
    truth = truth + np.where(matrix[:, 1] < 0.5, 0.5, -0.5)
    matrix[rng.random(rows) < missing, 0] = np.nan
    return matrix, truth


def problem(matrix: Reals, truth: Reals, card: Card) -> Problem:
    found = np.stack([places(s, matrix[:, i]) for i, s in enumerate(card.steps)], axis=1)
    flux = np.random.default_rng(6).random(len(truth)) < 1 / (1 + np.exp(-truth))
    return stated(found, card.steps, flux, np.ones(len(truth)))


def test_the_true_points_are_found() -> None:
    matrix, truth = made()
    card = refitted(problem(matrix, truth, start()), start(), LOOSE)
    assert np.diff(card.steps[0].points) == pytest.approx([1, 2], abs=0.15)
    assert np.diff(card.steps[1].points) == pytest.approx([-1], abs=0.1)
    assert card.log_odds(matrix) == pytest.approx(truth, abs=0.15)


def test_rows_with_the_same_places_are_one_row() -> None:
    matrix, truth = made()
    stated_ = problem(matrix, truth, start())
    assert stated_.ones.shape == (6, 7)
    assert (stated_.flux + stated_.benign).sum() == pytest.approx(len(truth))


def test_a_trend_holds_against_the_rows() -> None:
    matrix, truth = made(4000)
    card = refitted(problem(matrix, truth, start("down")), start("down"), LOOSE)
    assert np.diff(card.steps[0].points).max() <= 1e-9


def test_missing_speaks_no_more_against_flux_than_benign_rows_do() -> None:
    matrix, truth = made(missing=0.3)
    truth = np.where(np.isnan(matrix[:, 0]), -8.0, truth)  # missing only where benign
    card = refitted(problem(matrix, truth, start()), start(), LOOSE)
    assert min(card.steps[0].points) < card.steps[0].missing < -0.2


def test_missing_never_speaks_for_flux() -> None:
    matrix, truth = made(missing=0.3)
    truth = np.where(np.isnan(matrix[:, 0]), 8.0, truth)  # missing mostly where flux
    card = refitted(problem(matrix, truth, start()), start(), LOOSE)
    assert card.steps[0].missing == pytest.approx(0, abs=1e-6)


def test_what_is_never_missing_says_nothing_when_it_is() -> None:
    matrix, truth = made(4000)
    card = refitted(problem(matrix, truth, start()), start(), Restraint(iterations=300))
    assert [s.missing for s in card.steps] == pytest.approx([0, 0], abs=0.1)


def test_centring_keeps_the_sums() -> None:
    matrix, truth = made(4000, missing=0.2)
    card = Card(
        bias=-1.0,
        steps=(
            Steps(bounds=(1.0, 2.0), points=(0.0, 1.0, 3.0), missing=0.7, trend="up"),
            Steps(bounds=(0.5,), points=(0.5, -0.5), trend="down"),
        ),
    )
    moved = centred(problem(matrix, truth, card), card)
    assert moved.log_odds(matrix) == pytest.approx(card.log_odds(matrix))
    assert moved.steps[0].points[0] < 0 < moved.steps[0].points[-1]
