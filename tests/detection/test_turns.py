from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from fluxhound.detection.findings import COUNTERFACTUALS, finding_at
from fluxhound.detection.judgement import FINDING_SCORE, Judgement, cards_in_force, flux_odds, judge
from fluxhound.detection.model import CARDS, EVERY_CARD, Grid, logistic
from fluxhound.detection.turns import Turn, turns
from tests.detection.conftest import Judged
from tests.detection.grids import small, with_pairs
from tests.scenarios import SCENARIOS

SENTENCE = re.compile(
    r"([a-z-]+) (?:below .+|of .+ or more|of about .+|between .+ and .+): flux ((?:0|1)\.\d\d)"
)
TURN = Turn(feature="f", measure="m", unit="s", low=60, high=7200, score=0.123, move=1.0)


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (TURN, "f between 1 min and 2 h: flux 0.12"),
        (replace(TURN, low=-math.inf), "f below 2 h: flux 0.12"),
        (replace(TURN, high=math.inf), "f of 1 min or more: flux 0.12"),
        (replace(TURN, unit="share", low=0.4, high=0.8), "f between 40% and 80%: flux 0.12"),
        (replace(TURN, unit="share", low=0.801, high=0.804), "f of about 80%: flux 0.12"),
    ],
)
def test_a_turn_in_words(turn: Turn, said: str) -> None:
    assert str(turn) == said
    assert SENTENCE.fullmatch(said)


def at(judgement: Judgement, row: int, measure: str, value: float) -> float:
    """Return the flux score of a row, were one measure otherwise."""
    columns = {name: column[row : row + 1] for name, column in judgement.columns.items()}
    columns[measure] = np.array([value])
    rules = judgement.model
    points = {card: rules.contributions(card, columns) for card in CARDS["flux"]}
    company = judgement.in_force["rented"][row : row + 1]
    odds = flux_odds(rules, points, cards_in_force(columns, in_company=company))
    return float(logistic(odds.max()))


def ends(turn: Turn) -> list[float]:
    """Return the lowest and the highest value of a turn, and one in between."""
    low = turn.low if math.isfinite(turn.low) else turn.high - 10
    high = np.nextafter(turn.high, -math.inf) if math.isfinite(turn.high) else turn.low + 10
    return [low, float(high), (low + float(high)) / 2]


@pytest.fixture(scope="module")
def judgements(mixture: Judged, without_tables: Judged) -> list[tuple[Judged, Judgement]]:
    models = [mixture.judgement.model, with_pairs(1), with_pairs(2), small()]
    return [
        (judged, judge(judged.judgement.profiles, using=model))
        for judged in (mixture, without_tables)
        for model in models
    ]


def test_what_would_change_the_verdict_would(judgements: list[tuple[Judged, Judgement]]) -> None:
    """Each is tried: the measure is set so, and the score crosses the line as said."""
    said = 0
    for judged, j in judgements:
        for scenario in SCENARIOS.values():
            row = judged.of(scenario)
            for turn in turns(j, row):
                for value in ends(turn):
                    score = at(j, row, turn.measure, value)
                    assert score == pytest.approx(turn.score, abs=0.0101)
                    assert (score >= FINDING_SCORE) is not (j.flux[row] >= FINDING_SCORE)
                assert not np.isnan(j.columns[turn.measure][row])
                said += 1
    assert said > 20


def test_no_value_of_another_measure_would(judgements: list[tuple[Judged, Judgement]]) -> None:
    """What is not named crosses the line for no value at all; what is named, for none farther."""
    for judged, j in judgements[:3]:
        for scenario in list(SCENARIOS.values())[::5]:
            row = judged.of(scenario)
            above = bool(j.flux[row] >= FINDING_SCORE)
            named = {turn.measure: turn.score for turn in turns(j, row)}
            for measure, cuts in cuts_of(j, row).items():
                scores = [at(j, row, measure, value) for value in (cuts[0] - 1, *cuts)]
                extreme = min(scores) if above else max(scores)
                if measure in named:
                    assert extreme == pytest.approx(named[measure], rel=1e-9)
                else:
                    assert (extreme >= FINDING_SCORE) is above


def cuts_of(j: Judgement, row: int) -> dict[str, list[float]]:
    """Return the bounds of each observable measure of the card that decides."""
    measures = {m for f in j.model.of(j.card(row, "flux")) for m in f.measures}
    cuts: dict[str, set[float]] = {m: set() for m in measures if not np.isnan(j.columns[m][row])}
    for feature in j.model.features:
        for card in set(feature.cards) & set(CARDS["flux"]):
            points = feature.cards[card]
            for measure, name in zip(feature.measures, ("bounds", "by_bounds"), strict=False):
                cuts.get(measure, set()).update(getattr(points, name))
    return {measure: sorted(found) for measure, found in cuts.items() if found}


def test_the_smallest_move_is_said_first(judgements: list[tuple[Judged, Judgement]]) -> None:
    for judged, j in judgements:
        for scenario in SCENARIOS.values():
            row = judged.of(scenario)
            found = turns(j, row)
            assert [t.move for t in found] == sorted(t.move for t in found)
            finding = finding_at(j, row, baselines={})
            assert list(finding.counterfactuals) == [str(t) for t in found[:COUNTERFACTUALS]]
            assert all(SENTENCE.fullmatch(text) for text in finding.counterfactuals)


def test_a_measure_without_bounds_is_still_looked_up(mixture: Judged) -> None:
    """Of a pair whose second measure is only seen or not seen."""
    grid = Grid(bounds=(5.0,), by_bounds=(), points=((-3.0, 9.0), (3.0, 9.0), (0.0, 0.0)))
    _, feature = small().features
    pair = replace(feature, cards={"lines": grid})
    model = replace(small(), version="seen", features=(pair,))
    j = judge(mixture.judgement.profiles, using=model)
    row = mixture.of(SCENARIOS["classic"])
    assert not np.isnan(j.columns["changes"][row])
    assert [str(turn) for turn in turns(j, row)] == ["a-with-b below 5: flux 0.02"]


@pytest.mark.parametrize(
    ("bias", "said"), [(-7.0, []), (-5.5, ["a-with-b of 2 h or more: flux 0.38"])]
)
def test_a_measure_that_only_pairs_read_is_said_by_its_pair(
    mixture: Judged, bias: float, said: list[str]
) -> None:
    """Of the second measure in its own unit: 30 s, where two hours would give two points more."""
    j = mixture.judgement
    model = replace(small(), bias={"lines": bias, "rented": -9.0, "malice": -2.0})
    columns = {**j.columns, "units": np.full(len(j.flux), 9.0)}
    columns["changes"] = np.full(len(j.flux), 30.0)
    points = {card: model.contributions(card, columns) for card in EVERY_CARD}
    odds = model.log_odds("lines", points["lines"])
    judgement = replace(
        j, model=model, columns=columns, points=points, log_odds=odds, flux=logistic(odds),
        cards=np.full(len(j.flux), "lines", dtype=object),
        in_force={card: np.full(len(j.flux), card == "lines") for card in CARDS["flux"]},
    )  # fmt: skip
    assert [str(turn) for turn in turns(judgement, 0)] == said
