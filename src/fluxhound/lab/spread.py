"""Distributions that parameters are drawn from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fluxhound.errors import ConfigurationError
from fluxhound.lab.dice import U64, Reals, between, log_between, unit


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution: even between *low* and *high*, evenly in the logarithm, or over *values*."""

    low: float
    high: float
    log: bool = False
    values: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()

    @classmethod
    def parse(cls, value: object, where: str) -> Spread:
        """Return the spread that a TOML value stands for; *where* names it in errors.

        Raises:
            ConfigurationError: It is no number, range, or list of values with weights.
        """
        if isinstance(value, Spread):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return cls(float(value), float(value))
        if isinstance(value, dict) and {"low", "high"} <= value.keys() <= {"low", "high", "log"}:
            low, high, log = float(value["low"]), float(value["high"]), bool(value.get("log"))
            if low <= high and (low > 0 or not log) and math.isfinite(high):
                return cls(low, high, log)
        if isinstance(value, dict) and value.keys() == {"values", "weights"}:
            values, weights = map(float, value["values"]), map(float, value["weights"])
            return cls._listed(tuple(values), tuple(weights), where)
        raise ConfigurationError(
            f"{where}: give a number, {{low, high}} with low <= high, or {{values, weights}}"
        )

    @classmethod
    def _listed(cls, values: tuple[float, ...], weights: tuple[float, ...], where: str) -> Spread:
        if len(values) != len(weights) or min(weights, default=0) < 0 or sum(weights) <= 0:
            raise ConfigurationError(f"{where}: give every value its weight, 0 or more")
        return cls(min(values), max(values), values=values, weights=weights)

    def draw(self, h: U64) -> Reals:
        """Return one value for each hash."""
        if self.values:
            edges = np.cumsum(self.weights)
            place = np.searchsorted(edges / edges[-1], unit(h), side="right")
            return np.array(self.values)[np.minimum(place, len(self.values) - 1)]
        if self.low == self.high:
            return np.full(h.shape, self.low)
        return (log_between if self.log else between)(h, self.low, self.high)

    def whole(self, h: U64) -> Reals:
        """Return one whole number for each hash, both bounds included, as a float."""
        if self.values or self.low == self.high:
            return np.rint(self.draw(h))
        wide = Spread(self.low, self.high + 1, self.log)
        return np.minimum(np.floor(wide.draw(h)), self.high)
