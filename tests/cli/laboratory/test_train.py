from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fluxhound.cli.laboratory.train import our_template, scaled
from fluxhound.detection.model import read_model
from fluxhound.lab import collection, training
from fluxhound.lab.plan import TRAINING, TRAINING_PLAN, Stretch

Fluxhound = Callable[..., tuple[int, str, str]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand in for the work, and note what was asked for."""
    asked: dict[str, Any] = {}

    def collect(folder: Path, plan: Sequence[Stretch], *, first_seed: int, say: Any) -> int:
        asked["plan"], asked["seed"] = plan, first_seed
        (folder / "a.parquet").touch()
        say("1 of 1")
        return 1

    def train_files(
        corpus: Path, template: Path, out: Path, *, without: Sequence[str], say: Any
    ) -> SimpleNamespace:
        asked["corpus"], asked["template"], asked["without"] = corpus, template, without
        out.write_text("model")
        say("reading the corpus")
        return SimpleNamespace(report="learnt")

    monkeypatch.setattr(collection, "collect", collect)
    monkeypatch.setattr(training, "train_files", train_files)
    return asked


def test_the_corpus_is_made_and_not_kept(fluxhound: Fluxhound, calls: dict[str, Any]) -> None:
    found = fluxhound("lab", "train", "--out", "m.toml", "--scale", "0.5")
    assert found == (0, "m.toml\n", "1 of 1\nreading the corpus\nlearnt\n")
    assert calls["plan"] == [scaled(each, 0.5) for each in TRAINING_PLAN]
    assert calls["seed"] == TRAINING
    assert calls["template"] == our_template()
    assert not calls["corpus"].exists()


def test_a_corpus_that_is_there_is_used(fluxhound: Fluxhound, calls: dict[str, Any]) -> None:
    Path("profiles").mkdir()
    (Path("profiles") / "b.parquet").touch()
    options = ("--corpus", "profiles", "--without", "cdn", "--template", "t.toml", "-q")
    assert fluxhound("lab", "train", "--out", "m.toml", *options) == (0, "m.toml\n", "")
    assert "plan" not in calls
    assert calls["corpus"] == Path("profiles")
    assert (calls["without"], calls["template"]) == (("cdn",), Path("t.toml"))


def test_a_model_is_not_replaced_unless_asked(fluxhound: Fluxhound, calls: dict[str, Any]) -> None:
    Path("m.toml").write_text("mine")
    status, _, err = fluxhound("lab", "train", "--out", "m.toml")
    assert (status, err) == (2, "fluxhound: m.toml exists. Add --force to replace it.\n")
    assert not calls
    assert fluxhound("lab", "train", "--out", "m.toml", "--force", "--seed", "5")[0] == 0
    assert calls["seed"] == 5


def test_stretches_are_scaled_and_never_empty() -> None:
    stretch = Stretch(vantage="one", seeds=2, domains=100, flux=10, days=7.0)
    half = Stretch(vantage="one", seeds=2, domains=50, flux=5, days=7.0, hard=0.5)
    assert scaled(stretch, 0.5) == half
    assert scaled(stretch, 0.0001).domains == scaled(stretch, 0.0001).flux == 1


def test_our_template_is_a_model_file() -> None:
    assert read_model(our_template().read_text(encoding="utf-8")).features
