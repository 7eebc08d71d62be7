"""docs/detection.md tells every measure, every feature and every constant as the code has them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from fluxhound.detection.baselines import BASELINES
from fluxhound.detection.findings import COUNTS, REALS
from fluxhound.detection.look_alikes import EXPLANATIONS
from fluxhound.detection.model import Feature, Steps, model
from fluxhound.sources.sniff import FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "detection.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in PAGE.splitlines()]
CONSTANT = re.compile(r"`((?:detection|profiles)\.\w+)\.([A-Z_]+)`")
CONSTANTS = [(*m.groups(), row[1]) for row in ROWS if (m := CONSTANT.fullmatch(row[0]))]
MEASURES = [row for row in ROWS[: ROWS.index(["## 4. The two scores"])] if len(row) == 3]
FEATURES = model().features
MODULES = {module for module, _, _ in CONSTANTS}


def told(keys: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_-]+)`", keys))


@pytest.mark.parametrize("measure", sorted({*COUNTS, *REALS, *(f.measure for f in FEATURES)}))
def test_every_measure_has_its_unit_and_definition(measure: str) -> None:
    (row,) = [row for row in MEASURES if measure in told(row[0])]
    assert row[1]
    assert row[2]


def steps(each: Steps) -> str:
    below = [f"< {b:g}: {p:+g}" for b, p in zip(each.bounds, each.points, strict=False)]
    return ", ".join([*below, f"else {each.points[-1]:+g}"])


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_every_feature_is_told_with_its_points(feature: Feature) -> None:
    for each in feature.cards.values():
        assert [f"`{feature.id}`", f"`{feature.measure}`", steps(each)] in ROWS


def test_the_priors_are_told() -> None:
    assert f"Prior {model().bias['lines']:g} " in PAGE
    assert f"Prior {model().bias['malice']:g}." in PAGE


@pytest.mark.parametrize(("module", "name", "value"), CONSTANTS, ids=str)
def test_constants_are_those_of_the_code(module: str, name: str, value: str) -> None:
    assert f"{getattr(importlib.import_module(f'fluxhound.{module}'), name):g}" == value


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_constant_of_a_module_is_told(module: str) -> None:
    public = vars(importlib.import_module(f"fluxhound.{module}")).items()
    numbers = {k for k, v in public if re.match("[A-Z]", k) and isinstance(v, int | float)}
    assert numbers - {name for _, name, _ in CONSTANTS} - {"DAY_S"} == set()


def test_look_alikes_and_published_rules_are_told() -> None:
    every = {key for row in ROWS if len(row) == 2 for key in told(row[0])}
    assert {explanation.verdict.value for explanation in EXPLANATIONS} <= every
    assert BASELINES.keys() <= every


def test_what_a_source_cannot_show_is_told() -> None:
    for source in FORMATS:
        if source.not_observable:
            (row,) = [row for row in ROWS if len(row) == 2 and source.name in told(row[0])]
            assert set(source.not_observable) <= told(row[1])
