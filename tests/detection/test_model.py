from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.judgement import FINDING_SCORE
from fluxhound.detection.model import SCORES, Feature, logistic, model, read_model
from fluxhound.errors import ConfigurationError
from tests.detection.conftest import Judged

FEATURES = model().features

SMALL = """
version = "test"
[bias]
flux = -1.0
malice = -2.0
[[feature]]
id = "a"
measure = "units"
score = "flux"
text = "{value}"
unit = ""
normal = ""
why = ""
steps = [[3, -1.0], [5, 0.5]]
otherwise = 2.0
missing = 0.25
"""


@pytest.mark.parametrize(
    ("value", "points"),
    [(-9, -1.0), (2.99, -1.0), (3, 0.5), (4.99, 0.5), (5, 2.0), (1e9, 2.0), (math.nan, 0.25)],
)
def test_a_step_holds_below_its_bound(value: float, points: float) -> None:
    (feature,) = read_model(SMALL).features
    assert feature.contribute(np.array([value])).tolist() == [points]


def test_scores_are_sums() -> None:
    rules = read_model(SMALL)
    points = rules.contributions("flux", {"units": np.array([1.0, 4.0, np.nan])})
    assert points.tolist() == [[-1.0], [0.5], [0.25]]
    assert rules.scored("flux", points) == pytest.approx(
        [1 / (1 + math.exp(-s)) for s in (-2.0, -0.5, -0.75)]
    )


@given(st.floats(-1e9, 1e9))
def test_a_score_is_between_0_and_1(log_odds: float) -> None:
    assert 0 < float(logistic(np.array(log_odds))) <= 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[3, -1.0], [5, 0.5]]", "[[5, -1.0], [3, 0.5]]", "must rise"),
        ("[[3, -1.0], [5, 0.5]]", "[[3, -1.0], [3, 0.5]]", "must rise"),
        ('score = "flux"', 'score = "doom"', "flux, malice"),
        ("malice = -2.0", "", "malice"),
        ("otherwise = 2.0", "", "otherwise"),
        ("otherwise = 2.0", 'otherwise = "much"', "much"),
        ("missing = 0.25", "", "missing"),
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


def test_a_measure_is_used_once_in_each_score() -> None:
    """So that a sentence about one measure is about one row of evidence."""
    for score in SCORES:
        measures = [feature.measure for feature in model().of(score)]
        assert len(measures) == len(set(measures))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_features_say_what_they_are(feature: Feature) -> None:
    assert "{value}" in feature.text
    assert feature.normal
    assert feature.why.endswith(".")
    assert len(feature.points) == len(feature.bounds) + 1


@pytest.mark.parametrize("feature", model().of("flux"), ids=lambda f: f.id)
def test_evidence_for_flux_is_monotone(feature: Feature) -> None:
    """More of a measure never turns from good to bad and back."""
    steps = [b - a for a, b in pairwise(feature.points)]
    assert all(s >= 0 for s in steps) or all(s <= 0 for s in steps)


def test_every_measure_is_there(mixture: Judged) -> None:
    assert {feature.measure for feature in FEATURES} <= mixture.judgement.columns.keys()


def test_what_is_not_observable_speaks_neither_way() -> None:
    assert {feature.missing for feature in FEATURES} == {0.0}


def test_without_networks_width_and_growth_alone_are_no_finding() -> None:
    """Volunteers are as wide: another place, another day or the name servers must speak, too."""
    rules = model()
    alone = {"public_units", "new_rate", "changes", "prefixes_without_asn", "change_ratio", "heaps"}
    alone |= {"ttl_max"}
    most = sum(max(f.points) for f in rules.of("flux") if f.measure in alone)
    line = math.log(FINDING_SCORE / (1 - FINDING_SCORE))
    assert rules.bias["flux"] + most < line
    for helpful in ("agreement", "retention_1d", "ns_new_per_day"):
        (feature,) = [f for f in rules.of("flux") if f.measure == helpful]
        assert rules.bias["flux"] + most + max(feature.points) > line
