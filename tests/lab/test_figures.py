from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from fluxhound.lab.ablation import Ablated
from fluxhound.lab.figures import (
    Figure,
    ablation_figure,
    budget_figure,
    calibration_figure,
    delay_figure,
    write,
)
from fluxhound.lab.metrics import Share, curve
from fluxhound.lab.reliability import reliability
from fluxhound.lab.survival import survival

FLUX = np.arange(10) < 4
SCORES = np.array([9.0, 8, 7, 1, 2, 0, -1, -9, -math.inf, -math.inf])


def ablated(group: str, about: str, k: int) -> Ablated:
    return Ablated(
        group=group, about=about, false=Share(0, 9), found=Share(k, 4), found_by_archetype={},
        found_at_budget=Share(k, 4),
    )  # fmt: skip


FIGURES = {
    "calibration": lambda: calibration_figure({"all": reliability(SCORES, FLUX)}),
    "delay-minutes": lambda: delay_figure(
        {"classic": survival(np.array([10.0, 30, 60]), np.array([True, True, False]))}
    ),
    "delay-refreshes": lambda: delay_figure(
        {"slow": survival(np.array([5.0]), np.array([False]))}, refreshes=True
    ),
    "recall": lambda: budget_figure({"fluxhound": curve(SCORES, FLUX)}),
    "ablation": lambda: ablation_figure(
        [ablated("", "everything", 4), ablated("A", "growth and churn", 1)]
    ),
}
TEXTS = {
    "calibration": "all: ",
    "delay-minutes": "Median in minutes: classic 30.",
    "delay-refreshes": "Median in refreshes: slow not reached.",
    "recall": "fluxhound 75.0% at 1 and 75.0% at 1,000.",
    "ablation": "with everything 100.0%; without A: growth and churn 25.0%.",
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_pictures_with_a_text_alternative(name: str) -> None:
    figure: Figure = FIGURES[name]()
    assert figure.name == name
    assert "(simulated)" in figure.title
    assert TEXTS[name] in figure.text
    root = ET.fromstring(figure.svg)  # noqa: S314 - our own output
    assert root.findtext("{http://www.w3.org/2000/svg}desc") == figure.text


def test_figures_are_written_as_they_are(tmp_path: Path) -> None:
    paths = write([FIGURES["recall"]()], tmp_path / "figures")
    assert [p.name for p in paths] == ["recall.svg"]
    assert paths[0].read_text(encoding="utf-8") == FIGURES["recall"]().svg
