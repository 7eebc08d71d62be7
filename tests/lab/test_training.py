from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fluxhound.detection.model import read_model
from fluxhound.errors import ConfigurationError
from fluxhound.lab.crossfit import Plan
from fluxhound.lab.fitting import Fitting
from fluxhound.lab.modelfile import write_model, written
from fluxhound.lab.stumps import Boosting
from fluxhound.lab.training import TrainedModel, train, train_files
from tests.lab.madeup import corpus, table, template

QUICK = Plan(fitting=Fitting(boosting=Boosting(rounds=60)))


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return train(corpus(), template(), plan=QUICK)


def test_flux_is_told_from_benign_out_of_fold(trained: TrainedModel) -> None:
    rows = trained.validation
    odds, flux = rows.column("log_odds").to_numpy(), rows.column("flux").to_numpy()
    assert np.median(odds[flux]) > np.quantile(odds[~flux], 0.999)
    assert rows.column("learnt").to_pylist() == [True] * rows.num_rows


def test_scores_are_probabilities_at_the_prior(trained: TrainedModel) -> None:
    odds = trained.validation.column("log_odds").to_numpy()
    flux = trained.validation.column("flux").to_numpy()
    weight = np.where(flux, 1e-5 / flux.sum(), trained.validation.column("weight").to_numpy())
    weight[~flux] *= (1 - 1e-5) / weight[~flux].sum()
    forecast = float(weight @ (1 / (1 + np.exp(-odds))))
    assert forecast == pytest.approx(1e-5, rel=0.7)


def test_the_final_model_scores_like_the_folds(trained: TrainedModel) -> None:
    tables = corpus()
    start = 0
    for part in tables:
        columns = {f.measure: part.column(f.measure).to_numpy() for f in trained.model.features}
        rules = trained.model
        odds = np.max(
            [rules.log_odds(c, rules.contributions(c, columns)) for c in ("lines", "rented")],
            axis=0,
        )
        seen = trained.validation.column("log_odds").to_numpy()[start : start + part.num_rows]
        assert np.corrcoef(odds, seen)[0, 1] > 0.97
        start += part.num_rows


def test_what_a_vantage_cannot_see_is_no_evidence(trained: TrainedModel) -> None:
    """Benign rows of the bare vantage must not score as flux, nor flux there as benign."""
    rows = trained.validation
    bare = np.array(rows.column("vantage").to_pylist()) == "bare"
    odds, flux = rows.column("log_odds").to_numpy(), rows.column("flux").to_numpy()
    weight = rows.column("weight").to_numpy()
    assert np.average(odds[bare & ~flux] > 0, weights=weight[bare & ~flux]) < 1e-3
    assert np.median(odds[bare & flux]) > np.median(odds[bare & ~flux]) + 5


def test_malice_and_texts_stay(trained: TrainedModel) -> None:
    before = {f.id: f for f in template().features}
    assert trained.model.bias["malice"] == -3.0
    for feature in trained.model.features:
        assert feature.text == before[feature.id].text
        assert feature.cards.get("malice") == before[feature.id].cards.get("malice")


def test_the_file_gives_the_same_model(trained: TrainedModel) -> None:
    assert read_model(written(trained.model)) == trained.model


def test_training_is_repeatable() -> None:
    tables = [table(500, seed=s) for s in (1, 2, 3)]
    first, second = (train(tables, template(), plan=QUICK).model for _ in range(2))
    assert first == second
    assert first.version.startswith("trained-")


def test_the_report_tells_what_was_learnt(trained: TrainedModel) -> None:
    for words in ("operators", "1 per million", "alert at 0.9", "ntp-pool", "classic", "20+"):
        assert words in trained.report


def test_a_family_left_out_is_scored_all_the_same() -> None:
    tables = [table(700, seed=s) for s in (1, 2, 3)]
    found = train(tables, template(), without={"ntp-pool"}, plan=QUICK)
    rows = found.validation
    families, learnt = rows.column("family").to_pylist(), rows.column("learnt").to_pylist()
    assert {f for f, known in zip(families, learnt, strict=True) if not known} == {"ntp-pool"}
    assert np.isfinite(rows.column("log_odds").to_numpy()).all()
    assert "ntp-pool" in found.lessons.false


def test_a_card_without_flux_stays() -> None:
    tables = [table(700, seed=s) for s in (1, 2, 3)]
    found = train(tables, template(), without={"cloud"}, plan=QUICK)
    assert found.model.bias["rented"] == -30.0
    assert '"rented"' in " ".join(found.notes)


def test_slices_that_cannot_be_used_are_told() -> None:
    tables = [table(600, seed=s) for s in (1, 2, 3)]
    found = train([*tables, table(50, vantage="bare", flux=0.0)], template(), plan=QUICK)
    assert any('"bare 86400 s"' in note for note in found.notes)


@pytest.mark.parametrize("flux", [0.0, 1.0])
def test_one_class_is_no_corpus(flux: float) -> None:
    with pytest.raises(ConfigurationError, match="benign rows and flux rows"):
        train([table(50, flux=flux)], template())


def test_files_in_and_out(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        pq.write_table(table(500, seed=seed), tmp_path / f"{seed}.parquet")
    write_model(template(), tmp_path / "template.toml")
    said: list[str] = []
    found = train_files(
        tmp_path, tmp_path / "template.toml", tmp_path / "model.toml", say=said.append
    )
    text = (tmp_path / "model.toml").read_text("utf-8")
    assert read_model(text) == found.model
    assert "1500 simulated profiles" in text
    assert said[0] == "reading the corpus"
