"""Whether a score means what it says: of all that score so high, how many are flux?

Simulated traffic has far more flux than the world, so its units are weighted to a stated prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.detection.model import logistic
from fluxhound.lab.metrics import Mask, Reals, interval
from fluxhound.lab.units import masked, numbers

#: One registered domain in so many is in flux: what the score is calibrated to.
PRIOR = 1e-5
#: Bounds of the bins of the score: fine where a decision is made. Chosen, not measured.
BINS = (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
#: Refreshes that were seen, up to and including; and how the classes are called.
STRATA = ((2, "0-2"), (5, "3-5"), (19, "6-19"), (None, "20+"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bin of the score: what it promises, and what was observed."""

    low: float
    high: float
    flux: int
    benign: int
    #: Weighted mean of the score, and weighted share of flux with its exact interval: the
    #: interval is that of the simulated share, carried over to the prior by the odds.
    promised: float
    observed: float
    bounds: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How well a score is calibrated at a prior."""

    prior: float
    bins: tuple[Bin, ...]
    #: Weighted mean square of score minus truth (Brier, Monthly Weather Review 1950).
    brier: float
    #: Weighted mean over bins of the distance of promised and observed share.
    calibration_error: float


def reliability(
    log_odds: Reals, flux: Mask, *, prior: float = PRIOR, among: Mask | None = None
) -> Reliability:
    """Return the reliability of probabilities given as log-odds (minus infinity: surely not).

    All units together are weighted to the prior; *among* chooses those that are told of.
    """
    weight, heavier = _weights(flux, prior)
    scores = logistic(np.nan_to_num(log_odds, nan=-np.inf))
    if among is not None:
        scores, flux, weight = scores[among], flux[among], weight[among]
    place = np.clip(np.searchsorted(BINS, scores, side="right") - 1, 0, len(BINS) - 2)
    filled = [(int(i), place == i) for i in np.unique(place)]
    found = tuple(
        _bin((BINS[i], BINS[i + 1]), scores[here], flux[here], weight[here], heavier)
        for i, here in filled
    )
    total = float(weight.sum()) or 1.0
    masses = [float(weight[here].sum()) for _, here in filled]
    error = sum(m * abs(b.promised - b.observed) for m, b in zip(masses, found, strict=True))
    return Reliability(
        prior=prior,
        bins=found,
        brier=float((weight * (scores - flux) ** 2).sum() / total),
        calibration_error=error / total,
    )


def by_refreshes(units: pa.Table, *, prior: float = PRIOR) -> Mapping[str, Reliability]:
    """Return the reliability of all units (``"all"``) and by how many refreshes were seen."""
    flux, odds = masked(units, "flux"), numbers(units, "score")
    found = {"all": reliability(odds, flux, prior=prior)}
    most = [limit for limit, _ in STRATA if limit is not None]
    place = np.searchsorted(most, np.nan_to_num(numbers(units, "refreshes")))
    for number, (_, label) in enumerate(STRATA):
        if (place == number).any():
            found[label] = reliability(odds, flux, prior=prior, among=place == number)
    return found


def _weights(flux: Mask, prior: float) -> tuple[Reals, float]:
    """Return weights of mean 1 that make the share of flux the prior; and flux's by the others'."""
    share = float(flux.mean()) if len(flux) else 0.0
    if share in (0.0, 1.0):
        return np.ones(len(flux)), 1.0
    one, other = prior / share, (1 - prior) / (1 - share)
    return np.where(flux, one, other), one / other


def _bin(
    bounds: tuple[float, float], scores: Reals, flux: Mask, weight: Reals, heavier: float
) -> Bin:
    hits, others = int(np.count_nonzero(flux)), int(np.count_nonzero(~flux))
    mass = float(weight.sum())
    below, above = interval(hits, hits + others)
    return Bin(
        low=bounds[0],
        high=bounds[1],
        flux=hits,
        benign=others,
        promised=float((weight * scores).sum() / mass),
        observed=float(weight[flux].sum() / mass),
        bounds=(_carried(below, heavier), _carried(above, heavier)),
    )


def _carried(share: float, ratio: float) -> float:
    """Return the share whose odds are *ratio* times those of *share*."""
    return ratio * share / (1 - share + ratio * share)
