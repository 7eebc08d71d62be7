from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from fluxhound.lab.crossfit import (
    Plan,
    combined,
    crossfits,
    crossfitted,
    finals,
    sheet,
    with_networks,
)
from fluxhound.lab.fitting import Fitting
from fluxhound.lab.samples import Samples, gathered
from fluxhound.lab.trees import Boosting
from fluxhound.lab.weighting import folds
from tests.lab.madeup import MEASURES, corpus, table, template

QUICK = Plan(folds=3, fitting=Fitting(boosting=Boosting(rounds=40, scouting=15, pairs=3)))


def networked() -> Samples:
    """Return flux names of thin evidence, whose networks are seen well."""
    tables = []
    for part in corpus(600):
        rows = part.num_rows
        kind = ["network" if i % 3 == 0 else "registered-domain" for i in range(rows)]
        network = [float(i) if i % 3 == 0 else None for i in range(rows)]
        kinds = part.drop_columns(["kind"]).append_column("kind", [kind])
        flux = part.column("flux").to_pylist()
        other: dict[bool, list[int]] = {True: [], False: []}
        for i in range(0, rows, 3):
            other[flux[i]].append(i)
        for i in range(rows):
            if i % 3 and i % 2:
                network[i] = float(other[flux[i]][i % len(other[flux[i]])])
        tables.append(
            kinds.append_column("network", pa.array(network)).append_column(
                "network_share", pa.array([0.8] * rows)
            )
        )
    return gathered(tables, [*MEASURES, "network_odds"])


def test_no_row_is_scored_by_what_its_own_fold_teaches() -> None:
    """Mix up who is who in one fold: there, each row scores what its measures always scored."""
    samples = gathered([table(700, seed=s) for s in (1, 2, 3)], MEASURES)
    fold, kept = folds(samples, 3), np.ones(samples.rows, dtype=bool)
    mixed = np.arange(samples.rows)
    mixed[fold == 0] = np.random.default_rng(2).permutation(mixed[fold == 0])
    spoilt = replace(samples, measures={m: v[mixed] for m, v in samples.measures.items()})
    features = sheet(template(), "lines")
    first = crossfitted(samples, features, "lines", fold, kept, QUICK)
    second = crossfitted(spoilt, features, "lines", fold, kept, QUICK)
    assert first is not None
    assert second is not None
    assert (second.raw[fold == 0] == first.raw[mixed][fold == 0]).all()
    assert (second.raw[fold != 0] != first.raw[fold != 0]).any()


def test_what_is_not_kept_is_scored_and_teaches_nothing() -> None:
    samples = gathered([table(700, seed=s) for s in (1, 2, 3)], MEASURES)
    kept = ~samples.archetype.among(["ntp-pool"])
    noisy = np.where(kept, samples.measures["new_rate"], 9.0)
    features, fold = sheet(template(), "lines"), folds(samples, 3)
    first = crossfitted(samples, features, "lines", fold, kept, QUICK)
    second = crossfitted(samples.having("new_rate", noisy), features, "lines", fold, kept, QUICK)
    assert first is not None
    assert second is not None
    assert first.scale == second.scale
    assert (first.raw[kept] == second.raw[kept]).all()
    assert np.isfinite(first.log_odds).all()
    assert (first.weight[~kept] == 0).all()


def test_the_final_card_says_what_the_folds_said() -> None:
    samples = gathered([table(900, seed=s) for s in (1, 2, 3)], MEASURES)
    fold, kept = folds(samples, 3), np.ones(samples.rows, dtype=bool)
    sheets = {name: sheet(template(), name) for name in ("lines", "rented")}
    found = crossfits(samples, sheets, fold, kept, QUICK)
    cards = finals(samples, sheets, found, QUICK)
    assert list(cards) == list(found) == ["lines", "rented"]
    for name, card in cards.items():
        said = card.log_odds(samples.measures, np.arange(samples.rows))
        assert np.corrcoef(said, found[name].log_odds)[0, 1] > 0.95
        assert abs(float(np.median(said - found[name].log_odds))) < 1.5


def test_a_card_without_flux_is_left_out() -> None:
    samples = gathered([table(300, seed=s) for s in (1, 2, 3)], MEASURES)
    fold = folds(samples, 3)
    kept = ~samples.hosts.among(["rented"])
    sheets = {name: sheet(template(), name) for name in ("lines", "rented")}
    found = crossfits(samples, sheets, fold, kept, QUICK)
    assert list(found) == ["lines"]
    assert combined(found).tolist() == found["lines"].log_odds.tolist()


def test_members_hear_their_network() -> None:
    samples = networked()
    fold, kept = folds(samples, 3), np.ones(samples.rows, dtype=bool)
    heard = with_networks(samples, template(networks=True), fold, kept, QUICK, lambda _: None)
    odds = heard.measures["network_odds"]
    member = samples.network >= 0
    assert np.isnan(odds[~member]).all()
    assert odds[member & samples.flux].mean() > odds[member & ~samples.flux].mean() + 3


def test_without_networks_nothing_changes() -> None:
    samples = gathered([table(100)], MEASURES)
    fold, kept = folds(samples, 3), np.ones(100, dtype=bool)
    assert with_networks(samples, template(), fold, kept, QUICK, print) is samples
