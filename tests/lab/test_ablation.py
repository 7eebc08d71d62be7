from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.model import model
from fluxhound.lab.ablation import GROUPS, OTHER, ablated, group_of, groups_of, silenced
from fluxhound.lab.metrics import Share
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


def test_every_feature_of_the_model_is_in_a_group() -> None:
    assert OTHER not in groups_of(model())


def test_a_silenced_group_says_what_it_says_of_missing_values() -> None:
    whole = model()
    quiet = silenced(whole, "A")
    values = np.array([0.0, 0.5, 50.0, np.nan])
    for before, after in zip(whole.features, quiet.features, strict=True):
        for card, steps in before.cards.items():
            said = after.cards[card].contribute(values)
            if group_of(before.measure) == "A":
                assert said.tolist() == [steps.missing] * 4
            else:
                assert said.tolist() == steps.contribute(values).tolist()


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
