"""The additive model: step functions from a readable file, summed with numpy.

Points are log-odds, kept on cards. Flux has two cards, one for each thing that a flux network can
be made of: hijacked hosts on people's access lines ("lines"), or rented servers ("rented"). The
card that gives more decides, and its evidence is shown: the points of its features and its bias add
up to the log-odds of the score. Malice has a card of its own.
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
class Feature:
    """One measure, how people read it, and its points on each card that it is on."""

    id: str
    measure: str
    text: str
    unit: str
    normal: str
    why: str
    cards: Mapping[str, Steps]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Features and the bias of each card."""

    version: str
    bias: Mapping[str, float]
    features: tuple[Feature, ...]

    def of(self, card: str) -> tuple[Feature, ...]:
        """Return the features of one card, in the order of the file."""
        return tuple(f for f in self.features if card in f.cards)

    def contributions(self, card: str, columns: Mapping[str, Reals]) -> Reals:
        """Return the points as (entities, features of *card*)."""
        features = self.of(card)
        rows = len(next(iter(columns.values())))
        points = np.zeros((rows, len(features)))
        for i, feature in enumerate(features):
            points[:, i] = feature.cards[card].contribute(columns[feature.measure])
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
    unknown = set(entry) - set(_WORDS) - set(EVERY_CARD)
    if unknown:
        raise ValueError(f"{words['id']}: {min(unknown)}; cards are {', '.join(EVERY_CARD)}")
    cards = {card: _steps(words["id"], entry[card]) for card in EVERY_CARD if card in entry}
    if not cards:
        raise ValueError(f"{words['id']}: a card, one of {', '.join(EVERY_CARD)}")
    return Feature(**words, cards=cards)


def _steps(feature: str, entry: Mapping[str, Any]) -> Steps:
    steps: Sequence[Sequence[float]] = entry["steps"]
    bounds = tuple(float(bound) for bound, _ in steps)
    if list(bounds) != sorted(set(bounds)):
        raise ValueError(f"{feature}: the bounds of its steps must rise")
    trend = str(entry.get("trend", "any"))
    if trend not in TRENDS:
        raise ValueError(f"{feature}: its trend must be one of {', '.join(TRENDS)}")
    return Steps(
        bounds=bounds,
        points=(*(float(points) for _, points in steps), float(entry["otherwise"])),
        missing=float(entry["missing"]),
        trend=trend,
    )
