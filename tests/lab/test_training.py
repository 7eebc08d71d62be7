from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.judgement import with_network_odds
from fluxhound.detection.model import Grid, Model, Steps, read_model
from fluxhound.errors import ConfigurationError
from fluxhound.lab.calibration import PRIOR
from fluxhound.lab.card import Card
from fluxhound.lab.crossfit import FLUX_CARDS, Plan, with_networks
from fluxhound.lab.fitting import Fitting
from fluxhound.lab.lessons import ALERT, Units, units
from fluxhound.lab.modelfile import write_model, written
from fluxhound.lab.samples import NETWORK_ODDS, Labels, Reals, gathered
from fluxhound.lab.training import (
    TrainedModel,
    alert_line,
    flux_measures,
    moved,
    train,
    train_files,
)
from fluxhound.lab.trees import Boosting
from fluxhound.lab.weighting import folds
from tests.lab.madeup import MEASURES, corpus, table, template

QUICK = Plan(fitting=Fitting(boosting=Boosting(rounds=60, scouting=20, pairs=4)))
SEEDS = (1, 2, 3)
CORPUS = corpus(1_800, SEEDS)


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return train(CORPUS, template(), plan=QUICK)


def odds_of(model: Model, measures: Mapping[str, Reals]) -> Reals:
    """Return the log-odds of flux as the judge computes them."""
    found: Reals = np.max(
        [model.log_odds(c, model.contributions(c, measures)) for c in FLUX_CARDS], axis=0
    )
    return found


def test_flux_is_told_from_benign_out_of_fold(trained: TrainedModel) -> None:
    rows = trained.validation
    odds, flux = rows.column("log_odds").to_numpy(), rows.column("flux").to_numpy()
    assert np.median(odds[flux]) > np.quantile(odds[~flux], 0.999)
    assert rows.column("learnt").to_pylist() == [True] * rows.num_rows


def test_scores_are_probabilities_at_the_prior_that_is_told(trained: TrainedModel) -> None:
    odds = trained.validation.column("log_odds").to_numpy()
    flux = trained.validation.column("flux").to_numpy()
    weight = np.where(flux, 1.0, trained.validation.column("weight").to_numpy())
    weight[flux] *= trained.prior / weight[flux].sum()
    weight[~flux] *= (1 - trained.prior) / weight[~flux].sum()
    forecast = float(weight @ (1 / (1 + np.exp(-odds))))
    assert forecast == pytest.approx(trained.prior, rel=0.7)


def test_the_final_model_scores_like_the_folds(trained: TrainedModel) -> None:
    odds = odds_of(trained.model, gathered(CORPUS, MEASURES).measures)
    seen = trained.validation.column("log_odds").to_numpy()
    assert np.corrcoef(odds, seen)[0, 1] > 0.97


def test_what_a_vantage_cannot_see_is_no_evidence(trained: TrainedModel) -> None:
    """Benign rows of the bare vantage must not score as flux, nor flux there as benign."""
    rows = trained.validation
    bare = np.array(rows.column("vantage").to_pylist()) == "bare"
    odds, flux = rows.column("log_odds").to_numpy(), rows.column("flux").to_numpy()
    weight = rows.column("weight").to_numpy()
    assert np.average(odds[bare & ~flux] > ALERT, weights=weight[bare & ~flux]) < 1e-3
    assert np.median(odds[bare & flux]) > np.median(odds[bare & ~flux]) + 5


def test_malice_and_texts_stay(trained: TrainedModel) -> None:
    before = {f.id: f for f in template().features}
    assert trained.model.bias["malice"] == -3.0
    for feature in trained.model.features:
        if not feature.by:
            assert feature.text == before[feature.id].text
            assert feature.cards.get("malice") == before[feature.id].cards.get("malice")


def test_pairs_are_worded_from_both_measures(trained: TrainedModel) -> None:
    pairs = [f for f in trained.model.features if f.by]
    assert pairs
    for pair in pairs:
        assert pair.id == f"{pair.measure}-with-{pair.by}".replace("_", "-")
        assert pair.text == f"{pair.measure}: {{value}}; {pair.by}: {{by}}"
        assert set(pair.cards) <= set(FLUX_CARDS)


def test_points_of_single_measures_keep_to_their_trends(trained: TrainedModel) -> None:
    for feature in trained.model.features:
        for card, points in feature.cards.items():
            if isinstance(points, Steps) and card in FLUX_CARDS:
                assert points.trend == MEASURES[feature.measure]
                rises = np.diff(points.points) * (1 if points.trend == "up" else -1)
                assert rises.min(initial=0) >= 0


def test_the_file_gives_the_same_model_and_scores(trained: TrainedModel) -> None:
    read = read_model(written(trained.model))
    assert read == trained.model
    measures = gathered(CORPUS, MEASURES).measures
    assert (odds_of(read, measures) == odds_of(trained.model, measures)).all()


def test_training_is_repeatable() -> None:
    tables = [table(500, seed=s) for s in SEEDS]
    first, second = (train(tables, template(), plan=QUICK).model for _ in range(2))
    assert first == second
    assert first.version.startswith("trained-")


def test_a_trained_model_is_a_template_too(trained: TrainedModel) -> None:
    again = train([table(500, seed=s) for s in SEEDS], trained.model, plan=QUICK).model
    ids = [f.id for f in again.features]
    assert len(ids) == len(set(ids))
    assert read_model(written(again)) == again
    for feature in again.features:
        assert {isinstance(p, Grid) for p in feature.cards.values()} == {bool(feature.by)}


def test_the_report_tells_what_was_learnt(trained: TrainedModel) -> None:
    for words in ("operators", "1 per million", "alert at 0.9", "ntp-pool", "classic", "20+"):
        assert words in trained.report


@pytest.mark.parametrize("allowed", [1.0, 3.0, 700.0])
def test_no_more_than_allowed_passes_the_line(trained: TrainedModel, allowed: float) -> None:
    """The made-up slice "plain" is the largest; each benign row in it stands for 20 or 500."""
    samples = gathered(CORPUS, MEASURES)
    odds = trained.validation.column("log_odds").to_numpy()
    by = units(samples, odds, odds)
    at = alert_line(by, allowed)
    plain = by.slice.among(["plain 86400 s"]) & ~by.flux
    assert by.weight[plain & (by.log_odds >= at)].sum() <= allowed * max(
        by.weight[plain].sum() / 1e6, 1.0
    )
    # And it is the lowest such line: one row more would be too many.
    below = by.log_odds[plain & (by.log_odds < at)].max()
    assert below == np.nextafter(at, -np.inf)


def test_the_line_of_a_trained_model_is_the_alert(trained: TrainedModel) -> None:
    rows = trained.validation
    odds, flux = rows.column("log_odds").to_numpy(), rows.column("flux").to_numpy()
    plain = ~flux & (np.array(rows.column("vantage").to_pylist()) == "plain")
    passed = rows.column("weight").to_numpy()[plain & (odds >= ALERT)].sum()
    assert passed <= max(rows.column("weight").to_numpy()[plain].sum() / 1e6, 1.0)
    assert odds[plain].max() == pytest.approx(ALERT, abs=0.011)
    assert trained.lessons.alert.at == ALERT


def made_up_units(log_odds: list[float], of: list[int], weight: float) -> Units:
    rows = len(log_odds)
    none = np.zeros(rows, dtype=bool)
    return Units(
        log_odds=np.array(log_odds),
        weight=np.full(rows, weight),
        flux=none,
        archetype=Labels(codes=none.astype(np.int64), words=("ordinary",)),
        slice=Labels(codes=np.array(of), words=("small", "large")),
        evidence=np.zeros(rows),
    )


def test_the_line_is_that_of_the_largest_slice() -> None:
    by = made_up_units([9.0, 8.0, 3.0, 2.0, 1.0], [0, 0, 1, 1, 1], 1.0)
    assert alert_line(by, 1.0) == np.nextafter(2.0, np.inf)
    assert alert_line(by, 0.5) == np.nextafter(3.0, np.inf)


#: Bounds and scores in steps of a thousandth, so that they often meet.
THOUSANDTHS = st.integers(-20_000, 20_000).map(lambda n: n / 1_000)
RISING = st.lists(THOUSANDTHS, min_size=1, max_size=6, unique=True).map(lambda b: tuple(sorted(b)))


def networked_card(bounds: tuple[float, ...]) -> Card:
    points = tuple(0.25 * i * i for i in range(len(bounds) + 1))
    grid = tuple(tuple(p * q for q in (-0.5, 1.0, 2.0)) for p in (*points, -1.0))
    return Card(
        bias=-7.25,
        singles={
            NETWORK_ODDS: Steps(bounds=bounds, points=points, missing=-0.5, trend="up"),
            "a": Steps(bounds=(0.0,), points=(0.0, 1.0), missing=0.5, trend="up"),
        },
        pairs={
            (NETWORK_ODDS, "a"): Grid(bounds=bounds, by_bounds=(0.0,), points=grid),
            ("a", NETWORK_ODDS): Grid(
                bounds=(0.0,), by_bounds=bounds, points=tuple(zip(*grid, strict=True))
            ),
        },
    )


@given(RISING, st.lists(THOUSANDTHS, max_size=8), st.integers(-1_500, 1_500))
def test_a_moved_card_moves_every_score_and_hears_networks_that_moved(
    bounds: tuple[float, ...], odds: list[float], hundredths: int
) -> None:
    shift = hundredths / 100
    card = networked_card(bounds)
    # Networks at, just below and between the bounds; their scores move with all others.
    networks = np.array([*odds, *bounds, *(b - 0.001 for b in bounds), math.nan])
    rows = np.arange(len(networks))
    own = np.where(rows % 3 == 0, np.nan, rows - 4.0)
    before = card.log_odds({NETWORK_ODDS: networks, "a": own}, rows)
    heard = np.array([float(f"{odd + shift:.12g}") for odd in networks])
    after = moved(card, shift).log_odds({NETWORK_ODDS: heard, "a": own}, rows)
    assert after == pytest.approx(before + shift, abs=1e-9)


def test_bounds_that_hardly_differ_still_do_when_moved() -> None:
    """Many members of few networks make bounds close to one another."""
    card = moved(networked_card((-3.00012, -3.00011, 1.5)), 4.25)
    assert card.singles[NETWORK_ODDS].bounds == (1.24988, 1.24989, 5.75)
    assert moved(card, 0.0) == card


def put(part: pa.Table, **columns: Sequence[object]) -> pa.Table:
    """Return the table with columns replaced, or appended."""
    for name, values in columns.items():
        if name in part.column_names:
            part = part.set_column(part.column_names.index(name), name, pa.array(values))
        else:
            part = part.append_column(name, pa.array(values))
    return part


def networked(seed: int) -> pa.Table:
    """Return a table in which every third row is a network that speaks for the two after it."""
    part = table(900, seed=seed)
    place = np.arange(part.num_rows)
    return put(
        part.take(pa.array(place - place % 3)),  # all three look alike, and are
        noise=part.column("noise").to_pylist(),
        entity=place.tolist(),
        kind=["registered-domain" if i % 3 else "network" for i in range(900)],
        registered_domain=[f"d{i}.example" for i in range(900)],
        network=[float(i - i % 3) if i % 3 else None for i in range(900)],
        network_share=[0.8] * 900,
    )


def test_members_are_taught_what_the_judge_will_tell_them() -> None:
    """The judge asks the final model about networks; training asks models without their word."""
    tables, rules = [networked(seed) for seed in SEEDS], template(networks=True)
    found = train(tables, rules, plan=QUICK)
    samples = gathered(tables, flux_measures(rules))
    fold, kept = folds(samples, QUICK.folds), np.ones(samples.rows, dtype=bool)
    heard = with_networks(samples, rules, fold, kept, QUICK, say=lambda _: None).measures[
        NETWORK_ODDS
    ]
    heard = heard + math.log(found.prior / (1 - found.prior)) - math.log(PRIOR / (1 - PRIOR))
    told = np.concatenate([judged_networks(part, found.model) for part in tables])
    member = samples.network >= 0
    assert (np.isnan(told) == ~member).all()
    assert np.corrcoef(told[member], heard[member])[0, 1] > 0.98
    near = member & (heard > -15)  # below, bounds are far apart
    assert np.median(np.abs(told - heard)[near]) < 2
    crossed = member & ((told >= ALERT) != (heard >= ALERT))
    assert np.abs(heard - ALERT)[crossed].max(initial=0) < 4


def judged_networks(part: pa.Table, using: Model) -> Reals:
    """Return ``network_odds`` as the judge computes them from one table."""
    names = [*MEASURES, "network", "network_share"]
    columns = {n: part.column(n).cast(pa.float64()).to_numpy() for n in names}
    # Whose lines the addresses are is not known, so no card is ruled out.
    columns["eyeball_share"] = np.full(part.num_rows, np.nan)
    found: Reals = with_network_odds(part, columns, using)[NETWORK_ODDS]
    return found


@pytest.mark.parametrize("family", ["ntp-pool", "cdn-inside"])
def test_a_family_left_out_is_scored_all_the_same(family: str) -> None:
    tables = [table(700, seed=s) for s in SEEDS]
    found = train(tables, template(), without={family}, plan=QUICK)
    rows = found.validation
    families, learnt = rows.column("family").to_pylist(), rows.column("learnt").to_pylist()
    assert {f for f, known in zip(families, learnt, strict=True) if not known} == {family}
    assert np.isfinite(rows.column("log_odds").to_numpy()).all()
    assert family in found.lessons.false


def test_a_family_left_out_has_no_say_in_where_the_line_lies() -> None:
    """Names that look just like flux, and that training is not shown, are false findings."""
    tables = [table(900, seed=s) for s in SEEDS]
    whole = [_with_decoys(t) for t in tables]
    found = train(whole, template(), without={"decoy"}, plan=QUICK)
    rows = found.validation
    odds = rows.column("log_odds").to_numpy()
    decoys = np.array(rows.column("family").to_pylist()) == "decoy"
    flux = rows.column("flux").to_numpy()
    assert np.mean(odds[decoys] >= ALERT) > 0.5
    assert odds[~decoys & ~flux].max() == pytest.approx(ALERT, abs=0.011)


def _with_decoys(part: pa.Table) -> pa.Table:
    """Return the rows and, after them, its classic flux again under the name of decoys."""
    flux = part.filter(part.column("archetype").to_numpy() == "classic")
    rows = flux.num_rows
    names = [f"decoy{i}.example" for i in range(rows)]
    decoys = put(
        flux,
        registered_domain=names,
        archetype=["decoy"] * rows,
        family=["decoy"] * rows,
        hosts=[""] * rows,
        flux=[False] * rows,
    )
    return pa.concat_tables([part, decoys])


def test_a_card_without_flux_stays() -> None:
    tables = [table(700, seed=s) for s in SEEDS]
    found = train(tables, template(), without={"cloud"}, plan=QUICK)
    assert found.model.bias["rented"] == -30.0
    assert '"rented"' in " ".join(found.notes)


def test_slices_that_cannot_be_used_are_told() -> None:
    tables = [table(600, seed=s) for s in SEEDS]
    found = train([*tables, table(50, vantage="bare", flux=0.0)], template(), plan=QUICK)
    assert any('"bare 86400 s"' in note for note in found.notes)


@pytest.mark.parametrize("flux", [0.0, 1.0])
def test_one_class_is_no_corpus(flux: float) -> None:
    with pytest.raises(ConfigurationError, match="benign rows and flux rows"):
        train([table(50, flux=flux)], template())


def test_too_little_flux_is_no_corpus() -> None:
    """All flux lies in one fold: whoever is to judge it has seen none."""
    tables = [table(200, seed=1), *(table(200, seed=s, flux=0.0) for s in (2, 3))]
    with pytest.raises(ConfigurationError, match="too little flux"):
        train(tables, template(), plan=replace(QUICK, folds=3))


def test_files_in_and_out(tmp_path: Path) -> None:
    for seed in SEEDS:
        pq.write_table(table(500, seed=seed), tmp_path / f"{seed}.parquet")
    write_model(template(), tmp_path / "template.toml")
    said: list[str] = []
    found = train_files(
        tmp_path, tmp_path / "template.toml", tmp_path / "model.toml", say=said.append
    )
    text = (tmp_path / "model.toml").read_text("utf-8")
    assert read_model(text) == found.model
    assert "1500 simulated profiles" in text
    assert f"{1 / found.prior:,.0f} is in flux" in text
    assert said[0] == "reading the corpus"
