"""What would change a verdict: single measures that, were they otherwise, turn the flux score.

Every measure of the deciding card is tried with every value that makes a difference, on both flux
cards and with every feature that reads it, alone or beside another measure.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluxhound.detection.judgement import FINDING_SCORE, LINES_MIN, NEVER, Judgement
from fluxhound.detection.model import CARDS, Feature, Grid, Model, Reals, logistic
from fluxhound.detection.wording import in_words

FLUX_CARDS = CARDS["flux"]
#: The measure that decides whether the card of lines applies.
_LINES = "eyeball_share"
_LINE = float(np.log(FINDING_SCORE / (1 - FINDING_SCORE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Values of one measure, from *low* to below *high*, that turn the flux score."""

    feature: str
    measure: str
    unit: str
    low: float  # -inf: no lower bound
    high: float  # inf: no upper bound
    score: float  # of every value in between, to two digits
    move: float  # of the log-odds

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.feature} {self._where()}: flux {self.score:.2f}"

    def _where(self) -> str:
        if np.isneginf(self.low):
            return f"below {in_words(self.high, self.unit)}"
        above = in_words(self.low, self.unit)
        if np.isposinf(self.high):
            return f"of {above} or more"
        below = in_words(self.high, self.unit)
        return f"of about {above}" if above == below else f"between {above} and {below}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Reader:
    """A feature that reads a measure: its points for every step of it, by what else it reads."""

    place: int  # among the features of the card
    points: (
        Reals  # (steps of the other measure, steps of this one); one row where it reads no other
    )
    other: str
    bounds: tuple[float, ...]  # of the other measure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lever:
    """A measure that can be otherwise: its steps, and who reads it on each flux card."""

    feature: Feature
    measure: str
    unit: str
    bounds: Reals
    readers: Mapping[str, tuple[_Reader, ...]]


def turns(judgement: Judgement, row: int) -> list[Turn]:
    """Return what turns the score of one entity, the smallest move first."""
    card = judgement.card(row, "flux")
    values = {name: float(judgement.columns[name][row]) for name in _levers(judgement.model)}
    points = {name: judgement.points[name][row] for name in FLUX_CARDS}
    totals = {name: judgement.model.bias[name] + points[name].sum() for name in FLUX_CARDS}
    in_force = {name: bool(judgement.in_force[name][row]) for name in FLUX_CARDS}
    now = float(judgement.log_odds[row])
    found = [
        turn
        for measure, lever in _levers(judgement.model).items()
        if lever.readers[card] and len(lever.bounds) and not math.isnan(values[measure])
        for turn in _turned(measure, lever, _odds(lever, totals, points, values, in_force), now)
    ]
    return sorted(found, key=lambda turn: (turn.move, turn.feature))


def _turned(measure: str, lever: _Lever, odds: Reals, now: float) -> Iterator[Turn]:
    """Yield the values of a measure that carry the score farthest over the line, if any do."""
    above = now >= _LINE
    best = int(odds.argmin() if above else odds.argmax())
    if (odds[best] >= _LINE) == above:
        return
    scores = logistic(odds)
    # Values next to it that come to the same are said with it.
    same = (np.round(scores, 2) == np.round(scores[best], 2)) & ((odds >= _LINE) != above)
    first, last = best, best
    while first > 0 and same[first - 1]:
        first -= 1
    while last < len(odds) - 1 and same[last + 1]:
        last += 1
    edges = [-np.inf, *lever.bounds, np.inf]
    yield Turn(
        feature=lever.feature.id,
        measure=measure,
        unit=lever.unit,
        low=float(edges[first]),
        high=float(edges[last + 1]),
        score=float(scores[best]),
        move=abs(float(odds[best]) - now),
    )


def _odds(
    lever: _Lever,
    totals: Mapping[str, float],
    points: Mapping[str, Reals],
    values: Mapping[str, float],
    in_force: Mapping[str, bool],
) -> Reals:
    """Return the flux log-odds of one entity for every step of a measure."""
    found: list[Reals] = []
    for card in FLUX_CARDS:
        total: Reals = np.full(len(lever.bounds) + 1, totals[card])
        for reader in lever.readers[card]:
            row = _step(values.get(reader.other, math.nan), reader.bounds)
            total = total + (reader.points[row] - points[card][reader.place])
        found.append(np.where(_applies(card, lever, in_force=in_force[card]), total, NEVER))
    result: Reals = np.maximum(*found)
    return result


def _applies(card: str, lever: _Lever, *, in_force: bool) -> NDArray[np.bool_]:
    """Tell for every step of a measure whether a card applies (judgement.cards_in_force)."""
    if card == "lines" and lever.measure == _LINES:
        return np.concatenate([[-np.inf], lever.bounds]) >= LINES_MIN
    return np.full(len(lever.bounds) + 1, in_force)


def _step(value: float, bounds: tuple[float, ...]) -> int:
    """Return the step of a value; of one that is not observable the last."""
    return -1 if math.isnan(value) else bisect.bisect_right(bounds, value)


@functools.lru_cache(maxsize=4)
def _levers(model: Model) -> Mapping[str, _Lever]:
    """Return the measures that a model reads for flux, in the order of its features."""
    features = [f for f in model.features if not f.cards.keys().isdisjoint(FLUX_CARDS)]
    measures = dict.fromkeys(measure for f in features for measure in f.measures)
    return {measure: _lever(model, measure, features) for measure in measures}


def _lever(model: Model, measure: str, features: list[Feature]) -> _Lever:
    reading = [f for f in features if measure in f.measures]
    feature = min(reading, key=lambda f: len(f.measures))  # alone, if it can be
    cuts = {cut for f in reading for card in FLUX_CARDS for cut in _cuts(f, card, measure)}
    if measure == _LINES and cuts:
        cuts.add(LINES_MIN)  # the card of lines applies from here on
    bounds = np.array(sorted(cuts))
    return _Lever(
        feature=feature,
        measure=measure,
        unit=feature.unit if feature.measure == measure else feature.by_unit,
        bounds=bounds,
        readers={
            card: tuple(
                _reader(place, f, card, measure, bounds)
                for place, f in enumerate(model.of(card))
                if measure in f.measures
            )
            for card in FLUX_CARDS
        },
    )


def _cuts(feature: Feature, card: str, measure: str) -> tuple[float, ...]:
    points = feature.cards.get(card)
    if isinstance(points, Grid) and measure == feature.by:
        return points.by_bounds
    return points.bounds if points else ()


def _reader(place: int, feature: Feature, card: str, measure: str, bounds: Reals) -> _Reader:
    """Return the points of a feature for a value in each step between *bounds*."""
    values = np.concatenate([[-np.inf], bounds])
    points = feature.cards[card]
    if not isinstance(points, Grid):
        return _Reader(place=place, points=points.contribute(values)[None], other="", bounds=())
    table: NDArray[np.float64] = np.array(points.points)
    of_this, of_other, other = points.bounds, points.by_bounds, feature.by
    if measure == feature.by:
        table, of_this, of_other, other = table.T, of_other, of_this, feature.measure
    steps = np.searchsorted(np.array(of_this), values, side="right")
    return _Reader(place=place, points=table[steps].T, other=other, bounds=of_other)
