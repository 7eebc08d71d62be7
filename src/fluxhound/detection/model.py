"""The additive model: step functions from a readable file, summed with numpy.

A feature gives points for the values of one measure (steps), or for pairs of values of two (a
grid). Points are log-odds, kept on cards. Flux has two cards, one for each thing that a flux
network can be made of: hijacked hosts on people's access lines ("lines"), or rented servers
("rented"). The card that gives more decides, and its evidence is shown: the points of its features
and its bias add up to the log-odds of the score. Malice has a card of its own.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fluxhound.errors import ConfigurationError

Reals = NDArray[np.float64]

SCORES = ("flux", "malice")
#: Cards by score.
CARDS: Mapping[str, tuple[str, ...]] = {"flux": ("lines", "rented"), "malice": ("malice",)}
EVERY_CARD = tuple(card for score in SCORES for card in CARDS[score])
TRENDS = ("up", "down", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """One step function: points for values below each bound, and for all others."""

    bounds: tuple[float, ...]
    points: tuple[float, ...]  # one more than bounds
    missing: float = 0.0
    #: How points may move as the measure rises; training keeps to it.
    trend: str = "any"

    def contribute(self, values: Reals) -> Reals:
        """Return the points for each value; NaN is a measure that was not observable."""
        step = np.searchsorted(np.array(self.bounds), values, side="right")
        known: Reals = np.array(self.points)[np.minimum(step, len(self.points) - 1)]
        return np.where(np.isnan(values), self.missing, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Points for pairs of values of two measures: rows for the first, columns for the second.

    The last row and the last column are for values that were not observable.
    """

    bounds: tuple[float, ...]
    by_bounds: tuple[float, ...]
    points: tuple[tuple[float, ...], ...]  # (bounds + 2, by_bounds + 2)

    def contribute(self, values: Reals, by: Reals) -> Reals:
        """Return the points for each pair of values."""
        table = np.array(self.points)
        found: Reals = table[_place(values, self.bounds), _place(by, self.by_bounds)]
        return found


def _place(values: Reals, bounds: tuple[float, ...]) -> NDArray[np.int64]:
    """Return the step of each value, the one after the last for NaN."""
    step = np.searchsorted(np.array(bounds), values, side="right")
    return np.where(np.isnan(values), len(bounds) + 1, np.minimum(step, len(bounds)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One measure or two, how people read them, and the points on each card that they are on."""

    id: str
    measure: str
    text: str
    unit: str
    normal: str
    why: str
    cards: Mapping[str, Steps | Grid]
    #: The second measure, where points are for pairs of values (a grid on each card), and its unit.
    by: str = ""
    by_unit: str = ""

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that the points are for: one, or two."""
        return (self.measure, self.by) if self.by else (self.measure,)

    def contribute(self, card: str, columns: Mapping[str, Reals]) -> Reals:
        """Return the points of every entity on one card."""
        points = self.cards[card]
        if isinstance(points, Grid):
            return points.contribute(columns[self.measure], columns[self.by])
        return points.contribute(columns[self.measure])


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Features and the bias of each card."""

    version: str
    bias: Mapping[str, float]
    features: tuple[Feature, ...]

    def __hash__(self) -> int:
        """Hash the version; mappings have no hash, and models that differ differ in it."""
        return hash(self.version)

    def of(self, card: str) -> tuple[Feature, ...]:
        """Return the features of one card, in the order of the file."""
        return tuple(f for f in self.features if card in f.cards)

    def contributions(self, card: str, columns: Mapping[str, Reals]) -> Reals:
        """Return the points as (entities, features of *card*)."""
        features = self.of(card)
        rows = len(next(iter(columns.values())))
        points = np.zeros((rows, len(features)))
        for i, feature in enumerate(features):
            points[:, i] = feature.contribute(card, columns)
        return points

    def log_odds(self, card: str, contributions: Reals) -> Reals:
        """Return the log-odds of each entity on one card."""
        total: Reals = self.bias[card] + contributions.sum(axis=1)
        return total


def logistic(log_odds: Reals) -> Reals:
    """Return probabilities of log-odds."""
    result: Reals = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -60.0, 60.0)))
    return result


@functools.cache
def model() -> Model:
    """Return the model that the package brings."""
    return read_model(files("fluxhound.detection").joinpath("model.toml").read_text("utf-8"))


def read_model(text: str) -> Model:
    """Read a model file.

    Raises:
        ConfigurationError: the file is not a model; the message says where.
    """
    try:
        content = tomllib.loads(text)
        features = tuple(_feature(entry) for entry in content["feature"])
        bias = {card: float(content["bias"][card]) for card in EVERY_CARD}
        return Model(version=str(content["version"]), bias=bias, features=features)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"The model file is not TOML: {error}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"The model file lacks or misstates {error}.") from error


_WORDS = ("id", "measure", "text", "unit", "normal", "why")


def _feature(entry: Mapping[str, Any]) -> Feature:
    words = {word: str(entry[word]) for word in _WORDS}
    by, by_unit = str(entry.get("by", "")), str(entry.get("by_unit", ""))
    known = {*_WORDS, *EVERY_CARD, "by", *(["by_unit"] if by else [])}
    unknown = set(entry) - known
    if unknown:
        raise ValueError(f"{words['id']}: {min(unknown)}; cards are {', '.join(EVERY_CARD)}")
    read = _grid if by else _steps
    cards = {card: read(words["id"], entry[card]) for card in EVERY_CARD if card in entry}
    if not cards:
        raise ValueError(f"{words['id']}: a card, one of {', '.join(EVERY_CARD)}")
    return Feature(**words, cards=cards, by=by, by_unit=by_unit)


def _rising(feature: str, bounds: Sequence[float]) -> tuple[float, ...]:
    found = tuple(float(bound) for bound in bounds)
    if list(found) != sorted(set(found)):
        raise ValueError(f"{feature}: the bounds of its steps must rise")
    return found


def _grid(feature: str, entry: Mapping[str, Any]) -> Grid:
    bounds, by_bounds = _rising(feature, entry["bounds"]), _rising(feature, entry["by_bounds"])
    points = tuple(tuple(float(p) for p in row) for row in entry["points"])
    if [len(row) for row in points] != [len(by_bounds) + 2] * (len(bounds) + 2):
        raise ValueError(f"{feature}: its points need {len(bounds) + 2} x {len(by_bounds) + 2}")
    return Grid(bounds=bounds, by_bounds=by_bounds, points=points)


def _steps(feature: str, entry: Mapping[str, Any]) -> Steps:
    steps: Sequence[Sequence[float]] = entry["steps"]
    trend = str(entry.get("trend", "any"))
    if trend not in TRENDS:
        raise ValueError(f"{feature}: its trend must be one of {', '.join(TRENDS)}")
    return Steps(
        bounds=_rising(feature, [bound for bound, _ in steps]),
        points=(*(float(points) for _, points in steps), float(entry["otherwise"])),
        missing=float(entry["missing"]),
        trend=trend,
    )
