"""One card from rows: boosted stumps find the steps, a bounded regression their points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fluxhound.detection.model import Steps, logistic
from fluxhound.lab.refit import Card, Restraint, refitted, stated
from fluxhound.lab.samples import Ints, Mask, Reals, Samples
from fluxhound.lab.steps import MOST_STEPS, places, simplified
from fluxhound.lab.stumps import Boosting, Examples, boosted, unfolded
from fluxhound.lab.weighting import folds, thinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How a card is fitted. Chosen for speed and for people who read the file."""

    boosting: Boosting = field(default_factory=Boosting)
    restraint: Restraint = field(default_factory=Restraint)
    most_steps: int = MOST_STEPS
    #: Benign rows, and flux rows, from which stumps are grown.
    rows: int = 40_000
    #: Benign rows above these log-odds (at even classes) all take part in the regression.
    hard: float = -4.0
    #: Features whose points differ by less than this many nats are dropped.
    narrowest: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The features of one card: their ids, measures and trends."""

    ids: tuple[str, ...]
    measures: tuple[str, ...]
    trends: tuple[str, ...]

    def only(self, kept: Sequence[int]) -> Sheet:
        """Return the sheet with some of the features."""
        return Sheet(
            ids=tuple(self.ids[i] for i in kept),
            measures=tuple(self.measures[i] for i in kept),
            trends=tuple(self.trends[i] for i in kept),
        )


def log_odds(samples: Samples, sheet: Sheet, card: Card, rows: Ints) -> Reals:
    """Return the log-odds of some rows, without a matrix of all measures."""
    total = np.full(len(rows), card.bias)
    for measure, steps in zip(sheet.measures, card.steps, strict=True):
        total += steps.contribute(samples.measures[measure][rows])
    return total


def fitted(
    samples: Samples, sheet: Sheet, target: Mask, weight: Reals, how: Fitting
) -> tuple[Sheet, Card]:
    """Return the features that matter, and the card; rows of weight 0 are not looked at."""
    rows = np.flatnonzero(weight > 0)
    few, few_weights = _fewer(samples, rows, target, weight, how)
    first = _grown(samples, sheet, few, target, few_weights, how)
    rough = log_odds(samples, sheet, first, rows)
    rows, weights = _telling(rows, rough, few, few_weights, target, weight, how)
    card = _regressed(samples, sheet, rows, target, weights, first, how)
    kept = [i for i, steps in enumerate(card.steps) if _range(steps) >= how.narrowest]
    if len(kept) == len(card.steps):
        return sheet, card
    smaller = Card(bias=card.bias, steps=tuple(card.steps[i] for i in kept))
    sheet = sheet.only(kept)
    return sheet, _regressed(samples, sheet, rows, target, weights, smaller, how)


def _range(steps: Steps) -> float:
    return max(steps.points) - min(steps.points)


def _fewer(
    samples: Samples, rows: Ints, target: Mask, weight: Reals, how: Fitting
) -> tuple[Ints, Reals]:
    seed = how.boosting.seed
    bad, good = rows[target[rows]], rows[~target[rows]]
    flux = thinned(samples.archetype, bad, weight, most=how.rows, seed=seed)
    benign = thinned(samples.family, good, weight, most=how.rows, seed=seed)
    return np.concatenate([flux[0], benign[0]]), np.concatenate([flux[1], benign[1]])


def _grown(
    samples: Samples, sheet: Sheet, rows: Ints, target: Mask, weights: Reals, how: Fitting
) -> Card:
    matrix = samples.matrix(sheet.measures, rows)
    held_out = _held_out(samples, rows, target[rows])
    examples = Examples(matrix=matrix, target=target[rows], weight=weights, held_out=held_out)
    bias, exact = unfolded(boosted(examples, sheet.trends, how.boosting), sheet.trends)
    chance = logistic(Card(bias=bias, steps=exact).log_odds(matrix))
    # The square root, because what is surely benign must stay far away, too: at one flux name in
    # 100,000 the far tail decides.
    stakes = weights * np.sqrt(chance * (1 - chance))
    steps = [simplified(s, matrix[:, i], stakes, most=how.most_steps) for i, s in enumerate(exact)]
    return Card(bias=bias, steps=tuple(steps))


def _held_out(samples: Samples, rows: Ints, target: Mask) -> Mask:
    """Return the rows that decide when to stop: the last seed, or a fifth of the pools."""
    seeds = samples.seed[rows]
    checking = seeds == seeds.max()
    if checking.all():
        checking = folds(samples, _POOL_PARTS)[rows] == 0
    both = all(target[part].any() and not target[part].all() for part in (checking, ~checking))
    return checking if both else np.zeros(len(rows), dtype=bool)


_POOL_PARTS = 5


def _telling(
    rows: Ints,
    rough: Reals,
    few: Ints,
    few_weights: Reals,
    target: Mask,
    weight: Reals,
    how: Fitting,
) -> tuple[Ints, Reals]:
    """Return all hard benign rows, and the easy ones and flux as they were thinned."""
    hard = rows[~target[rows] & (rough > how.hard)]
    others = ~np.isin(few, hard)
    return (
        np.concatenate([hard, few[others]]),
        np.concatenate([weight[hard], few_weights[others]]),
    )


def _regressed(
    samples: Samples,
    sheet: Sheet,
    rows: Ints,
    target: Mask,
    weights: Reals,
    start: Card,
    how: Fitting,
) -> Card:
    found = np.stack(
        [
            places(steps, samples.measures[measure][rows])
            for measure, steps in zip(sheet.measures, start.steps, strict=True)
        ],
        axis=1,
    )
    return refitted(stated(found, start.steps, target[rows], weights), start, how.restraint)
