from __future__ import annotations

import math

import numpy as np
import pytest

from fluxhound.detection.model import Grid, Steps, logistic
from fluxhound.lab.calibration import PRIOR, Scale, calibrated, reliability
from fluxhound.lab.card import Card, scaled
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
    steps = Steps(bounds=(1.0,), points=(-1.0, 2.0), missing=0.25, trend="up")
    grid = Grid(bounds=(1.0,), by_bounds=(), points=((0.5, -1.5), (1.0, 2.5), (0.0, -0.5)))
    card = Card(bias=1.0, singles={"a": steps}, pairs={("a", "b"): grid})
    measures = {"a": np.array([0.0, 5.0, np.nan] * 2), "b": np.array([1.0] * 3 + [np.nan] * 3)}
    scale = Scale(intercept=-11.5, slope=2.0)
    found = scaled(card, intercept=scale.intercept, slope=scale.slope)
    raw = card.log_odds(measures, np.arange(6))
    assert found.log_odds(measures, np.arange(6)) == pytest.approx(scale.applied(raw))


def test_a_scale_keeps_the_order_of_scores() -> None:
    """Where flux has fewer points than what is benign, the slope is small and still rises."""
    raw = np.concatenate([np.full(500, -9.0), np.full(5000, 9.0)])
    assert calibrated(raw, raw < 0, np.ones(5500)).slope > 0


def test_a_card_whose_every_sum_is_the_same_says_the_prior() -> None:
    flux = np.arange(1_000) < 10
    scale = calibrated(np.zeros(1_000), flux, np.where(flux, 1.0, 500.0), prior=1e-3)
    assert logistic(scale.applied(np.zeros(1)))[0] == pytest.approx(1e-3, rel=0.05)


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
