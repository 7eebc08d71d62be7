from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from fluxhound.enrichment.facts import AddressTable
from fluxhound.lab.evaluation import Evaluation
from fluxhound.lab.program import Program, Sizes
from fluxhound.lab.report import BEGIN, END
from fluxhound.lab.world import World
from tests.lab.measured import evaluation
from tools import evaluate


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> list[Program]:
    """Keep every program that would have run, and measure nothing."""
    made: list[Program] = []

    def run(self: Program) -> Evaluation:
        made.append(self)
        self.responses = 12_345
        return evaluation(missed=1)

    monkeypatch.setattr(Program, "run", run)
    monkeypatch.setattr(evaluate, "open_tables", AddressTable)
    monkeypatch.setattr(World, "open", lambda: None)
    return made


def test_the_page_is_printed(programs: list[Program], capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main([])
    assert programs[0].sizes == Sizes()
    assert not programs[0].without_family
    shown = capsys.readouterr().out
    assert "## Goals\n" in shown
    assert "12,345 responses in all" in shown
    assert "from seed 900,000 on" in shown


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (["--small"], {"runs": 1, "domains": 3_000}),
        (["--small", "--runs", "2", "--evaders", "4"], {"runs": 2, "evaders": 4}),
        (["--ruled", "0"], {"ruled": 0, "runs": 20}),
    ],
)
def test_sizes_are_chosen(
    programs: list[Program], options: list[str], changes: dict[str, Any]
) -> None:
    evaluate.main(options)
    sizes = programs[0].sizes
    assert {name: getattr(sizes, name) for name in changes} == changes


def test_models_that_lack_something_are_read(programs: list[Program], tmp_path: Path) -> None:
    text = files("fluxhound.detection").joinpath("model.toml").read_text("utf-8")
    for name in ("family-cdn", "family-dynamic-dns", "group-A", "other"):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    own = tmp_path / "other.toml"
    evaluate.main(["--without", str(tmp_path), "--model", str(own)])
    assert list(programs[0].without_family) == ["cdn", "dynamic-dns"]
    assert list(programs[0].without_group) == ["A"]
    assert programs[0].ground.model is not None


def test_the_page_is_written(
    programs: list[Program], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "evaluation.md"
    page.write_text(f"# Evaluation\n\n{BEGIN}\n{END}\n\nafter\n", encoding="utf-8")
    evaluate.main(["--write", "--docs", str(tmp_path)])
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Evaluation\n")
    assert text.endswith("\nafter\n")
    assert "## Recall" in text
    assert (tmp_path / "figures" / "recall.svg").exists()
    assert "figures/recall.svg" in text
    assert str(page) in capsys.readouterr().out


def test_seeds_of_training_are_refused(
    programs: list[Program], capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main(["--seed", "2000000"])
    assert programs[0].first_seed == 2_000_000
    with pytest.raises(SystemExit):
        evaluate.main(["--seed", "1000"])
    assert "lower ones are for training" in capsys.readouterr().err


def test_every_option_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        evaluate.main(["--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    page = (evaluate.DOCS / "evaluation.md").read_text(encoding="utf-8")
    assert {name for name in options if f"`{name}" not in page} == set()
