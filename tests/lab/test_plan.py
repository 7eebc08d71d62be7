"""The plan of training: seeds of its own, valid places, and counts that are what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fluxhound.lab.evasion import EVASIONS
from fluxhound.lab.parameters import parameters, realistic
from fluxhound.lab.plan import (
    EVALUATION,
    FLUX,
    HARD,
    PASSIVE,
    RESOLVERS,
    TRAINING,
    TRAINING_PLAN,
    UNTABLED,
    VANTAGES,
    Stretch,
    setting_of,
    settings,
)
from fluxhound.lab.program import Sizes
from fluxhound.lab.stage import Stage
from tests.lab.worlds import world

GIVEN = parameters()
DAY = Stretch(vantage=RESOLVERS, seeds=1, domains=1_000, flux=7)


def test_each_setting_has_a_seed_of_its_own() -> None:
    made = list(settings(TRAINING_PLAN, TRAINING, GIVEN))
    seeds = [setting.seed for setting in made]
    assert seeds == list(range(TRAINING, TRAINING + len(made)))
    assert len(made) == sum(stretch.seeds for stretch in TRAINING_PLAN)
    assert [s.vantage.name for s in made[:6]] == [RESOLVERS] * 6


def test_training_and_evaluation_never_share_a_seed() -> None:
    last = [setting.seed for setting in settings(TRAINING_PLAN, TRAINING, GIVEN)][-1]
    assert last < EVALUATION
    # Every part of an evaluation starts at its first seed or above, a hundred for each evasion.
    assert Sizes().runs < 10_000
    assert len(EVASIONS) * 100 < 10_000


@pytest.mark.parametrize("name", VANTAGES)
def test_each_place_is_valid_and_named(name: str) -> None:
    vantage = VANTAGES[name]
    assert vantage.name == name
    assert replace(vantage) == vantage  # its own checks hold
    assert vantage.loss > 0
    assert vantage.aggregated is (name == PASSIVE)


def test_without_tables_the_same_is_seen() -> None:
    assert replace(VANTAGES[UNTABLED], name=RESOLVERS) == VANTAGES[RESOLVERS]


def test_all_places_are_trained_on() -> None:
    assert {stretch.vantage for stretch in TRAINING_PLAN} == set(VANTAGES)


def test_counts_are_the_realistic_ones_and_hard_ones_beside() -> None:
    counts = setting_of(DAY, 1, GIVEN).counts
    usual = realistic(1_000, GIVEN)
    assert counts == (
        {name: n + HARD.get(name, 0) for name, n in usual.items()} | dict.fromkeys(FLUX, 7)
    )
    assert setting_of(replace(DAY, hard=0.0, flux=0), 1, GIVEN).counts == usual


@pytest.mark.parametrize(("hard", "relays"), [(0.0, 0), (0.25, 30), (1.0, 120), (2.0, 240)])
def test_hard_ones_are_scaled(hard: float, relays: int) -> None:
    found = setting_of(replace(DAY, hard=hard), 1, GIVEN).counts["relay"]
    assert found == realistic(1_000, GIVEN)["relay"] + relays


def test_archetypes_of_the_plan_are_all_there_are() -> None:
    known = GIVEN.archetypes
    assert set(FLUX) == {name for name, a in known.items() if a.flux}
    assert {name for name in HARD if name not in known or known[name].flux} == set()


def test_a_setting_is_as_long_as_its_stretch() -> None:
    setting = setting_of(replace(DAY, days=7.0, until=1_800.0), 5, GIVEN)
    assert (setting.seed, setting.days, setting.until) == (5, 7.0, 1_800.0)
    assert setting.vantage == VANTAGES[RESOLVERS]


def test_only_flux_that_is_seen_alone_is_changed() -> None:
    alone = setting_of(replace(DAY, alone=True), 5, GIVEN)
    usual = setting_of(DAY, 5, GIVEN)
    assert usual.overrides == {}
    assert set(alone.overrides) == set(FLUX)
    assert {frozenset(changes) for changes in alone.overrides.values()} == {
        frozenset({"domains_per_pool"})
    }
    assert replace(alone, overrides={}) == usual


@pytest.mark.parametrize("alone", [False, True])
def test_flux_that_is_seen_alone_has_few_domains_in_a_pool(*, alone: bool) -> None:
    stretch = replace(DAY, domains=0, hard=0.0, flux=60, alone=alone)
    stage = Stage.open(setting_of(stretch, 5, GIVEN), world(), GIVEN)
    for name in FLUX:
        domains = stage.domains(name, np.arange(60))
        most = int(np.unique(domains.row, return_counts=True)[1].max())
        assert most <= 3 if alone else most >= 3, name


def test_half_of_the_training_is_flux_without_siblings() -> None:
    alone = {s.vantage for s in TRAINING_PLAN if s.alone}
    assert alone >= {RESOLVERS, PASSIVE, UNTABLED}
    flux = [sum(s.seeds * s.flux for s in TRAINING_PLAN if s.alone == which) for which in (0, 1)]
    assert flux[1] / sum(flux) == pytest.approx(0.5, abs=0.1)
