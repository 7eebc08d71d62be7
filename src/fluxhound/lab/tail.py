"""The line for alerts: how many false findings it lets through, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv

from fluxhound.lab.samples import Reals

MILLION = 1e6
#: Share of the weight of benign units that the tail is fitted to, and how many units at least and
#: at most. Chosen, not measured.
TAIL_SHARE = 1e-3
TAIL_LEAST = 50
TAIL_MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line in log-odds for a budget of false findings per million benign units."""

    budget: float
    at: float
    false: float  # per million, weighted
    low: float  # 95 % interval
    high: float
    units: int  # benign rows of units
    effective: float  # equally weighted units that would tell as much


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """A generalised Pareto distribution of what exceeds ``start``."""

    start: float
    shape: float
    scale: float
    units: int
    exceeding: float  # weighted share of units above the start

    def per_million(self, at: float) -> float:
        """Return how many units per million exceed *at* by the fitted tail."""
        beyond = (at - self.start) / self.scale
        if beyond <= 0:
            return self.exceeding * MILLION
        if abs(self.shape) < _STRAIGHT:
            return self.exceeding * MILLION * math.exp(-beyond)
        base = 1 + self.shape * beyond
        return self.exceeding * MILLION * base ** (-1 / self.shape) if base > 0 else 0.0


_STRAIGHT = 1e-6


def line(log_odds: Reals, weight: Reals, budget: float) -> Line:
    """Return the lowest line above which benign units weigh no more than *budget* per million."""
    order = np.argsort(-log_odds, kind="stable")
    rate = np.cumsum(weight[order]) / weight.sum() * MILLION
    allowed = int(np.searchsorted(rate, budget * (1 + 1e-12), side="right"))
    last = min(allowed, len(order) - 1)
    at = float(np.nextafter(log_odds[order[last]], np.inf))
    return measured(log_odds, weight, at, budget)


def measured(log_odds: Reals, weight: Reals, at: float, budget: float = math.nan) -> Line:
    """Return what a given line lets through, with the interval of Clopper and Pearson (1934).

    Rows that stand for many units are no more than one draw, so the interval is that of the
    effective number of rows (Korn and Graubard 1998): square of the sum by sum of the squares.
    """
    share = float(weight[log_odds >= at].sum() / weight.sum())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    hits = share * effective
    low = float(betaincinv(hits, effective - hits + 1, 0.025)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, effective - hits, 0.975)) if hits < effective else 1.0
    return Line(
        budget=budget,
        at=at,
        false=share * MILLION,
        low=low * MILLION,
        high=high * MILLION,
        units=len(weight),
        effective=effective,
    )


def fitted_tail(log_odds: Reals, weight: Reals) -> Tail | None:
    """Return the tail of benign log-odds (Pickands 1975), or None where too few exceed its start.

    It checks the line by extrapolation; it is no substitute for benign units that were seen.
    """
    order = np.argsort(-log_odds, kind="stable")
    rate = np.cumsum(weight[order]) / weight.sum()
    count = int(np.clip(np.searchsorted(rate, TAIL_SHARE), TAIL_LEAST, TAIL_MOST))
    if count >= len(order):
        return None
    start = float(log_odds[order[count]])
    above = log_odds > start
    excess, weights = log_odds[above] - start, weight[above] / weight[above].sum()
    if len(excess) < TAIL_LEAST:
        return None
    shape, scale = _pareto(excess, weights)
    return Tail(
        start=start,
        shape=shape,
        scale=scale,
        units=len(excess),
        exceeding=float(weight[above].sum() / weight.sum()),
    )


def _pareto(excess: Reals, weights: Reals) -> tuple[float, float]:
    """Return shape and scale of greatest weighted likelihood, from the exponential onwards."""

    def surprise(parameters: Reals) -> float:
        shape, scale = float(parameters[0]), math.exp(float(parameters[1]))
        if abs(shape) < _STRAIGHT:
            return float(weights @ (excess / scale)) + math.log(scale)
        base = 1 + shape * excess / scale
        if base.min() <= 0 or abs(shape) > 1:
            return math.inf
        return float((1 + 1 / shape) * (weights @ np.log(base))) + math.log(scale)

    mean = float(weights @ excess)
    found = minimize(surprise, np.array([0.0, math.log(mean)]), method="Nelder-Mead")
    return float(found.x[0]), math.exp(float(found.x[1]))
