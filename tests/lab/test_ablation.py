from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.cli.laboratory.train import our_template
from fluxhound.detection.model import Feature, Grid, Steps, model
from fluxhound.lab.ablation import GROUPS, OTHER, ablated, group_of, groups_of, silenced
from fluxhound.lab.metrics import Share
from fluxhound.lab.modelfile import open_model
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth


def test_a_measure_is_in_one_group() -> None:
    every = [measure for _, measures in GROUPS.values() for measure in measures]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    ("measure", "group"),
    [("new_rate", "A"), ("retention_1d", "B"), ("operators", "C"), ("eyeball_share", "D"),
     ("agreement", "E"), ("network_odds", "F"), ("ns_new_thing", "G"), ("clients", "H"),
     ("something new", OTHER)],
)  # fmt: skip
def test_measures_have_their_group(measure: str, group: str) -> None:
    assert group_of(measure) == group


def test_every_feature_that_a_model_may_have_is_in_a_group() -> None:
    assert OTHER not in groups_of(model())
    assert OTHER not in groups_of(open_model(our_template()))


def feature(measure: str, by: str = "") -> Feature:
    steps = Steps(bounds=(1.0,), points=(-2.0, 3.0), missing=0.5, trend="up")
    grid = Grid(bounds=(1.0,), by_bounds=(9.0,), points=((1, 2, 3), (4, 5, 6), (7, 8, 9)))
    words = dict.fromkeys(("text", "unit", "normal", "why"), "")
    return Feature(
        id=measure + by, measure=measure, by=by, cards={"lines": grid if by else steps}, **words
    )


NAN = float("nan")
#: In group A are changes and growth, in C operators.
PAIRED = replace(
    model(),
    features=(
        feature("changes"),
        feature("operators"),
        feature("changes", "operators"),
        feature("operators", "changes"),
        feature("changes", "growth"),
    ),
)


def test_measures_of_a_silenced_group_are_read_as_missing() -> None:
    values = {
        "changes": np.array([0.0, 5.0, NAN, 5.0]),
        "operators": np.array([0.0, 50.0, 50.0, NAN]),
        "growth": np.array([0.0, 50.0, NAN, 0.0]),
    }
    nothing = np.full(4, NAN)
    quiet = {**values, "changes": nothing, "growth": nothing}
    expected = PAIRED.contributions("lines", quiet)
    assert np.array_equal(silenced(PAIRED, "A").contributions("lines", values), expected)
    both = dict.fromkeys(values, nothing)
    found = silenced(silenced(PAIRED, "A"), "C").contributions("lines", values)
    assert np.array_equal(found, PAIRED.contributions("lines", both))
    assert silenced(PAIRED, "G") == PAIRED


def test_both_measures_of_a_pair_are_in_groups() -> None:
    assert groups_of(PAIRED) == ["A", "C"]
    assert groups_of(replace(PAIRED, features=PAIRED.features[2:3])) == ["A", "C"]


def test_what_is_found_without_each_group() -> None:
    known = truth([("a.test", "classic"), ("b.test", "slow"), ("c.test", "-cdn")])

    def judged_without(group: str) -> pa.Table:
        wrong = {"A": "c.test", "": "b.test"}.get(group, "a.test")
        rows = [entity("a.test", "single-flux", 5.0), entity(wrong, "single-flux", 3.0)]
        return domain_days(judged(rows), known)

    everything, growth, other = ablated(["A", "?"], judged_without)
    assert (everything.about, everything.found, everything.false) == (
        "everything", Share(2, 2), Share(0, 1),
    )  # fmt: skip
    assert (growth.about, growth.found, growth.false) == (
        "growth and churn", Share(1, 2), Share(1, 1),
    )  # fmt: skip
    assert growth.found_at_budget == Share(1, 2)
    assert (other.about, other.found_by_archetype["slow"]) == ("others", Share(0, 1))
