"""From a sum of points to a probability at the prior of real traffic, and whether it holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize

from fluxhound.detection.model import logistic
from fluxhound.lab.samples import Mask, Reals

#: One registered domain in 100,000 is in flux. Chosen; docs/evaluation.md says why.
PRIOR = 1e-5
#: The calibration trusts the rows as if so many flux domains had been seen. Chosen, not measured.
TRUSTED = 100.0
#: Without rows that say otherwise, the intercept is the shift of prior and the slope is 1; standard
#: deviations in nats and in the logarithm of the slope. Chosen, not measured.
INTERCEPT_SD = 3.0
SLOPE_SD = 0.35
#: Refreshes from which the strata of evidence begin.
STRATA = (0, 3, 6, 20)
#: Scores between which forecasts are compared with what was.
BANDS = (0.001, 0.01, 0.1, 0.5, 0.9, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What turns a raw sum into log-odds: ``intercept + slope * raw``."""

    intercept: float
    slope: float

    def applied(self, raw: Reals) -> Reals:
        """Return calibrated log-odds."""
        return self.intercept + self.slope * raw


def calibrated(raw: Reals, flux: Mask, weight: Reals, prior: float = PRIOR) -> Scale:
    """Return the scale by which *raw* scores of rows that were not learnt from are probabilities.

    Weighted logistic regression on the score (Platt 1999), flux weighted to *prior* in all, with a
    prior on both parameters: classes that do not overlap would otherwise have any slope.
    """
    weights = _at_prior(flux, weight, prior) * (TRUSTED / prior)
    shift = math.log(prior / (1 - prior))

    def loss(parameters: Reals) -> float:
        scores = shift + parameters[0] + math.exp(parameters[1]) * raw
        surprise = np.logaddexp(0, np.where(flux, -scores, scores))
        belief = (parameters[0] / INTERCEPT_SD) ** 2 + (parameters[1] / SLOPE_SD) ** 2
        return float(weights @ surprise) + 0.5 * float(belief)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-3})
    return Scale(intercept=shift + float(found.x[0]), slope=math.exp(float(found.x[1])))


def _at_prior(flux: Mask, weight: Reals, prior: float) -> Reals:
    """Return weights that sum to 1, those of flux to *prior*."""
    sums = max(weight[flux].sum(), 1e-300), max(weight[~flux].sum(), 1e-300)
    weights: Reals = np.where(flux, weight * prior / sums[0], weight * (1 - prior) / sums[1])
    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Rows of one stratum with scores in one band: what was forecast, and what was."""

    stratum: str
    low: float
    high: float
    rows: int
    forecast: float  # mean score, weighted to the prior
    share: float  # of flux, weighted to the prior


def reliability(
    log_odds: Reals, flux: Mask, weight: Reals, evidence: Reals, prior: float = PRIOR
) -> tuple[Band, ...]:
    """Compare forecasts with what was, stratified by *evidence* (refreshes seen)."""
    score = logistic(log_odds)
    weights = _at_prior(flux, weight, prior)
    seen = np.nan_to_num(evidence)
    bands: list[Band] = []
    for low, high in zip(STRATA, (*STRATA[1:], math.inf), strict=True):
        inside = (seen >= low) & (seen < high)
        name = f"{low}+" if math.isinf(high) else f"{low}-{high - 1}"
        bands += _bands(name, score[inside], flux[inside], weights[inside])
    return tuple(bands)


def _bands(stratum: str, score: Reals, flux: Mask, weights: Reals) -> Sequence[Band]:
    found = []
    for low, high in pairwise(BANDS):
        here = (score >= low) & ((score < high) | (high == 1))
        mass = float(weights[here].sum())
        if mass == 0:
            continue
        found.append(
            Band(
                stratum=stratum,
                low=low,
                high=high,
                rows=int(here.sum()),
                forecast=float(weights[here] @ score[here]) / mass,
                share=float(weights[here & flux].sum()) / mass,
            )
        )
    return found
