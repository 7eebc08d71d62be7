from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.model import EVERY_CARD, Feature, Model, Steps, model, read_model
from fluxhound.errors import ConfigurationError
from fluxhound.lab.modelfile import open_model, write_model, written
from tests.lab.madeup import template

NUMBERS = st.floats(-1e12, 1e12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def steps(draw: st.DrawFn) -> Steps:
    bounds = sorted(draw(st.sets(NUMBERS, max_size=6)))
    points = draw(st.lists(NUMBERS, min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    return Steps(
        bounds=tuple(bounds),
        points=tuple(points),
        missing=draw(NUMBERS),
        trend=draw(st.sampled_from(["up", "down", "any"])),
    )


@st.composite
def features(draw: st.DrawFn) -> Feature:
    words = {w: draw(TEXTS) for w in ("id", "measure", "text", "unit", "normal", "why")}
    cards = draw(st.dictionaries(st.sampled_from(EVERY_CARD), steps(), min_size=1))
    return Feature(**words, cards=cards)


@given(st.lists(features(), min_size=1, max_size=4), TEXTS)
def test_a_model_survives_its_file(found: list[Feature], version: str) -> None:
    rules = Model(version=version, bias=dict.fromkeys(EVERY_CARD, -1.5), features=tuple(found))
    assert read_model(written(rules)) == rules


def test_the_model_of_the_package_survives_its_file() -> None:
    assert read_model(written(model())) == model()


def test_scores_are_identical_after_reading_back(tmp_path: Path) -> None:
    rules = model()
    write_model(rules, tmp_path / "model.toml", ("made by a test",))
    again = open_model(tmp_path / "model.toml")
    rng = np.random.default_rng(1)
    columns = {f.measure: np.exp(rng.normal(0, 3, 500)) for f in rules.features}
    for values in columns.values():
        values[rng.random(500) < 0.2] = np.nan
    for card in EVERY_CARD:
        expected = rules.log_odds(card, rules.contributions(card, columns))
        assert (again.log_odds(card, again.contributions(card, columns)) == expected).all()


def test_the_file_is_for_people() -> None:
    lines = written(template(), ("said first",)).splitlines()
    assert "# said first" in lines
    assert (
        'malice = { trend = "any", steps = [[3, -0.5]], otherwise = 1.25, missing = 0.0 }' in lines
    )


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        open_model(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_model(model(), tmp_path / "no" / "model.toml")
    assert math.isfinite(model().bias["malice"])
