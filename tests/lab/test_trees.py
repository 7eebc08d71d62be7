from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from fluxhound.lab.samples import Ints, Reals
from fluxhound.lab.trees import Boosting, Examples, Tables, grown, unfolded

QUICK = Boosting(rounds=40, scouting=20, pairs=1, rows_per_leaf=5)
#: Steps of three measures; a row of the last one of each was not observable.
SIZES = (6, 5, 4)


def steps(rows: int = 2_000, *, seed: int = 3, complete: bool = False) -> Ints:
    dice = np.random.default_rng(seed)
    most = [size + (0 if complete else 1) for size in SIZES]
    return np.stack([dice.integers(0, n, rows) for n in most], axis=1)


def examples() -> Examples:
    """Flux is what is high in the first measure, and where the other two are both high."""
    found = steps()
    high = (found[:, 1] >= 3) & (found[:, 2] >= 2) & (found[:, 1] < 5) & (found[:, 2] < 4)
    odds = 0.8 * (found[:, 0] % 6) + 3.0 * high - 3.0
    chance = np.random.default_rng(4).random(len(found))
    target = chance < 1 / (1 + np.exp(-odds))
    return Examples(steps=found, sizes=SIZES, target=target, weight=np.ones(len(found)))


def said(tables: Tables, rows: Ints) -> Reals:
    total = np.full(len(rows), tables.constant)
    for i, table in tables.singles.items():
        total += table[rows[:, i]]
    for (a, b), table in tables.pairs.items():
        total += table[rows[:, a], rows[:, b]]
    return total


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("complete", [False, True], ids=["some missing", "none missing"])
@pytest.mark.parametrize("trends", [(0, 0, 0), (1, -1, 0)])
def test_tables_are_exactly_the_trees(
    seed: int, trends: tuple[int, ...], *, complete: bool
) -> None:
    rows = steps(complete=complete, seed=seed)
    seen = np.where(rows == np.array(SIZES), np.nan, rows)
    dice = np.random.default_rng(seed)
    target = (np.nansum(seen, axis=1) + dice.normal(size=len(rows))) > 6
    settings = {
        "objective": "binary", "num_leaves": 4, "max_depth": 2, "verbosity": -1, "num_threads": 1,
        "max_bin": 8, "min_data_in_bin": 1, "monotone_constraints": list(trends),
    }  # fmt: skip
    weight = dice.exponential(size=len(rows))
    dataset = lightgbm.Dataset(seen, target.astype(np.float64), weight=weight, params=settings)
    booster = lightgbm.train(settings, dataset, num_boost_round=15)
    tables = unfolded(booster, SIZES)
    every = steps(500, seed=seed + 9)
    asked = np.where(every == np.array(SIZES), np.nan, every)
    expected = booster.predict(asked, raw_score=True)
    assert said(tables, every) == pytest.approx(np.asarray(expected), abs=1e-9)


def test_whether_a_measure_is_missing_is_a_question_as_well() -> None:
    """The first measure has one step only, so trees can ask nothing else about it."""
    rows = steps()
    rows[:, 0] %= 2
    target = (rows[:, 0] == 1) ^ (rows[:, 1] > 2)
    asked = Examples(steps=rows, sizes=(1, *SIZES[1:]), target=target, weight=np.ones(len(rows)))
    tables = grown(asked, ("any",) * 3, QUICK)
    assert ((said(tables, rows) > 0) == target).all()


@pytest.mark.parametrize("pairs", [0, 1, 3])
def test_no_more_pairs_than_allowed_get_a_table(pairs: int) -> None:
    tables = grown(examples(), ("up", "any", "any"), replace(QUICK, pairs=pairs))
    assert len(tables.pairs) <= pairs
    assert pairs < len(SIZES) or (1, 2) in tables.pairs


def test_points_rise_where_the_trend_says_so() -> None:
    tables = grown(examples(), ("up", "any", "any"), QUICK)
    known = tables.singles[0][: SIZES[0]]
    assert (np.diff(known) >= -1e-12).all()
    assert known[-1] - known[0] > 1


def test_the_same_examples_give_the_same_tables() -> None:
    first, second = (grown(examples(), ("any",) * 3, QUICK) for _ in range(2))
    assert np.array_equal(said(first, steps()), said(second, steps()))
