"""The dashboard is whole, and shows nothing that the service does not measure."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fluxhound.service.meters import Meters

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "fluxhound.json"
Panel = dict[str, Any]


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return loaded


PANELS: list[Panel] = dashboard()["panels"]
METRIC = re.compile(r"\b(?:fluxhound|process)_[a-z_]+")


def expressions() -> Iterator[str]:
    for panel in PANELS:
        for target in panel.get("targets", ()):
            yield target["expr"]


def test_it_is_one_that_grafana_imports() -> None:
    whole = dashboard()
    assert whole["schemaVersion"] >= 36
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", whole["uid"])
    assert whole["title"]
    assert "id" not in whole
    ids = [panel["id"] for panel in PANELS]
    assert len(ids) == len(set(ids))


def test_every_panel_is_complete() -> None:
    for panel in PANELS:
        assert panel["title"]
        assert set(panel["gridPos"]) == {"x", "y", "w", "h"}
        if panel["type"] == "row":
            continue
        assert panel["description"].endswith(".")
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        references = [target["refId"] for target in panel["targets"]]
        assert len(references) == len(set(references)) > 0


def test_no_panel_covers_another() -> None:
    def cells(panel: Panel) -> set[tuple[int, int]]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        return set(
            itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
        )

    for one, other in itertools.combinations(PANELS, 2):
        assert not cells(one) & cells(other), (one["title"], other["title"])


def test_every_metric_exists() -> None:
    used = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert used - Meters(version="1").names() == set()


def test_every_metric_of_ours_is_shown() -> None:
    shown = {name for expression in expressions() for name in METRIC.findall(expression)}
    ours = {
        name
        for name in Meters(version="1").names()
        if name.startswith("fluxhound_") and not name.endswith(("_sum", "_count"))
    }
    assert ours - shown == set()


@pytest.mark.parametrize("variable", dashboard()["templating"]["list"], ids=lambda v: v["name"])
def test_variables(variable: dict[str, Any]) -> None:
    if variable["type"] == "datasource":
        assert variable["query"] == "prometheus"
        return
    assert variable["query"]["query"] == variable["definition"]
    assert set(METRIC.findall(variable["definition"])) <= Meters(version="1").names()


def test_only_variables_that_exist_are_used() -> None:
    known = {variable["name"] for variable in dashboard()["templating"]["list"]}
    used = {name for text in expressions() for name in re.findall(r"\$(?!__)\{?(\w+)", text)}
    assert used <= known
