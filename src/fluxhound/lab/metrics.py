"""Shares with exact intervals, lines for a budget of false findings, the far left of the ROC."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

Mask = NDArray[np.bool_]
Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

CONFIDENCE = 0.95
MILLION = 1_000_000
#: Budgets of false findings per million registered-domain-days at which recall is told.
BUDGETS = (0.1, 1.0, 10.0)
#: Only the part of the ROC below this rate of false findings is of use at DNS base rates.
LARGEST_RATE = 1e-4


def interval(k: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson (Biometrika 1934) for *k* of *n*.

    The bounds are quantiles of beta distributions, so it is exact and quick for any *n*.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return low, high


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the exact 95 % interval of the chance behind it."""

    k: int
    n: int

    @property
    def value(self) -> float:
        """Return the share, NaN of none."""
        return self.k / self.n if self.n else math.nan

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the exact interval; of none, everything is possible."""
        return interval(self.k, self.n)

    @property
    def per_million(self) -> tuple[float, float, float]:
        """Return the share and its interval, of a million."""
        low, high = self.bounds
        return self.value * MILLION, low * MILLION, high * MILLION

    def __add__(self, other: Share) -> Share:
        """Return the share over both."""
        return Share(self.k + other.k, self.n + other.n)


def share(hit: Mask, among: Mask | None = None) -> Share:
    """Return how many of the rows *among* (all by default) are *hit*."""
    chosen = hit if among is None else hit[among]
    return Share(int(np.count_nonzero(chosen)), len(chosen))


def allowed(benign: int, budget: float) -> int:
    """Return how many false findings of *benign* units a budget per million allows."""
    return math.floor(budget * benign / MILLION + 1e-9)


def line(benign_scores: Reals, most: int) -> float:
    """Return the lowest line that at most *most* benign scores reach.

    Scores at the line count as reaching it. Units that were never judged have a score of minus
    infinity or NaN; no line lets them through.
    """
    known = benign_scores[np.isfinite(benign_scores)]
    if len(known) <= most:
        return -np.finfo(np.float64).max
    highest = -np.partition(-known, most)[most]  # the first one that must stay below
    return float(np.nextafter(highest, np.inf))


def reaching(scores: Reals, at: float) -> Mask:
    """Tell which scores reach a line; what was never judged does not."""
    return scores >= at  # false for NaN


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Operating points from strict to lenient: false findings, flux found, and the line of each."""

    lines: Reals
    false: Counts
    found: Counts
    benign: int
    flux: int

    @property
    def false_per_million(self) -> Reals:
        """Return the false findings of a million benign units at each point."""
        return np.asarray(self.false * (MILLION / max(self.benign, 1)), np.float64)

    @property
    def recall(self) -> Reals:
        """Return the share of flux that is found at each point."""
        return self.found / max(self.flux, 1)

    def at(self, most: int) -> Share:
        """Return the flux found at the most lenient point with at most *most* false findings."""
        place = int(np.searchsorted(self.false, most, side="right")) - 1
        return Share(int(self.found[place]) if place >= 0 else 0, self.flux)


def curve(scores: Reals, flux: Mask) -> Curve:
    """Return every operating point; equal scores are one point, the first finds nothing."""
    judged = ~np.isnan(scores) & (scores > -np.inf)
    order = np.argsort(-scores[judged], kind="stable")
    value, truth = scores[judged][order], flux[judged][order]
    last = np.append(value[1:] != value[:-1], True)[: len(value)]
    return Curve(
        lines=np.concatenate([[np.inf], value[last]]),
        false=np.concatenate([[0], np.cumsum(~truth)[last]]).astype(np.int64),
        found=np.concatenate([[0], np.cumsum(truth)[last]]).astype(np.int64),
        benign=int(np.count_nonzero(~flux)),
        flux=int(np.count_nonzero(flux)),
    )


def partial_area(points: Curve, largest: float = LARGEST_RATE) -> float:
    """Return the mean recall over rates of false findings from 0 to *largest* (partial AUC).

    Points are joined by straight lines; beyond the last one, where nothing else was judged, units
    are found at random (the line to the corner). 1 is perfect, *largest* / 2 is chance.
    """
    rate = np.append(points.false / max(points.benign, 1), 1.0)
    recall = np.append(points.recall, 1.0)
    inside = rate < largest
    # np.interp takes the last of several points with one rate, which is the most lenient one.
    corner = float(np.interp(largest, rate, recall))
    x, y = np.append(rate[inside], largest), np.append(recall[inside], corner)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / largest)
