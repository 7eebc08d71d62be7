from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxhound.cli.laboratory.evaluate import SMALL, sizes
from fluxhound.cli.laboratory.train import our_template
from fluxhound.lab import report
from fluxhound.lab.program import Program, Sizes

Fluxhound = Callable[..., tuple[int, str, str]]
NOTHING = {"small": False, "runs": None, "domains": None, "flux": None}


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> list[Program]:
    """Stand in for the work, and note what was asked for."""
    asked: list[Program] = []

    def run(program: Program) -> str:
        asked.append(program)
        program.say("one run")
        return "found"

    def render(found: str, *, run: list[str]) -> str:
        return f"{found}: {run[0]}"

    monkeypatch.setattr(Program, "run", run)
    monkeypatch.setattr(report, "render", render)
    return asked


def test_the_result_goes_to_standard_output(fluxhound: Fluxhound, programs: list[Program]) -> None:
    status, out, err = fluxhound("lab", "evaluate", "--small", "--runs", "2")
    assert (status, err) == (0, "one run\n")
    assert out.startswith("found: Model ")
    assert out.endswith(" on.\n")
    assert programs[0].sizes.runs == 2
    assert programs[0].sizes.domains == SMALL["domains"]


def test_the_result_can_go_to_a_file(fluxhound: Fluxhound, programs: list[Program]) -> None:
    options = ("-o", "e.md", "-q", "--model", str(our_template()))
    assert fluxhound("lab", "evaluate", *options) == (0, "e.md\n", "")
    assert Path("e.md").read_text().startswith("found: Model ")
    assert programs[0].sizes == Sizes()


def test_a_model_that_is_not_there_is_told(fluxhound: Fluxhound, programs: list[Program]) -> None:
    status, out, err = fluxhound("lab", "evaluate", "--model", "none.toml")
    assert (status, out) == (2, "")
    assert "none.toml" in err
    assert "defect" not in err
    assert not programs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Sizes()),
        ({"small": True}, Sizes(**SMALL)),
        ({"small": True, "flux": 9}, Sizes(**{**SMALL, "flux": 9})),
        ({"domains": 7}, Sizes(domains=7)),
    ],
)
def test_sizes(given: dict[str, Any], expected: Sizes) -> None:
    assert sizes(Sizes(), NOTHING | given) == expected
