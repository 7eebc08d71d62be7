"""The points of given steps, fitted together: logistic regression with bounds.

Each feature is one of its steps (or missing) in every row, so a row is as many ones as there are
features. A step's points are those of the step before plus a rise; the rises are the parameters,
and a trend is a bound on them: no rise of a feature with trend "up" is below 0. So the fit is
monotone as it is, without a projection afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from fluxhound.detection.model import Steps, logistic
from fluxhound.lab.descent import Stop, descended
from fluxhound.lab.samples import Ints, Mask, Reals


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """How far the points may go. All chosen, not measured."""

    #: Penalty per squared nat of a rise, against the mean loss of a row.
    rise: float = 3e-5
    #: Penalty per squared nat by which "missing" leaves the middle between flux and benign.
    missing: float = 3e-4
    #: No step rises by more: one measure near a bound must not decide alone.
    largest: float = 4.0
    iterations: int = 80


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Card:
    """A bias and one step function for each feature, in the order of the features."""

    bias: float
    steps: tuple[Steps, ...]

    def log_odds(self, matrix: Reals) -> Reals:
        """Return the log-odds of each row of (rows, features)."""
        total = np.full(len(matrix), self.bias)
        for i, steps in enumerate(self.steps):
            total += steps.contribute(matrix[:, i])
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Different rows of places, with what weight they are flux and benign."""

    ones: csr_matrix  # (rows, all places of all features)
    flux: Reals
    benign: Reals
    #: First place of each feature, and one past the last; the last place of each is "missing".
    starts: Ints


def stated(places: Ints, steps: Sequence[Steps], target: Mask, weight: Reals) -> Problem:
    """Return the problem of fitting *steps*; rows with the same places become one row."""
    sizes = np.array([len(s.points) + 1 for s in steps], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    signature = places.astype(np.uint64) @ _odd_numbers(len(steps))
    _, first, same = np.unique(signature, return_index=True, return_inverse=True)
    columns = (places[first] + starts[:-1]).reshape(-1)
    rows = np.arange(len(first) + 1) * len(steps)
    shape = (len(first), int(starts[-1]))
    return Problem(
        ones=csr_matrix((np.ones(len(columns)), columns, rows), shape=shape),
        flux=np.bincount(same, weight * target, len(first)).astype(np.float64),
        benign=np.bincount(same, weight * ~target, len(first)).astype(np.float64),
        starts=starts,
    )


def _odd_numbers(count: int) -> Ints:
    """Return random multipliers: rows of places that differ collide with a chance of 2^-63."""
    drawn = np.random.default_rng(1).integers(0, 2**63, count, dtype=np.uint64)
    return drawn * np.uint64(2) + np.uint64(1)  # type: ignore[return-value]


def refitted(problem: Problem, start: Card, restraint: Restraint) -> Card:
    """Return the card whose points fit best.

    A missing measure must not be evidence of its own, whoever causes it. Its points are drawn to
    the middle between what flux and what benign rows have on average where it is observed, and
    never speak for flux: they lie between that middle and the average of benign rows. Within these
    bounds they are what keeps the sum right where the measure is missing; slices that cannot
    observe it weigh flux and benign rows the same, so there missing is no more than a correction
    for what the other measures say too. The bounds are known only after a fit, so it is done twice.
    """
    free = [(-np.inf, np.inf)] * len(start.steps)
    first = _solved(problem, start, restraint, free)
    second = _solved(problem, first, restraint, _neutral(problem, first))
    inside = _neutral(problem, second)
    steps = [
        _with_points(s, s.points, min(max(s.missing, least), most))
        for s, (least, most) in zip(second.steps, inside, strict=True)
    ]
    return centred(problem, Card(bias=second.bias, steps=tuple(steps)))


def _neutral(problem: Problem, card: Card) -> list[tuple[float, float]]:
    """Return the least and the most points for a missing value of each feature."""
    means = _means(problem, card)
    middles = means.mean(axis=0)
    return [
        (min(float(benign), float(middle)), float(middle))
        for benign, middle in zip(means[1], middles, strict=True)
    ]


def _with_points(steps: Steps, points: Sequence[float] | Reals, missing: float) -> Steps:
    return Steps(
        bounds=steps.bounds,
        points=tuple(map(float, points)),
        missing=float(missing),
        trend=steps.trend,
    )


def centred(problem: Problem, card: Card) -> Card:
    """Return the same card with 0 in the middle between flux and benign rows of each feature.

    So points above 0 speak for flux and points below 0 against it.
    """
    middles = _means(problem, card).mean(axis=0)
    steps = [
        _with_points(s, np.array(s.points) - middle, s.missing - middle)
        for s, middle in zip(card.steps, middles, strict=True)
    ]
    return Card(bias=card.bias + float(middles.sum()), steps=tuple(steps))


def _means(problem: Problem, card: Card) -> Reals:
    """Return the mean points of flux and of benign rows, (2, features), where observed.

    Where no row of one class has the measure, the mean of the other stands for both.
    """
    found = np.full((2, len(card.steps)), np.nan)
    for row, weight in enumerate((problem.flux, problem.benign)):
        counted = np.asarray(problem.ones.T @ weight)
        for i, steps in enumerate(card.steps):
            here = counted[problem.starts[i] : problem.starts[i + 1] - 1]
            if here.sum() > 0:
                found[row, i] = (np.array(steps.points) * here).sum() / here.sum()
    return np.nan_to_num(np.where(np.isnan(found), found[::-1], found))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layout:
    """Where the parameters are: the bias, then of each feature its rises and its missing."""

    starts: Ints

    def table(self, parameters: Reals) -> Reals:
        """Return the points of every place of every feature (the first step has 0)."""
        points = parameters[1:].copy()
        points[self.starts[:-1]] = 0.0
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            np.cumsum(points[start : end - 1], out=points[start : end - 1])
        return points

    def gathered(self, table: Reals) -> Reals:
        """Return the sums of *table* over the places that each parameter moves (not the bias)."""
        sums = table.copy()
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            sums[start : end - 1] = np.cumsum(table[start : end - 1][::-1])[::-1]
        sums[self.starts[:-1]] = 0.0
        return sums


def _solved(
    problem: Problem, start: Card, restraint: Restraint, inside: Sequence[tuple[float, float]]
) -> Card:
    layout = _Layout(starts=problem.starts)
    begin = _parameters(start)
    based = np.array([s.points[0] for s in start.steps])
    middle = _means(problem, start).mean(axis=0) - based
    drawn_to, drawing = _penalties(problem.starts, middle, restraint)
    lower, upper = _limits(start, inside, restraint)
    total = problem.flux.sum() + problem.benign.sum()

    both = problem.flux + problem.benign

    def loss(parameters: Reals) -> tuple[float, Reals]:
        scores = parameters[0] + problem.ones @ layout.table(parameters)
        off = parameters - drawn_to
        # log(1 + exp(s)) and its slope, from one exponential that cannot overflow. Plain sums: on
        # vectors this short a threaded product of vectors only waits for its threads.
        small = np.exp(-np.abs(scores))
        surprise = np.maximum(scores, 0) + np.log1p(small)
        slope = both * (np.where(scores > 0, 1.0, small) / (1 + small)) - problem.flux
        value = float((both * surprise).sum() - (problem.flux * scores).sum())
        gradient = np.concatenate([[slope.sum()], layout.gathered(problem.ones.T @ slope)])
        penalty = 0.5 * float((drawing * off**2).sum())
        return value / total + penalty, gradient / total + drawing * off

    begin = np.clip(begin, lower, upper)
    scores = begin[0] + problem.ones @ layout.table(begin)
    chance = logistic(scores)
    bend = both * chance * (1 - chance)
    curvature = np.concatenate([[bend.sum()], layout.gathered(problem.ones.T @ bend)]) / total
    scale = 1.0 / np.sqrt(curvature + drawing + 1e-7)

    def scaled(position: Reals) -> tuple[float, Reals]:
        value, gradient = loss(position * scale)
        return value, gradient * scale

    stop = Stop(rounds=restraint.iterations)
    found = descended(scaled, begin / scale, lower / scale, upper / scale, stop)
    return _card(found * scale, layout, start)


def _parameters(card: Card) -> Reals:
    parts: list[Reals] = [np.array([card.bias + sum(s.points[0] for s in card.steps)])]
    for steps in card.steps:
        points = np.array(steps.points)
        parts.append(np.concatenate([[0.0], np.diff(points), [steps.missing - points[0]]]))
    return np.concatenate(parts)


def _penalties(starts: Ints, middle: Reals, restraint: Restraint) -> tuple[Reals, Reals]:
    target = np.zeros(starts[-1] + 1)
    target[starts[1:]] = middle  # "missing" is the last place of each; the bias stands before all
    strength = np.full(starts[-1] + 1, restraint.rise)
    strength[starts[1:]] = restraint.missing
    strength[0] = 0.0
    return target, strength


def _limits(
    card: Card, inside: Sequence[tuple[float, float]], restraint: Restraint
) -> tuple[Reals, Reals]:
    lower, upper = [-np.inf], [np.inf]
    for steps, (least, most) in zip(card.steps, inside, strict=True):
        rises = len(steps.bounds)
        lower += [0.0, *([0.0 if steps.trend == "up" else -restraint.largest] * rises)]
        upper += [0.0, *([0.0 if steps.trend == "down" else restraint.largest] * rises)]
        lower.append(least - steps.points[0])
        upper.append(most - steps.points[0])
    return np.array(lower), np.array(upper)


def _card(parameters: Reals, layout: _Layout, like: Card) -> Card:
    table = layout.table(parameters)
    steps = [
        _with_points(s, table[start : end - 1], float(table[end - 1]))
        for s, start, end in zip(like.steps, layout.starts[:-1], layout.starts[1:], strict=True)
    ]
    return Card(bias=float(parameters[0]), steps=tuple(steps))
