from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.model import (
    EVERY_CARD,
    SCORES,
    Feature,
    Grid,
    Steps,
    logistic,
    model,
    read_model,
)
from fluxhound.errors import ConfigurationError
from tests.detection.conftest import Judged
from tests.detection.grids import PAIR, SMALL, small

FEATURES = model().features

CARDS = [(f"{f.id}-{card}", points) for f in FEATURES for card, points in f.cards.items()]
STEPS = [(name, points) for name, points in CARDS if isinstance(points, Steps)]


@pytest.mark.parametrize(
    ("value", "points"),
    [(-9, -1.0), (2.99, -1.0), (3, 0.5), (4.99, 0.5), (5, 2.0), (1e9, 2.0), (math.nan, 0.25)],
)
def test_a_step_holds_below_its_bound(value: float, points: float) -> None:
    (feature,) = read_model(SMALL).features
    assert feature.contribute("lines", {"units": np.array([value])}).tolist() == [points]


@pytest.mark.parametrize(
    ("value", "by", "points"),
    [
        (3.99, 59, -1.0),
        (4, 59, 1.0),
        (4, 60, 2.0),
        (4, 7200, 3.0),
        (-math.inf, math.inf, 1.0),
        (math.nan, 60, 0.2),
        (4, math.nan, 0.5),
        (math.nan, math.nan, 0.0),
    ],
)
def test_a_grid_has_points_for_pairs(value: float, by: float, points: float) -> None:
    _, feature = small().features
    columns = {"units": np.array([value]), "changes": np.array([by])}
    assert feature.contribute("lines", columns).tolist() == [points]
    assert (feature.measures, feature.by_unit) == (("units", "changes"), "s")


def test_scores_are_sums() -> None:
    rules = read_model(SMALL)
    columns = {"units": np.array([1.0, 4.0, np.nan])}
    points = rules.contributions("lines", columns)
    assert points.tolist() == [[-1.0], [0.5], [0.25]]
    assert rules.log_odds("lines", points).tolist() == [-2.0, -0.5, -0.75]
    assert rules.log_odds("rented", rules.contributions("rented", columns)).tolist() == [-3.0] * 3


def test_pairs_are_added_to_the_rest() -> None:
    columns = {"units": np.array([1.0, 4.0]), "changes": np.array([0.0, np.nan])}
    assert small().contributions("lines", columns).tolist() == [[-1.0, -1.0], [0.5, 0.5]]


def test_a_model_can_be_a_key() -> None:
    assert len({small(), small(), read_model(SMALL)}) == 2


@given(st.floats(-1e9, 1e9))
def test_a_score_is_between_0_and_1(log_odds: float) -> None:
    assert 0 < float(logistic(np.array(log_odds))) <= 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[3, -1.0], [5, 0.5]]", "[[5, -1.0], [3, 0.5]]", "must rise"),
        ("[[3, -1.0], [5, 0.5]]", "[[3, -1.0], [3, 0.5]]", "must rise"),
        ("lines = {", "doom = {", "lines, rented, malice"),
        ('trend = "up"', 'trend = "sideways"', "up, down, any"),
        ("malice = -2.0", "", "malice"),
        ("otherwise = 2.0, ", "", "otherwise"),
        ("otherwise = 2.0", 'otherwise = "much"', "much"),
        (", missing = 0.25", "", "missing"),
        ('version = "test"', "version = ", "TOML"),
        ("[[3, -1.0], [5, 0.5]]", "3", "int"),
        ("by_bounds = [60, 7200]", "by_bounds = [7200, 60]", "must rise"),
        ("bounds = [4], by", "bounds = [4, 4], by", "must rise"),
        ("bounds = [4], by", "bounds = [4, 5], by", "4 x 4"),
        ("    [-1.0, 0.0, 1.0, 0.5],", "    [-1.0, 0.0, 1.0],", "3 x 4"),
        ("by_bounds = [60, 7200], ", "", "by_bounds"),
        ('by = "changes"', "", "by_unit"),
        ('by_unit = "s"', 'with_unit = "s"', "with_unit"),
    ],
)
def test_a_faulty_model_is_refused_and_says_where(old: str, new: str, said: str) -> None:
    assert old in SMALL + PAIR
    with pytest.raises(ConfigurationError, match=said):
        read_model((SMALL + PAIR).replace(old, new))


def test_features_have_one_id_each() -> None:
    ids = [feature.id for feature in FEATURES]
    assert len(ids) == len(set(ids))
    assert "prior" not in ids


def test_a_measure_is_used_once_on_each_card() -> None:
    """So that a sentence about one measure, or about two, is about one row of evidence."""
    for card in EVERY_CARD:
        measures = [frozenset(feature.measures) for feature in model().of(card)]
        assert len(measures) == len(set(measures))


def test_a_pair_is_of_two_measures() -> None:
    assert all(len(set(feature.measures)) == len(feature.measures) for feature in FEATURES)


def test_every_card_of_a_feature_says_the_same_kind_of_thing() -> None:
    for feature in FEATURES:
        assert {type(points) for points in feature.cards.values()} == {
            Grid if feature.by else Steps
        }


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_features_say_what_they_are(feature: Feature) -> None:
    assert "{value}" in feature.text
    assert ("{by}" in feature.text) is bool(feature.by)
    assert feature.normal
    assert feature.why.endswith((".", ")"))


@pytest.mark.parametrize("points", [p for _, p in CARDS], ids=[name for name, _ in CARDS])
def test_points_are_there_for_every_value(points: Steps | Grid) -> None:
    table = np.array(points.points)
    assert np.isfinite(table).all()
    assert table.shape[0] == len(points.bounds) + (2 if isinstance(points, Grid) else 1)


@pytest.mark.parametrize("steps", [s for _, s in STEPS], ids=[name for name, _ in STEPS])
def test_points_keep_to_their_trend(steps: Steps) -> None:
    """More of a measure never turns from good to bad and back where that makes no sense."""
    moves = [b - a for a, b in pairwise(steps.points)]
    assert steps.trend != "up" or all(move >= 0 for move in moves)
    assert steps.trend != "down" or all(move <= 0 for move in moves)


def test_every_measure_is_there(mixture: Judged) -> None:
    measures = {measure for feature in FEATURES for measure in feature.measures}
    assert measures <= mixture.judgement.columns.keys()


def test_before_any_evidence_nothing_is_a_finding() -> None:
    assert set(model().bias) == set(EVERY_CARD)
    assert all(bias < 0 for bias in model().bias.values())
    assert len(SCORES) == 2
