"""The most that a card can give where only ranges of the measures are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluxhound.detection.model import Feature, Grid, Model

Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

#: What may be known of a measure: that it has a value, nothing, or that it cannot be observed.
SEEN, OPEN, UNSEEN = range(3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Range:
    """What one measure can be in each row: between *low* and *high*, or not observable."""

    low: Reals
    high: Reals
    state: Codes  # SEEN, OPEN (also unobservable) or UNSEEN (nothing else)

    def codes(self, bounds: tuple[float, ...]) -> Codes:
        """Return where each row is found in what ``_spans`` returns for so many steps."""
        steps = len(bounds) + 1
        first = np.searchsorted(np.array(bounds), self.low, side="right")
        last = np.searchsorted(np.array(bounds), self.high, side="right")
        # NaN is past all bounds; of what cannot be observed any step will do.
        first, last = np.minimum(first, len(bounds)), np.minimum(last, len(bounds))
        found: Codes = (first * steps + last) * 3 + self.state
        return found

    def at(self, rows: NDArray[np.int64]) -> Range:
        """Return the range of some rows."""
        return Range(low=self.low[rows], high=self.high[rows], state=self.state[rows])

    def where(self, possible: Mask) -> Range:
        """Return the same, not observable except where it is *possible*."""
        return Range(low=self.low, high=self.high, state=np.where(possible, self.state, UNSEEN))


def exactly(values: Reals, slack: float = 0.0) -> Range:
    """Return ranges that hold one value, give or take *slack* of it (or of 1); NaN is unseen."""
    wide = np.maximum(np.abs(values), 1.0) * slack
    state = np.where(np.isnan(values), UNSEEN, SEEN)
    return Range(low=values - wide, high=values + wide, state=state)


def between(low: Reals, high: Reals) -> Range:
    """Return ranges that hold anything from *low* to *high*, or nothing."""
    return Range(low=low, high=high, state=np.full(len(low), OPEN))


def within(low: Reals, high: Reals) -> Range:
    """Return ranges that hold something from *low* to *high*."""
    return Range(low=low, high=high, state=np.full(len(low), SEEN))


def most_of_card(rules: Model, card: str, ranges: Callable[[str], Range], rows: int) -> Reals:
    """Return the most that each of *rows* can reach on one card."""
    total = np.full(rows, rules.bias[card])
    for feature in rules.of(card):
        total += most_of_feature(feature, card, ranges)
    return total


def most_of_feature(feature: Feature, card: str, ranges: Callable[[str], Range]) -> Reals:
    """Return the most that one feature can give to each row."""
    points = feature.cards[card]
    if isinstance(points, Grid):
        rows = _spans(np.array(points.points))
        both = _spans(rows.T)  # (runs of the second measure, runs of the first)
        places = (ranges(name) for name in feature.measures)
        one, other = (
            place.codes(bounds)
            for place, bounds in zip(places, (points.bounds, points.by_bounds), strict=True)
        )
        pairs: Reals = both[other, one]
        return pairs
    single: Reals = _spans(np.array([*points.points, points.missing]))[
        ranges(feature.measure).codes(points.bounds)
    ]
    return single


def _spans(table: Reals) -> Reals:
    """Return the most of every run of steps along the first axis of *table*, for each state.

    The last entry along that axis is what is given where the measure is not observable.
    """
    steps = len(table) - 1
    most = np.full((steps, steps, 3, *table.shape[1:]), -np.inf)
    for first in range(steps):
        most[first, first:, SEEN] = np.maximum.accumulate(table[first:steps])
    most[:, :, OPEN] = np.maximum(most[:, :, SEEN], table[steps])
    most[:, :, UNSEEN] = table[steps]
    return most.reshape(steps * steps * 3, *table.shape[1:])
