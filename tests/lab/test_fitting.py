from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fluxhound.lab.card import Card, scaled
from fluxhound.lab.crossfit import sheet
from fluxhound.lab.fitting import Fitting, fitted
from fluxhound.lab.lessons import area
from fluxhound.lab.samples import Samples, gathered
from fluxhound.lab.trees import Boosting
from fluxhound.lab.weighting import fitting_weights
from tests.lab.madeup import MEASURES, corpus, template

SAMPLES = gathered(corpus(900), MEASURES)
EVERY = np.arange(SAMPLES.rows)
SHEET = sheet(template(), "lines")
TARGET = SAMPLES.flux & SAMPLES.hosts.among(["lines"])
WEIGHT = fitting_weights(SAMPLES, TARGET, ~SAMPLES.flux)
QUICK = Fitting(boosting=Boosting(rounds=60, scouting=20, pairs=4))


def quick(how: Fitting = QUICK, samples: Samples = SAMPLES) -> Card:
    return fitted(samples, SHEET, TARGET, WEIGHT, how)


@pytest.mark.parametrize(("flux_rows", "benign_rows"), [(60_000, 140_000), (150, 300)])
def test_flux_stands_above_what_is_benign(flux_rows: int, benign_rows: int) -> None:
    card = quick(replace(QUICK, flux_rows=flux_rows, benign_rows=benign_rows))
    odds = card.log_odds(SAMPLES.measures, EVERY)
    assert area(odds[TARGET], odds[~SAMPLES.flux], WEIGHT[~SAMPLES.flux]) > 0.97
    assert {"operators", "new_rate"} <= set(card.singles)
    assert 0 < len(card.pairs) <= 4


def test_single_measures_keep_to_their_trends() -> None:
    card = scaled(quick(), intercept=-3.0, slope=0.7)
    assert {m: s.trend for m, s in card.singles.items()}.items() <= MEASURES.items()
    for steps in card.singles.values():
        rises = np.diff(steps.points) * (1 if steps.trend == "up" else -1)
        assert rises.min(initial=0) >= 0


def test_no_measure_has_more_steps_than_allowed() -> None:
    card = quick(replace(QUICK, most_steps=5))
    lengths = [len(s.points) for s in card.singles.values()]
    lengths += [len(g.bounds) + 1 for g in card.pairs.values()]
    lengths += [len(g.by_bounds) + 1 for g in card.pairs.values()]
    assert max(lengths) == 5


@pytest.mark.parametrize("slope", [0.5, 1.0, 3.0])
def test_a_rounded_card_says_nearly_the_same(slope: float) -> None:
    card = quick()
    exact = -11.5 + slope * card.log_odds(SAMPLES.measures, EVERY)
    rounded = scaled(card, intercept=-11.5, slope=slope).log_odds(SAMPLES.measures, EVERY)
    assert np.abs(rounded - exact).max() < 0.02 * (len(card.singles) + len(card.pairs))


def test_what_says_nothing_is_dropped() -> None:
    card = quick(replace(QUICK, narrowest=0.5))
    assert "noise" not in card.singles
    assert {"operators", "new_rate"} <= set(card.singles)
    assert fitted(SAMPLES, SHEET, TARGET, WEIGHT, replace(QUICK, narrowest=1e9)).singles == {}


def test_rows_of_no_weight_teach_nothing() -> None:
    out = SAMPLES.seed == 3
    spoilt = SAMPLES.having("new_rate", np.where(out, -7.0, SAMPLES.measures["new_rate"]))
    weight = np.where(out, 0.0, WEIGHT)
    first = fitted(SAMPLES, SHEET, TARGET, weight, QUICK)
    assert first == fitted(spoilt, SHEET, TARGET & ~out, weight, QUICK)
    assert first != quick()
