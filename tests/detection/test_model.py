from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.judgement import FINDING_SCORE
from fluxhound.detection.model import EVERY_CARD, Feature, Steps, logistic, model, read_model
from fluxhound.errors import ConfigurationError
from tests.detection.conftest import Judged

FEATURES = model().features

SMALL = """
version = "test"
[bias]
lines = -1.0
rented = -3.0
malice = -2.0
[[feature]]
id = "a"
measure = "units"
text = "{value}"
unit = ""
normal = ""
why = ""
lines = { trend = "up", steps = [[3, -1.0], [5, 0.5]], otherwise = 2.0, missing = 0.25 }
"""
STEPS = [(f"{f.id}-{card}", f.cards[card]) for f in FEATURES for card in f.cards]


@pytest.mark.parametrize(
    ("value", "points"),
    [(-9, -1.0), (2.99, -1.0), (3, 0.5), (4.99, 0.5), (5, 2.0), (1e9, 2.0), (math.nan, 0.25)],
)
def test_a_step_holds_below_its_bound(value: float, points: float) -> None:
    (feature,) = read_model(SMALL).features
    assert feature.cards["lines"].contribute(np.array([value])).tolist() == [points]


def test_scores_are_sums() -> None:
    rules = read_model(SMALL)
    columns = {"units": np.array([1.0, 4.0, np.nan])}
    points = rules.contributions("lines", columns)
    assert points.tolist() == [[-1.0], [0.5], [0.25]]
    assert rules.log_odds("lines", points).tolist() == [-2.0, -0.5, -0.75]
    assert rules.log_odds("rented", rules.contributions("rented", columns)).tolist() == [-3.0] * 3


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
    ],
)
def test_a_faulty_model_is_refused_and_says_where(old: str, new: str, said: str) -> None:
    assert old in SMALL
    with pytest.raises(ConfigurationError, match=said):
        read_model(SMALL.replace(old, new))


def test_features_have_one_id_each() -> None:
    ids = [feature.id for feature in FEATURES]
    assert len(ids) == len(set(ids))
    assert "prior" not in ids


def test_a_measure_is_used_once_on_each_card() -> None:
    """So that a sentence about one measure is about one row of evidence."""
    for card in EVERY_CARD:
        measures = [feature.measure for feature in model().of(card)]
        assert len(measures) == len(set(measures))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_features_say_what_they_are(feature: Feature) -> None:
    assert "{value}" in feature.text
    assert feature.normal
    assert feature.why.endswith(".")
    for steps in feature.cards.values():
        assert len(steps.points) == len(steps.bounds) + 1


@pytest.mark.parametrize("steps", [s for _, s in STEPS], ids=[name for name, _ in STEPS])
def test_points_keep_to_their_trend(steps: Steps) -> None:
    """More of a measure never turns from good to bad and back where that makes no sense."""
    moves = [b - a for a, b in pairwise(steps.points)]
    assert steps.trend != "up" or all(move >= 0 for move in moves)
    assert steps.trend != "down" or all(move <= 0 for move in moves)


def test_every_measure_is_there(mixture: Judged) -> None:
    assert {feature.measure for feature in FEATURES} <= mixture.judgement.columns.keys()


def test_what_is_not_observable_speaks_neither_way() -> None:
    assert {steps.missing for _, steps in STEPS} == {0.0}


def test_without_networks_width_and_growth_alone_are_no_finding() -> None:
    """Volunteers are as wide: another place, another day or the name servers must speak, too."""
    rules = model()
    alone = {"public_units", "new_rate", "changes", "prefixes_without_asn", "change_ratio", "heaps"}
    alone |= {"ttl_max"}
    most = sum(max(f.cards["lines"].points) for f in rules.of("lines") if f.measure in alone)
    line = math.log(FINDING_SCORE / (1 - FINDING_SCORE))
    assert rules.bias["lines"] + most < line
    for helpful in ("agreement", "retention_1d", "ns_new_per_day"):
        (feature,) = [f for f in rules.of("lines") if f.measure == helpful]
        assert rules.bias["lines"] + most + max(feature.cards["lines"].points) > line
