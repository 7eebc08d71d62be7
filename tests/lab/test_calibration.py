from __future__ import annotations

import math

import numpy as np
import pytest

from fluxhound.detection.model import Steps, logistic
from fluxhound.lab.calibration import PRIOR, Scale, calibrated, reliability, rescaled
from fluxhound.lab.refit import Card
from fluxhound.lab.samples import Mask, Reals


def overlapping(slope: float) -> tuple[Reals, Mask, Reals]:
    """Return raw scores whose true log-odds at even classes are *slope* times as large."""
    rng = np.random.default_rng(4)
    flux = rng.random(100_000) < 0.5
    log_odds = rng.normal(np.where(flux, 2.0, -2.0), 2.0)  # two normals: log-odds are linear
    return log_odds / slope, flux, np.where(flux, 1.0, 7.0)


@pytest.mark.parametrize("slope", [0.7, 1.0, 1.5])
def test_the_slope_and_the_shift_of_the_prior_are_found(slope: float) -> None:
    raw, flux, weight = overlapping(slope)
    scale = calibrated(raw, flux, weight, prior=0.01)
    assert scale.slope == pytest.approx(slope, rel=0.25)
    assert scale.intercept == pytest.approx(math.log(0.01 / 0.99), abs=0.7)


def test_classes_apart_keep_the_shift_of_the_prior() -> None:
    raw = np.concatenate([np.full(500, 9.0), np.full(5000, -9.0)])
    scale = calibrated(raw, raw > 0, np.ones(5500))
    assert 0.5 < scale.slope < 3
    assert scale.intercept == pytest.approx(math.log(PRIOR), abs=6)
    assert logistic(scale.applied(np.array([9.0])))[0] > 0.1
    assert logistic(scale.applied(np.array([-9.0])))[0] < 1e-4


def test_a_calibrated_card_gives_calibrated_sums() -> None:
    card = Card(
        bias=1.0, steps=(Steps(bounds=(1.0,), points=(-1.0, 2.0), missing=0.25, trend="up"),)
    )
    values = np.array([[0.0], [5.0], [np.nan]])
    scale = Scale(intercept=-11.5, slope=2.0)
    found = rescaled(card, scale)
    assert found.log_odds(values) == pytest.approx(scale.applied(card.log_odds(values)))
    assert found.steps[0].trend == "up"


def test_points_are_rounded() -> None:
    card = Card(bias=1 / 3, steps=(Steps(bounds=(1.0,), points=(-1 / 3, -0.001)),))
    found = rescaled(card, Scale(intercept=0.0, slope=1.0))
    assert (found.bias, *found.steps[0].points) == (0.33, -0.33, 0.0)
    assert "-0.0" not in repr(found.steps[0].points).split(",")[1]


def test_steps_that_round_to_the_same_points_are_one() -> None:
    steps = Steps(bounds=(1.0, 2.0, 3.0), points=(0.0, 0.501, 0.502, 0.9), missing=0.1)
    (found,) = rescaled(Card(bias=0.0, steps=(steps,)), Scale(intercept=0.0, slope=1.0)).steps
    assert (found.bounds, found.points) == ((1.0, 3.0), (0.0, 0.5, 0.9))


def test_reliability_tells_forecast_and_share_by_evidence() -> None:
    rng = np.random.default_rng(3)
    log_odds = rng.uniform(-5, 5, 50_000)
    flux = rng.random(50_000) < logistic(log_odds)
    prior = float(flux.mean())  # so that rows stand for themselves
    evidence = np.where(rng.random(50_000) < 0.5, np.nan, 30.0)
    bands = reliability(log_odds, flux, np.ones(50_000), evidence, prior)
    assert {b.stratum for b in bands} == {"0-2", "20+"}
    for band in bands:
        assert band.share == pytest.approx(band.forecast, abs=0.03)
        assert band.low <= band.forecast <= band.high
