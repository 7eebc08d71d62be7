"""The least value of a smooth convex function within bounds: projected quasi-Newton descent.

Written out because the common library routine calls threaded linear algebra on vectors of a few
hundred numbers, and on a busy machine spends nearly all its time waiting for the threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fluxhound.lab.samples import Mask, Reals

Function = Callable[[Reals], tuple[float, Reals]]
_Pairs = deque[tuple[Reals, Reals]]

#: Armijo's constant and the least step, as usual (Nocedal and Wright 2006, chapter 3).
_ENOUGH = 1e-4
_LEAST_STEP = 1e-10
#: Pairs of steps and changes of the gradient that stand for the curvature.
_REMEMBERED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When to stop: rounds, the relative gain of a round, the largest slope along the bounds."""

    rounds: int
    gain: float = 1e-8
    slope: float = 1e-7


def descended(function: Function, start: Reals, lower: Reals, upper: Reals, stop: Stop) -> Reals:
    """Return where *function* (value and gradient) is least between *lower* and *upper*.

    Parameters that press against a bound stand still; the others move by L-BFGS (Nocedal 1980), cut
    at the bounds. That is the two-metric projection (Bertsekas 1982).
    """
    place = np.clip(start, lower, upper)
    value, gradient = function(place)
    pairs: _Pairs = deque(maxlen=_REMEMBERED)
    for _ in range(stop.rounds):
        free = ~(((place <= lower) & (gradient > 0)) | ((place >= upper) & (gradient < 0)))
        if np.abs(gradient[free]).max(initial=0.0) <= stop.slope:
            break
        direction = _direction(gradient, free, pairs)
        found = _searched(function, (place, value, gradient), direction, lower, upper)
        if found is None and pairs:
            pairs.clear()
            continue
        if found is None:
            break
        next_place, next_value, next_gradient = found
        step, change = next_place - place, next_gradient - gradient
        if (step * change).sum() > 1e-12 * (change * change).sum():
            pairs.append((step, change))
        gained = value - next_value
        place, value, gradient = found
        if gained <= stop.gain * max(abs(value), stop.gain):
            break
    return place


def _direction(gradient: Reals, free: Mask, pairs: _Pairs) -> Reals:
    """Return the two-loop product of the inverse curvature and the gradient, over *free* only."""
    held = [(s * free, y * free) for s, y in pairs]
    held = [(s, y) for s, y in held if (s * y).sum() > 0]
    rest = -gradient * free
    if not held:
        return rest / max(1.0, float(np.abs(rest).sum()))
    weights = []
    for s, y in reversed(held):
        weights.append(float((s * rest).sum() / (s * y).sum()))
        rest = rest - weights[-1] * y
    s, y = held[-1]
    rest = rest * float((s * y).sum() / (y * y).sum())
    for (s, y), weight in zip(held, reversed(weights), strict=True):
        rest = rest + s * (weight - float((y * rest).sum() / (s * y).sum()))
    downhill = (rest * gradient).sum() < 0
    return rest * free if downhill else -gradient * free


def _searched(
    function: Function,
    here: tuple[Reals, float, Reals],
    direction: Reals,
    lower: Reals,
    upper: Reals,
) -> tuple[Reals, float, Reals] | None:
    place, value, gradient = here
    length = 1.0
    while length > _LEAST_STEP:
        there = np.clip(place + length * direction, lower, upper)
        next_value, next_gradient = function(there)
        if next_value <= value + _ENOUGH * float((gradient * (there - place)).sum()):
            return there, next_value, next_gradient
        length /= 2
    return None
