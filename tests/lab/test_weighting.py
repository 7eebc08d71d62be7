from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fluxhound.lab.samples import Labels, gathered
from fluxhound.lab.weighting import ARCHETYPE_FLOOR, fitting_weights, folds, thinned
from tests.lab.madeup import MEASURES, corpus, table

SAMPLES = gathered(corpus(900), MEASURES)


def test_flux_and_benign_weigh_the_same_in_every_slice() -> None:
    weight = fitting_weights(SAMPLES, SAMPLES.flux, ~SAMPLES.flux)
    assert weight.mean() == pytest.approx(1)
    for code in range(len(SAMPLES.slice.words)):
        here = SAMPLES.slice.codes == code
        flux = weight[here & SAMPLES.flux].sum()
        assert flux == pytest.approx(weight[here & ~SAMPLES.flux].sum())


def test_a_rare_archetype_keeps_its_floor() -> None:
    benign = ~SAMPLES.flux & (SAMPLES.slice.codes == 0)
    weight = fitting_weights(SAMPLES, SAMPLES.flux, ~SAMPLES.flux)
    rare = benign & SAMPLES.archetype.among(["ntp-pool"])
    assert SAMPLES.weight[rare].sum() / SAMPLES.weight[benign].sum() < 0.01
    assert weight[rare].sum() / weight[benign].sum() >= 0.9 * ARCHETYPE_FLOOR


def test_archetypes_of_flux_weigh_the_same() -> None:
    weight = fitting_weights(SAMPLES, SAMPLES.flux, ~SAMPLES.flux)
    sums = [weight[SAMPLES.flux & SAMPLES.archetype.among([a])].sum() for a in ("classic", "slow")]
    assert sums[0] == pytest.approx(sums[1])


def test_a_slice_without_flux_weighs_nothing() -> None:
    samples = gathered([table(300), table(300, vantage="bare", flux=0)], MEASURES)
    weight = fitting_weights(samples, samples.flux, ~samples.flux)
    assert weight[300:].sum() == 0
    assert weight[:300].min() > 0


def test_folds_are_whole_seeds() -> None:
    fold = folds(SAMPLES, 3)
    assert sorted(set(zip(SAMPLES.seed.tolist(), fold.tolist(), strict=True))) == [
        (1, 0),
        (2, 1),
        (3, 2),
    ]


def test_folds_of_one_seed_are_whole_pools() -> None:
    samples = gathered([table(900)], MEASURES)
    fold = folds(samples, 3)
    assert set(fold.tolist()) == {0, 1, 2}
    for pool in np.unique(samples.pool[samples.pool > 0]).tolist():
        assert len(set(fold[samples.pool == pool].tolist())) == 1


def test_thinning_keeps_small_families_and_the_total() -> None:
    codes = np.repeat([0, 1, 2], [5000, 100, 3000])
    labels = Labels(codes=codes, words=("a", "b", "c"))
    rows, weight = thinned(labels, np.arange(8100), np.ones(8100), most=1100, seed=1)
    kept = np.bincount(codes[rows])
    assert kept[1] == 100
    assert kept[[0, 2]] == pytest.approx([500, 500], rel=0.15)
    assert np.bincount(codes[rows], weight) == pytest.approx([5000, 100, 3000], rel=0.15)
    assert len(thinned(labels, np.arange(8100), np.ones(8100), most=8100, seed=1)[0]) == 8100


def test_no_counted_rows_no_weights() -> None:
    none = np.zeros(SAMPLES.rows, dtype=bool)
    assert fitting_weights(replace(SAMPLES), none, ~SAMPLES.flux).sum() == 0
