"""One card from rows: boosted trees of two questions, taken apart into tables that people read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fluxhound.lab.card import Card, carded, purified, without
from fluxhound.lab.edges import MOST_STEPS, codes, edges
from fluxhound.lab.samples import Ints, Mask, Reals, Samples
from fluxhound.lab.trees import Boosting, Examples, grown
from fluxhound.lab.weighting import thinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How a card is fitted. Chosen for speed and for people who read the file."""

    boosting: Boosting = field(default_factory=Boosting)
    most_steps: int = MOST_STEPS
    #: Flux rows and benign rows that trees are grown from; small archetypes stay whole.
    flux_rows: int = 60_000
    benign_rows: int = 140_000
    #: Features whose points differ by less than this many nats are dropped.
    narrowest: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The features of one card: their ids, measures and trends."""

    ids: tuple[str, ...]
    measures: tuple[str, ...]
    trends: tuple[str, ...]


def fitted(samples: Samples, sheet: Sheet, target: Mask, weight: Reals, how: Fitting) -> Card:
    """Return the card; rows of weight 0 are not looked at."""
    rows, weights = _fewer(samples, np.flatnonzero(weight > 0), target, weight, how)
    columns = [samples.measures[measure][rows] for measure in sheet.measures]
    cuts = [edges(column, weights, how.most_steps) for column in columns]
    steps = np.stack([codes(v, c) for v, c in zip(columns, cuts, strict=True)], axis=1)
    sizes = tuple(len(cut) + 1 for cut in cuts)
    examples = Examples(steps=steps, sizes=sizes, target=target[rows], weight=weights)
    tables = grown(examples, sheet.trends, how.boosting)
    masses = [_masses(steps[:, i], weights, size + 1) for i, size in enumerate(sizes)]
    card = carded(purified(tables, masses), sheet.measures, sheet.trends, cuts)
    return without(card, how.narrowest)


def _masses(steps: Ints, weights: Reals, size: int) -> Reals:
    found: Reals = np.bincount(steps, weights, minlength=size).astype(np.float64)
    return found


def _fewer(
    samples: Samples, rows: Ints, target: Mask, weight: Reals, how: Fitting
) -> tuple[Ints, Reals]:
    seed = how.boosting.seed
    bad, good = rows[target[rows]], rows[~target[rows]]
    flux = thinned(samples.archetype, bad, weight, most=how.flux_rows, seed=seed)
    benign = thinned(samples.archetype, good, weight, most=how.benign_rows, seed=seed)
    return np.concatenate([flux[0], benign[0]]), np.concatenate([flux[1], benign[1]])
