"""docs/detection.md tells every measure, every feature and every constant as the code has them."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from fluxhound.detection.baselines import BASELINES
from fluxhound.detection.findings import COUNTS, REALS
from fluxhound.detection.look_alikes import EXPLANATIONS
from fluxhound.detection.model import EVERY_CARD, Model, model, read_model
from fluxhound.sources.sniff import FORMATS
from tests.detection.grids import small, with_pairs
from tools.write_docs import POINTS, detection_page, points_of

PAGE = (Path(__file__).parents[2] / "docs" / "detection.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in PAGE.splitlines()]
CONSTANT = re.compile(r"`((?:detection|profiles)\.\w+)\.([A-Z0-9_]+)`")
CONSTANTS = [(*m.groups(), row[1]) for row in ROWS if (m := CONSTANT.fullmatch(row[0]))]
MEASURES = [row for row in ROWS[: ROWS.index(["## 4. The two scores"])] if len(row) == 3]
TEMPLATE = read_model(files("fluxhound.lab").joinpath("template.toml").read_text("utf-8"))
READ = {m for f in (*model().features, *TEMPLATE.features) for m in f.measures}
ON_NETWORKS = ("share", "units", "support", "domains", "odds")
MODULES = {module for module, _, _ in CONSTANTS}


def told(keys: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_-]+)`", keys))


@pytest.mark.parametrize(
    "measure", sorted({*COUNTS, *REALS, *READ, *(f"network_{word}" for word in ON_NETWORKS)})
)
def test_every_measure_has_its_unit_and_definition(measure: str) -> None:
    (row,) = [row for row in MEASURES if measure in told(row[0])]
    assert row[1]
    assert row[2]


def test_the_points_are_those_of_the_model() -> None:
    assert POINTS in PAGE
    assert detection_page() == PAGE, "run: make docs"


@pytest.mark.parametrize("rules", [model(), small(), with_pairs(1)], ids=lambda m: m.version)
def test_every_feature_of_every_card_is_told(rules: Model) -> None:
    text = points_of(rules)
    for card in EVERY_CARD:
        part = text.split(f"### Card {card}\n")[1].split("\n### ")[0]
        assert f"Prior {rules.bias[card]:+g}" in part
        told = re.findall(r"^(?:\| |- )`([a-z-]+)`", part, re.MULTILINE)
        assert sorted(told) == sorted(feature.id for feature in rules.of(card))


def test_steps_and_pairs_are_told_with_their_points() -> None:
    text = points_of(small())
    assert "| `a` | `units` | < 3: -1, < 5: +0.5, else +2, not observable: +0.25 |" in text
    assert "- `a-with-b`: `units` and `changes`, -1 to +3" in text
    assert "Prior -1 (odds of 1 to 3)." in text


@pytest.mark.parametrize(("version", "origin"), [("hand-1", "by hand."), ("trained-1", "trained")])
def test_the_origin_of_the_points_is_told(version: str, origin: str) -> None:
    assert origin in points_of(replace(small(), version=version)).splitlines()[0]


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
