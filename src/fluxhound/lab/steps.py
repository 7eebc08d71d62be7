"""Step functions made simple: few steps, at bounds that people can read."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fluxhound.detection.model import Steps
from fluxhound.lab.samples import Ints, Reals

#: Steps of one feature that a person still reads. Chosen, not measured.
MOST_STEPS = 8
#: Neighbouring steps are joined for less than this loss, in squared nats per unit of stake.
JOINING_LOSS = 1e-4
#: A rounded bound may move this share of the stake to the next step.
MOVED_SHARE = 0.01
DIGITS = 3


def places(steps: Steps, values: Reals) -> Ints:
    """Return the step that each value falls on; one past the last where it is not observable."""
    found = np.searchsorted(np.array(steps.bounds), values, side="right")
    found = np.minimum(found, len(steps.bounds))
    return np.where(np.isnan(values), len(steps.points), found).astype(np.int64)


def simplified(steps: Steps, values: Reals, stakes: Reals, *, most: int = MOST_STEPS) -> Steps:
    """Return *steps* with neighbours joined and bounds rounded, where that costs least.

    *stakes* say how much the points at each value matter. Joining two neighbours with stakes a and
    b and points p and q costs a b / (a + b) (p - q)^2, the growth of the squared error (Ward 1963).
    """
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    sorted_values, sorted_stakes = values[known][order], stakes[known][order]
    total = np.concatenate([[0.0], np.cumsum(sorted_stakes)])
    bounds, points = _joined(steps, _stake(steps.bounds, sorted_values, total), most)
    rounded = [_rounded(bound, sorted_values, total) for bound in bounds]
    return _rising(steps, rounded, points)


def _stake(bounds: tuple[float, ...], values: Reals, total: Reals) -> list[float]:
    edges = np.concatenate([[0], np.searchsorted(values, np.array(bounds)), [len(values)]])
    return [float(stake) for stake in np.diff(total[edges.astype(np.int64)])]


def _joined(steps: Steps, stake: list[float], most: int) -> tuple[list[float], list[float]]:
    bounds, points = list(steps.bounds), list(steps.points)
    allowed = JOINING_LOSS * sum(stake)
    spent = 0.0
    while bounds:
        costs = [
            _cost(a, b, p, q)
            for a, b, p, q in zip(stake[:-1], stake[1:], points[:-1], points[1:], strict=True)
        ]
        cheapest = min(range(len(costs)), key=costs.__getitem__)
        if len(points) <= most and spent + costs[cheapest] > allowed:
            break
        spent += costs[cheapest] if len(points) <= most else 0.0
        _join(bounds, points, stake, cheapest)
    return bounds, points


def _cost(a: float, b: float, p: float, q: float) -> float:
    return a * b / (a + b) * (p - q) ** 2 if a + b > 0 else 0.0


def _join(bounds: list[float], points: list[float], stake: list[float], at: int) -> None:
    a, b = stake[at], stake[at + 1]
    mean = (a * points[at] + b * points[at + 1]) / (a + b) if a + b > 0 else points[at]
    points[at : at + 2] = [mean]
    stake[at : at + 2] = [a + b]
    del bounds[at]


def _rounded(bound: float, values: Reals, total: Reals) -> float:
    """Return the shortest number that moves hardly any stake to the other side of the bound."""
    at = int(np.searchsorted(values, bound))
    if 0 < at < len(values) and abs(bound) < _NOTHING:
        bound = float(values[at - 1] + values[at]) / 2

    def moved(candidate: float) -> float:
        return abs(float(total[np.searchsorted(values, candidate)] - total[at]))

    candidates = list(_shorter(bound))
    harmless = [c for c in candidates if moved(c) <= MOVED_SHARE * total[-1]]
    return min(harmless, key=_length) if harmless else min(candidates, key=moved)


def _shorter(bound: float) -> Iterator[float]:
    """Yield the number rounded up and down to fewer and fewer digits."""
    if not _NOTHING < abs(bound) < _EVERYTHING:
        yield math.copysign(min(abs(bound), _EVERYTHING), bound)
        return
    yield float(math.ceil(bound))  # counts are whole
    size = math.floor(math.log10(abs(bound)))
    for digits in range(1, DIGITS + 1):
        unit = digits - 1 - size
        for whole in (math.ceil, math.floor):
            yield round(whole(bound * 10.0**unit) / 10.0**unit, unit)


#: Bounds nearer to 0 stand for "0 or less" (trees split there so); larger ones for "whatever".
_NOTHING = 1e-30
_EVERYTHING = 1e30


def _length(number: float) -> int:
    """Return how many digits a person reads; of equally short numbers the first counts."""
    return len(f"{abs(number):.12g}".replace(".", "").rstrip("0"))


def _rising(steps: Steps, bounds: list[float], points: list[float]) -> Steps:
    """Return the steps without those whose bounds fell together."""
    kept_bounds: list[float] = []
    kept_points = [points[0]]
    for bound, following in zip(bounds, points[1:], strict=True):
        if kept_bounds and bound <= kept_bounds[-1]:
            kept_points[-1] = following
            continue
        kept_bounds.append(bound)
        kept_points.append(following)
    return Steps(
        bounds=tuple(kept_bounds),
        points=tuple(kept_points),
        missing=steps.missing,
        trend=steps.trend,
    )
