"""One card while it is made: a bias, steps of single measures, and grids of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fluxhound.detection.model import Grid, Steps
from fluxhound.lab.samples import Ints, Reals
from fluxhound.lab.trees import Pair, Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Points by measure, and by pair of measures."""

    bias: float
    singles: Mapping[str, Steps]
    pairs: Mapping[tuple[str, str], Grid]

    def log_odds(self, measures: Mapping[str, Reals], rows: Ints) -> Reals:
        """Return the log-odds of some rows."""
        total = np.full(len(rows), self.bias)
        for measure, steps in self.singles.items():
            total += steps.contribute(measures[measure][rows])
        for (first, second), grid in self.pairs.items():
            total += grid.contribute(measures[first][rows], measures[second][rows])
        return total


def purified(tables: Tables, masses: Sequence[Reals]) -> Tables:
    """Move into the single measures what of each pair is due to one of them, and centre all.

    *masses* weigh the steps of each measure. What remains of a pair adds nothing on average along
    either measure, whatever the other is; so a single measure tells all of its own effect, and a
    pair only what the two do together.
    """
    shares = [mass / mass.sum() for mass in masses]
    constant = tables.constant
    singles = {i: table.copy() for i, table in tables.singles.items()}
    pairs = {}
    for (first, second), table in tables.pairs.items():
        of_first = table @ shares[second]
        rest = table - of_first[:, None]
        of_second = shares[first] @ rest
        pairs[first, second] = rest - of_second[None, :]
        for i, effect in ((first, of_first), (second, of_second)):
            singles[i] = singles.get(i, np.zeros(len(shares[i]))) + effect
    for i, table in singles.items():
        middle = float(table @ shares[i])
        singles[i] = table - middle
        constant += middle
    return Tables(constant=constant, singles=singles, pairs=pairs)


def carded(
    tables: Tables, measures: Sequence[str], trends: Sequence[str], cuts: Sequence[Reals]
) -> Card:
    """Return the tables with their bounds."""
    bounds = [tuple(map(float, each)) for each in cuts]
    return Card(
        bias=tables.constant,
        singles={
            measures[i]: Steps(
                bounds=bounds[i],
                points=tuple(map(float, table[:-1])),
                missing=float(table[-1]),
                trend=trends[i],
            )
            for i, table in sorted(tables.singles.items())
        },
        pairs={
            (measures[a], measures[b]): Grid(
                bounds=bounds[a],
                by_bounds=bounds[b],
                points=tuple(tuple(map(float, row)) for row in table),
            )
            for (a, b), table in sorted(tables.pairs.items())
        },
    )


def scaled(card: Card, *, intercept: float, slope: float, digits: int = 2) -> Card:
    """Return the card with its sum stretched and moved, points rounded as people read them."""
    return Card(
        bias=round(intercept + slope * card.bias, digits),
        singles={m: _steps(s, slope, digits) for m, s in card.singles.items()},
        pairs={p: _grid(g, slope, digits) for p, g in card.pairs.items()},
    )


def without(card: Card, narrowest: float) -> Card:
    """Return the card without steps and grids whose points hardly differ."""
    return Card(
        bias=card.bias,
        singles={m: s for m, s in card.singles.items() if spread_of(s) >= narrowest},
        pairs={p: g for p, g in card.pairs.items() if spread_of(g) >= narrowest},
    )


def spread_of(points: Steps | Grid) -> float:
    """Return how far the points of a feature lie apart."""
    values = np.array(points.points)
    return float(values.max() - values.min())


def _steps(steps: Steps, slope: float, digits: int) -> Steps:
    points = [round(slope * p, digits) + 0.0 for p in steps.points]
    kept = [i for i in range(len(steps.bounds)) if points[i] != points[i + 1]]
    return Steps(
        bounds=tuple(steps.bounds[i] for i in kept),
        points=(*(points[i] for i in kept), points[-1]),
        missing=round(slope * steps.missing, digits) + 0.0,
        trend=steps.trend,
    )


def _grid(grid: Grid, slope: float, digits: int) -> Grid:
    points = np.round(slope * np.array(grid.points), digits) + 0.0
    rows = _different(points)
    columns = _different(points.T)
    return Grid(
        bounds=tuple(grid.bounds[i] for i in rows[:-2]),
        by_bounds=tuple(grid.by_bounds[i] for i in columns[:-2]),
        points=tuple(tuple(row) for row in points[np.ix_(rows, columns)].tolist()),
    )


def _different(points: Reals) -> list[int]:
    """Return the rows that differ from the next one, the last step, and the row for missing."""
    last = len(points) - 2
    return [i for i in range(last) if (points[i] != points[i + 1]).any()] + [last, last + 1]


__all__ = ["Card", "Pair", "carded", "purified", "scaled", "spread_of", "without"]
