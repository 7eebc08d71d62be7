"""How much each row counts in fitting, which rows are held out together, and which are left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fluxhound.lab.samples import Ints, Labels, Mask, Reals, Samples

#: Every benign archetype weighs at least this share of the benign rows of its slice, so that rare
#: hard ones are not drowned by ordinary names. Chosen, not measured.
ARCHETYPE_FLOOR = 0.015


def fitting_weights(samples: Samples, positive: Mask, negative: Mask) -> Reals:
    """Return the weight of each row in fitting; the mean over the rows that count is 1.

    In every slice (vantage point and horizon) flux and benign rows weigh the same. So what a whole
    slice cannot observe tells nothing: were flux more frequent in the slice without AS numbers,
    their absence would look like evidence. Among flux every archetype weighs the same; among benign
    rows each archetype weighs what it stands for, but at least ``ARCHETYPE_FLOOR``. A slice without
    flux or without benign rows weighs nothing.
    """
    weight = np.zeros(samples.rows)
    for code in range(len(samples.slice.words)):
        here = samples.slice.codes == code
        good, bad = here & negative, here & positive
        if not good.any() or not bad.any():
            continue
        half = np.count_nonzero(bad)
        weight[bad] = _shared(samples.archetype.of(bad), samples.shared[bad], 1.0) * half
        weight[good] = (
            _shared(samples.archetype.of(good), samples.shared[good], ARCHETYPE_FLOOR) * half
        )
    counted = weight > 0
    return weight / weight[counted].mean() if counted.any() else weight


def _shared(labels: Labels, weight: Reals, floor: float) -> Reals:
    """Return weights that sum to 1, with each label's sum at least *floor* before scaling."""
    totals = np.bincount(labels.codes, weight, minlength=len(labels.words))
    shares = np.where(totals > 0, np.maximum(totals / totals.sum(), floor), 0.0)
    factor = np.divide(shares / shares.sum(), totals, out=np.zeros(len(totals)), where=totals > 0)
    result: Reals = weight * factor[labels.codes]
    return result


def folds(samples: Samples, count: int) -> Ints:
    """Return the fold of each row: whole seeds, or whole pools where there are too few seeds.

    Rows of one pool share addresses, so a pool in two folds would be learnt by heart. Pools belong
    to one seed; a benign domain without a pool is a pool of its own.
    """
    seeds, code = np.unique(samples.seed, return_inverse=True)
    if len(seeds) >= count:
        return (code % count).astype(np.int64)
    alone = samples.pool == 0
    key = np.where(alone, samples.unit, samples.pool).astype(np.uint64)
    salted = key * np.uint64(2) + alone.astype(np.uint64) + samples.seed.astype(np.uint64)
    return (_scrambled(salted) % np.uint64(count)).astype(np.int64)


def _scrambled(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well-mixed numbers (the finaliser of splitmix64, Steele, Lea and Flood 2014)."""
    mixed = key * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def thinned(
    labels: Labels, rows: Ints, weight: Reals, *, most: int, seed: int
) -> tuple[Ints, Reals]:
    """Return at most about *most* of *rows* with weights that make up for the rest.

    Small families stay whole; the large ones share what room is left equally.
    """
    if len(rows) <= most:
        return rows, weight[rows]
    family = labels.codes[rows]
    sizes = np.bincount(family, minlength=len(labels.words))
    keep = np.minimum(1.0, _level(sizes, most) / np.maximum(sizes, 1))[family]
    chosen = np.random.default_rng(seed).random(len(rows)) < keep
    return rows[chosen], weight[rows[chosen]] / keep[chosen]


def _level(sizes: Ints, most: int) -> float:
    """Return the size to which the largest families must be cut so that all fit into *most*."""
    room = float(most)
    ordered = np.sort(sizes[sizes > 0])
    for i, size in enumerate(ordered):
        equal = room / (len(ordered) - i)
        if size > equal:
            return equal
        room -= size
    return float(ordered[-1])
