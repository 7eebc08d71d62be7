"""Resampling whole pools: domains of one pool are found or missed together.

A pool of a hundred domains is one experiment, not a hundred, so an interval over domains would be
too narrow. Pools are drawn with replacement (bootstrap of clusters: Field and Welsh, JRSS B 2007),
the same draw for both detectors that are compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxhound.lab.metrics import CONFIDENCE, Counts, Mask, Reals

#: Draws; enough for the 2.5 % and 97.5 % points. Rows of draws made at a time: bounds memory.
DRAWS = 2_000
_AT_A_TIME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much more flux one detector finds than another, as shares of the units."""

    #: Recall of the first and of the second, and the first minus the second.
    first: float
    second: float
    difference: float
    #: The interval of the difference, and of the first recall, over pools.
    bounds: tuple[float, float]
    first_bounds: tuple[float, float]
    #: Share of the draws in which the first finds at least as much.
    at_least: float
    pools: int


def paired(
    pool: Counts, first: Mask, second: Mask, *, dice: np.random.Generator, draws: int = DRAWS
) -> Difference:
    """Compare two detectors on the same units; *pool* is the number of each unit's pool."""
    if not len(pool):
        raise ValueError("There is no unit to compare on.")
    numbers, place = np.unique(pool, return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    hits = [np.bincount(place, weights=hit.astype(np.float64)) for hit in (first, second)]
    found = _drawn(np.stack([sizes, *hits], axis=1), dice, draws)
    one, other = found[:, 1] / found[:, 0], found[:, 2] / found[:, 0]
    return Difference(
        first=float(first.mean()),
        second=float(second.mean()),
        difference=float(first.mean() - second.mean()),
        bounds=_bounds(one - other),
        first_bounds=_bounds(one),
        at_least=float((one >= other).mean()),
        pools=len(numbers),
    )


def _drawn(sums: Reals, dice: np.random.Generator, draws: int) -> Reals:
    """Return, for each draw of as many pools as there are, the sums over its pools."""
    pools = len(sums)
    chances = np.full(pools, 1 / pools)
    parts = []
    for begin in range(0, draws, _AT_A_TIME):
        often = dice.multinomial(pools, chances, size=min(_AT_A_TIME, draws - begin))
        parts.append(often @ sums)
    return np.concatenate(parts)


def _bounds(values: Reals) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
