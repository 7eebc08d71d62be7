"""Boosted trees of one split each, and the step functions that they exactly are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from fluxhound.detection.model import Steps
from fluxhound.lab.samples import Mask, Reals

_DIRECTION = {"up": 1, "down": -1, "any": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosting:
    """How trees are grown. All chosen, not measured: the points are fitted again afterwards."""

    rounds: int = 250
    patience: int = 40  # rounds without gain on the held-out rows
    rate: float = 0.2
    bins: int = 63  # places per measure at which a split is tried
    rows_per_leaf: int = 20
    penalty: float = 1.0
    #: One, because the two cards are fitted side by side: on a busy machine threads that share one
    #: tree wait for one another ten times as long as they work (measured).
    threads: int = 1
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """What is learnt from: rows of measures, the truth, weights, and the rows that only check."""

    matrix: Reals  # (rows, features), NaN: not observable
    target: Mask
    weight: Reals
    held_out: Mask


def boosted(examples: Examples, trends: Sequence[str], how: Boosting) -> lightgbm.Booster:
    """Return stumps whose sum is monotone in every feature that has a trend."""
    learn, check = ~examples.held_out, examples.held_out
    training = _dataset(examples, learn, how)
    watched = [training.create_valid(*_parts(examples, check))] if check.any() else []
    return lightgbm.train(
        _parameters(trends, how),
        training,
        num_boost_round=how.rounds,
        valid_sets=watched,
        callbacks=[lightgbm.early_stopping(how.patience, verbose=False) for _ in watched],
    )


def _parts(examples: Examples, rows: Mask) -> tuple[Reals, Reals, Reals]:
    return examples.matrix[rows], examples.target[rows].astype(np.float64), examples.weight[rows]


def _dataset(examples: Examples, rows: Mask, how: Boosting) -> lightgbm.Dataset:
    matrix, target, weight = _parts(examples, rows)
    settings = {"max_bin": how.bins, "verbosity": -1, "feature_pre_filter": False}
    return lightgbm.Dataset(matrix, target, weight=weight, params=settings)


def _parameters(trends: Sequence[str], how: Boosting) -> dict[str, Any]:
    return {
        "objective": "binary",
        "num_leaves": 2,
        "learning_rate": how.rate,
        "max_bin": how.bins,
        "min_data_in_leaf": how.rows_per_leaf,
        "lambda_l2": how.penalty,
        "monotone_constraints": [_DIRECTION[trend] for trend in trends],
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": how.threads,
        "seed": how.seed,
        "verbosity": -1,
    }


def unfolded(booster: lightgbm.Booster, trends: Sequence[str]) -> tuple[float, tuple[Steps, ...]]:
    """Return the constant and one step function per feature whose sum is the trees' raw score.

    A tree sends ``value <= threshold`` left; a step holds below its bound, so the bound is the next
    larger number. The best number of rounds is used, as in prediction.
    """
    trees = booster.dump_model(num_iteration=booster.best_iteration or None)["tree_info"]
    constant = 0.0
    splits: list[list[tuple[float, float, float, float]]] = [[] for _ in trends]
    for tree in trees:
        root = tree["tree_structure"]
        if "split_feature" in root:
            splits[root["split_feature"]].append(_split(root))
        else:
            constant += root["leaf_value"]
    return constant, tuple(
        _summed(found, trend) for found, trend in zip(splits, trends, strict=True)
    )


def _split(root: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """Return bound, points below it, points from it on, and points where not observable."""
    threshold = float(root["threshold"])
    below = float(root["left_child"]["leaf_value"])
    above = float(root["right_child"]["leaf_value"])
    # Where no value was missing in training, the trees read a missing one as 0.
    left = root["default_left"] if root["missing_type"] == "NaN" else threshold >= 0
    return float(np.nextafter(threshold, np.inf)), below, above, below if left else above


def _summed(splits: Sequence[tuple[float, float, float, float]], trend: str) -> Steps:
    bounds = np.array(sorted({bound for bound, *_ in splits}))
    points = np.zeros(len(bounds) + 1)
    for bound, below, above, _ in splits:
        place = int(np.searchsorted(bounds, bound)) + 1
        points[:place] += below
        points[place:] += above
    return Steps(
        bounds=tuple(map(float, bounds)),
        points=tuple(map(float, points)),
        missing=sum(missing for *_, missing in splits),
        trend=trend,
    )
