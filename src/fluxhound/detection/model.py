"""The additive model: step functions from a readable file, summed with numpy.

The evidence that is shown is the computation itself: the points of all features and the bias add up
to the log-odds of the score.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One step function: a measure to points, and how people read it."""

    id: str
    measure: str
    score: str
    text: str
    unit: str
    normal: str
    why: str
    bounds: tuple[float, ...]
    points: tuple[float, ...]  # one more than bounds
    missing: float

    def contribute(self, values: Reals) -> Reals:
        """Return the points for each value; NaN is a measure that was not observable."""
        step = np.searchsorted(np.array(self.bounds), values, side="right")
        known: Reals = np.array(self.points)[np.minimum(step, len(self.points) - 1)]
        return np.where(np.isnan(values), self.missing, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Features and the bias of each score."""

    version: str
    bias: Mapping[str, float]
    features: tuple[Feature, ...]

    def of(self, score: str) -> tuple[Feature, ...]:
        """Return the features of one score, in the order of the file."""
        return tuple(f for f in self.features if f.score == score)

    def contributions(self, score: str, columns: Mapping[str, Reals]) -> Reals:
        """Return the points as (entities, features of *score*)."""
        return np.stack([f.contribute(columns[f.measure]) for f in self.of(score)], axis=1)

    def scored(self, score: str, contributions: Reals) -> Reals:
        """Return the score of each entity, 0 to 1."""
        return logistic(self.bias[score] + contributions.sum(axis=1))


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
        bias = {score: float(content["bias"][score]) for score in SCORES}
        return Model(version=str(content["version"]), bias=bias, features=features)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"The model file is not TOML: {error}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"The model file lacks or misstates {error}.") from error


def _feature(entry: Mapping[str, Any]) -> Feature:
    steps: Sequence[Sequence[float]] = entry["steps"]
    bounds = tuple(float(bound) for bound, _ in steps)
    if list(bounds) != sorted(set(bounds)):
        raise ValueError(f"{entry['id']}: the bounds of its steps must rise")
    if entry["score"] not in SCORES:
        raise ValueError(f"{entry['id']}: its score must be one of {', '.join(SCORES)}")
    return Feature(
        id=entry["id"],
        measure=entry["measure"],
        score=entry["score"],
        text=entry["text"],
        unit=entry["unit"],
        normal=entry["normal"],
        why=entry["why"],
        bounds=bounds,
        points=(*(float(points) for _, points in steps), float(entry["otherwise"])),
        missing=float(entry["missing"]),
    )
