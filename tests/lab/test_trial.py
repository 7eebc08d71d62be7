from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.model import model
from fluxhound.enrichment.opening import open_tables
from fluxhound.lab.parameters import parameters
from fluxhound.lab.setting import Setting
from fluxhound.lab.trial import Ground, Trial, active, early, judged_again, trial
from fluxhound.lab.units import masked, numbers
from fluxhound.lab.world import World
from tests.lab.tables import truth

SETTING = Setting(seed=31, counts={"classic": 4, "ordinary": 60, "cdn-own": 6})


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground(tables=open_tables(), world=World.open(), given=parameters())


@pytest.fixture(scope="module")
def narrow(ground: Ground) -> Trial:
    return trial(SETTING, ground, rules=False)


def test_a_run_becomes_units(ground: Ground, narrow: Trial) -> None:
    made = trial(SETTING, ground, rules=True, keep=True)
    units = made.units
    assert 60 <= units.num_rows <= 200
    assert np.count_nonzero(masked(units, "flux")) == 4
    assert masked(units, "alert")[masked(units, "flux")].any()
    assert "baseline_holz_24h_score" in units.column_names
    assert set(units.column("seed").to_pylist()) == {31}
    assert numbers(units, "responses").max() > 10
    assert made.strays.num_rows == 0
    # Judged again by the same model, and without the rules, it is the same.
    for other in (judged_again([made], model()), narrow.units):
        assert "baseline_holz_24h" not in other.column_names
        for column in ("registered_domain", "alert", "suspect"):
            assert other.column(column).equals(units.column(column))
    assert narrow.profiles.num_rows == narrow.truth.num_rows == 0


def test_an_early_look_shows_the_beginning_of_the_same_run(ground: Ground, narrow: Trial) -> None:
    begun = trial(early(SETTING, 60), ground, rules=False).units
    names = set(narrow.units.column("registered_domain").to_pylist())
    assert set(begun.column("registered_domain").to_pylist()) <= names
    assert numbers(begun, "responses").sum() < numbers(narrow.units, "responses").sum()
    assert early(SETTING, 60).until == 3_600
    assert early(SETTING, 1_440).until is None


def test_only_what_was_seen_is_a_unit_and_only_once() -> None:
    known = truth(
        [("a.test", "classic"), ("b.test", "-cdn"), ("b.test", "-ntp"), ("c.test", "-cdn"),
         ("z.test", "classic"), ("i.test", "-cdn")],
        role=["domain", "domain", "domain", "domain", "infrastructure", "infrastructure"],
    )  # fmt: skip
    names = ["z.test", "i.test", "b.test", "a.test", "unknown.test"]
    seen = pa.table({"registered_domain": names, "responses": [0, 0, 7, 3, 9]})
    found = active(known, seen, 5)
    assert found.column("registered_domain").to_pylist() == ["a.test", "b.test", "i.test"]
    assert found.column("archetype").to_pylist() == ["classic", "cdn", "behind cdn"]
    assert found.column("responses").to_pylist() == [3, 7, 0]
    assert found.column("seed").to_pylist() == [5, 5, 5]
