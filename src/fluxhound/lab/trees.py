"""Boosted trees of at most two questions, and the tables of points that they exactly are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np

from fluxhound.lab.samples import Ints, Mask, Reals

Pair = tuple[int, int]
_DIRECTION = {"up": 1, "down": -1, "any": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosting:
    """How trees are grown. All chosen, not measured."""

    rounds: int = 700
    #: Rounds from which it is seen which pairs of measures belong together.
    scouting: int = 150
    pairs: int = 40
    rate: float = 0.1
    rows_per_leaf: int = 20
    penalty: float = 1.0
    #: One, because the two cards are fitted side by side: on a busy machine threads that share one
    #: tree wait for one another ten times as long as they work (measured).
    threads: int = 1
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """What is learnt from: rows of steps, the truth, and weights."""

    steps: Ints  # (rows, measures)
    #: Steps of each measure without the last, which is for what was not observable.
    sizes: tuple[int, ...]
    target: Mask
    weight: Reals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Points by step of one measure, and by steps of two; their sum is what the trees say."""

    constant: float
    singles: Mapping[int, Reals]
    pairs: Mapping[Pair, Reals]


def grown(examples: Examples, trends: Sequence[str], how: Boosting) -> Tables:
    """Grow trees and return their tables; only the pairs that scouting found most worth are used.

    Single measures are monotone where they have a trend, and so is the sum (trees are constrained,
    not smoothed afterwards).
    """
    rows = _matrix(examples)
    dataset = _dataset(rows, examples)
    scouts = lightgbm.train(_parameters(trends, how), dataset, num_boost_round=how.scouting)
    allowed = [list(pair) for pair in _best_pairs(scouts, how.pairs)]
    allowed += [[i] for i in range(len(trends))]
    parameters = {**_parameters(trends, how), "interaction_constraints": allowed}
    booster = lightgbm.train(parameters, _dataset(rows, examples), num_boost_round=how.rounds)
    return unfolded(booster, examples.sizes)


def _matrix(examples: Examples) -> Reals:
    rows = examples.steps.astype(np.float64)
    rows[examples.steps == np.array(examples.sizes)] = np.nan
    return rows


def _dataset(rows: Reals, examples: Examples) -> lightgbm.Dataset:
    settings = {"max_bin": max(examples.sizes) + 2, "min_data_in_bin": 1, "verbosity": -1}
    target = examples.target.astype(np.float64)
    return lightgbm.Dataset(rows, target, weight=examples.weight, params=settings)


def _parameters(trends: Sequence[str], how: Boosting) -> dict[str, Any]:
    return {
        "objective": "binary",
        "num_leaves": 4,
        "max_depth": 2,
        "learning_rate": how.rate,
        "min_data_in_leaf": how.rows_per_leaf,
        "min_data_in_bin": 1,
        "lambda_l2": how.penalty,
        "monotone_constraints": [_DIRECTION[trend] for trend in trends],
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": how.threads,
        "seed": how.seed,
        "verbosity": -1,
    }


def _best_pairs(booster: lightgbm.Booster, most: int) -> list[Pair]:
    """Return the pairs of different measures whose second questions gained most.

    That gain is not of the two together alone: what the second measure tells by itself is in it,
    so a strong measure brings many pairs along. What of a pair is due to one measure moves there
    afterwards (``purified``), and grids that keep hardly anything are dropped.
    """
    gains: Counter[Pair] = Counter()
    for tree in booster.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        for side in ("left_child", "right_child"):
            child = root.get(side, {})
            if "split_feature" in child and child["split_feature"] != root["split_feature"]:
                first, second = sorted((root["split_feature"], child["split_feature"]))
                gains[first, second] += child["split_gain"]
    return [pair for pair, _ in sorted(gains.items(), key=lambda g: (-g[1], g[0]))[:most]]


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: float
    #: Measure -> which of its steps lead here.
    reach: Mapping[int, Mask] = field(default_factory=dict)


def unfolded(booster: lightgbm.Booster, sizes: Sequence[int]) -> Tables:
    """Return the tables whose sum is the trees' raw score, to the last digit."""
    constant = 0.0
    singles: dict[int, Reals] = {}
    pairs: dict[Pair, Reals] = {}
    for tree in booster.dump_model()["tree_info"]:
        for leaf in _leaves(tree["tree_structure"], {}, sizes):
            asked = sorted(leaf.reach)
            if not asked:
                constant += leaf.value
            elif len(asked) == 1:
                (only,) = asked
                table = singles.setdefault(only, np.zeros(sizes[only] + 1))
                table += leaf.value * leaf.reach[only]
            else:
                first, second = asked
                shape = (sizes[first] + 1, sizes[second] + 1)
                table = pairs.setdefault((first, second), np.zeros(shape))
                table += leaf.value * np.outer(leaf.reach[first], leaf.reach[second])
    return Tables(constant=constant, singles=singles, pairs=pairs)


def _leaves(
    node: Mapping[str, Any], reach: Mapping[int, Mask], sizes: Sequence[int]
) -> Iterator[_Leaf]:
    if "split_feature" not in node:
        yield _Leaf(float(node["leaf_value"]), reach)
        return
    measure = int(node["split_feature"])
    size = sizes[measure]
    left = np.arange(size + 1) <= float(node["threshold"])
    # Where no value was missing in training, the trees read a missing one as 0.
    left[size] = bool(node["default_left"]) if node["missing_type"] == "NaN" else left[0]
    so_far = reach.get(measure, np.ones(size + 1, dtype=bool))
    for side, here in (("left_child", left), ("right_child", ~left)):
        yield from _leaves(node[side], {**reach, measure: so_far & here}, sizes)
