from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.model import (
    EVERY_CARD,
    Feature,
    Grid,
    Model,
    Steps,
    model,
    read_model,
)
from fluxhound.errors import ConfigurationError
from fluxhound.lab.modelfile import open_model, write_model, written
from tests.detection.grids import small, with_pairs
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
def grids(draw: st.DrawFn) -> Grid:
    bounds, by = (tuple(sorted(draw(st.sets(NUMBERS, max_size=4)))) for _ in range(2))
    row = st.lists(NUMBERS, min_size=len(by) + 2, max_size=len(by) + 2).map(tuple)
    rows = draw(st.lists(row, min_size=len(bounds) + 2, max_size=len(bounds) + 2))
    return Grid(bounds=bounds, by_bounds=by, points=tuple(rows))


@st.composite
def features(draw: st.DrawFn) -> Feature:
    words = {w: draw(TEXTS) for w in ("id", "measure", "text", "unit", "normal", "why")}
    by = draw(TEXTS)
    points: st.SearchStrategy[Steps | Grid] = grids() if by else steps()
    cards = draw(st.dictionaries(st.sampled_from(EVERY_CARD), points, min_size=1))
    return Feature(**words, cards=cards, by=by, by_unit=draw(TEXTS) if by else "")


@given(st.lists(features(), min_size=1, max_size=4), TEXTS)
def test_a_model_survives_its_file(found: list[Feature], version: str) -> None:
    rules = Model(version=version, bias=dict.fromkeys(EVERY_CARD, -1.5), features=tuple(found))
    assert read_model(written(rules)) == rules


def test_the_model_of_the_package_survives_its_file() -> None:
    assert read_model(written(model())) == model()


@pytest.mark.parametrize("rules", [model(), with_pairs(1)], ids=lambda rules: rules.version)
def test_scores_are_identical_after_reading_back(rules: Model, tmp_path: Path) -> None:
    write_model(rules, tmp_path / "model.toml", ("made by a test",))
    again = open_model(tmp_path / "model.toml")
    rng = np.random.default_rng(1)
    measures = dict.fromkeys(measure for f in rules.features for measure in f.measures)
    columns = {measure: np.exp(rng.normal(0, 3, 500)) for measure in measures}
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


def test_a_grid_has_a_line_for_each_value_of_the_first_measure() -> None:
    text = written(small())
    assert (
        """
measure = "units"
by = "changes"
text = "{value}; within {by}"
unit = ""
by_unit = "s"
"""
        in text
    )
    assert text.endswith("""
lines = { bounds = [4], by_bounds = [60, 7200], points = [
    [-1.0, 0.0, 1.0, 0.5],
    [1.0, 2.0, 3.0, 0.5],
    [0.1, 0.2, 0.3, 0.0],
] }
""")


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        open_model(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_model(model(), tmp_path / "no" / "model.toml")
    assert math.isfinite(model().bias["malice"])
