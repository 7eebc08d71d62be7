"""Where the values of a measure are cut into steps: at numbers that people can read."""

from __future__ import annotations

import math

import numpy as np

from fluxhound.lab.samples import Ints, Reals

#: Steps of one measure at the most, values that were not observable apart. Chosen: a grid of two
#: measures still fits on a screen.
MOST_STEPS = 14


def edges(values: Reals, weight: Reals, most: int = MOST_STEPS) -> Reals:
    """Return rising bounds that cut *values* (NaN left out) into at most *most* even parts."""
    known = ~np.isnan(values) & (weight > 0)
    levels, place = np.unique(values[known], return_inverse=True)
    if len(levels) < 2:  # noqa: PLR2004 - nothing to tell apart
        return np.zeros(0)
    mass = np.cumsum(np.bincount(place, weight[known]))
    wanted = np.linspace(0, mass[-1], most + 1)[1:-1]
    below = np.unique(np.minimum(np.searchsorted(mass, wanted), len(levels) - 2))
    # A value that very many rows share is told from its neighbours on both sides.
    below = np.unique(np.concatenate([below, np.maximum(below - 1, 0)]))
    cuts = [roundest(float(levels[i]), float(levels[i + 1])) for i in below.tolist()]
    return _thinned(np.unique(cuts), values[known], weight[known], most - 1)


def _thinned(cuts: Reals, values: Reals, weight: Reals, most: int) -> Reals:
    """Leave out the cuts with the least weight between them until *most* are left."""
    while len(cuts) > most:
        mass = np.bincount(np.searchsorted(cuts, values, side="right"), weight, len(cuts) + 1)
        parts = mass[:-1] * mass[1:] / np.maximum(mass[:-1] + mass[1:], 1e-300)
        cuts = np.delete(cuts, int(parts.argmin()))
    return cuts


def roundest(low: float, high: float) -> float:
    """Return a number of the fewest digits that is above *low* and at most *high*.

    Digits count from the first of the larger of the two.

    >>> roundest(0.1234, 0.19), roundest(99.0, 104.0), roundest(0.0, 0.004)
    (0.13, 100.0, 0.001)
    """
    for digits in range(1, 16):
        size = max(abs(low), abs(high), 1e-12)
        unit = 10.0 ** (math.floor(math.log10(size)) - digits + 1)
        found = float(f"{math.floor(low / unit + 1) * unit:.15g}")
        if low < found <= high:
            return found
    return high


def codes(values: Reals, cuts: Reals) -> Ints:
    """Return the step of each value, the one after the last for NaN."""
    step = np.searchsorted(cuts, values, side="right")
    return np.where(np.isnan(values), len(cuts) + 1, np.minimum(step, len(cuts))).astype(np.int64)
