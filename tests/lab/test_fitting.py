from __future__ import annotations

import numpy as np
import pytest

from fluxhound.lab.crossfit import sheet
from fluxhound.lab.fitting import Fitting, fitted, log_odds
from fluxhound.lab.lessons import area
from fluxhound.lab.samples import gathered
from fluxhound.lab.stumps import Boosting
from fluxhound.lab.weighting import fitting_weights
from tests.lab.madeup import MEASURES, corpus, template

SAMPLES = gathered(corpus(900), MEASURES)
SHEET = sheet(template(), "lines")
QUICK = Fitting(boosting=Boosting(rounds=60))


@pytest.mark.parametrize("rows", [60_000, 400])
def test_flux_stands_above_what_is_benign(rows: int) -> None:
    target = SAMPLES.flux & SAMPLES.hosts.among(["lines"])
    weight = fitting_weights(SAMPLES, target, ~SAMPLES.flux)
    how = Fitting(boosting=QUICK.boosting, rows=rows)
    chosen, card = fitted(SAMPLES, SHEET, target, weight, how)
    odds = log_odds(SAMPLES, chosen, card, np.arange(SAMPLES.rows))
    assert area(odds[target], odds[~SAMPLES.flux], weight[~SAMPLES.flux]) > 0.97
    assert {"operators", "new-rate"} <= set(chosen.ids)
    for steps in card.steps:
        rises = np.diff(steps.points) * (1 if steps.trend == "up" else -1)
        assert rises.min(initial=0) >= -1e-9
        assert min(steps.points) - 1e-9 <= steps.missing <= max(steps.points) + 1e-9
        assert len(steps.points) <= 8


def test_a_feature_that_says_nothing_is_dropped() -> None:
    target = SAMPLES.flux & SAMPLES.hosts.among(["lines"])
    weight = fitting_weights(SAMPLES, target, ~SAMPLES.flux)
    how = Fitting(boosting=QUICK.boosting, narrowest=0.5)
    assert "noise" not in fitted(SAMPLES, SHEET, target, weight, how)[0].ids


def test_rows_of_no_weight_teach_nothing() -> None:
    target = SAMPLES.flux & SAMPLES.hosts.among(["lines"])
    weight = fitting_weights(SAMPLES, target, ~SAMPLES.flux)
    out = SAMPLES.seed == 3
    spoilt = SAMPLES.having("new_rate", np.where(out, 0.0, SAMPLES.measures["new_rate"]))
    weight[out] = 0
    first = fitted(SAMPLES, SHEET, target, weight, QUICK)
    second = fitted(spoilt, SHEET, target, weight, QUICK)
    assert first[1].steps == second[1].steps
