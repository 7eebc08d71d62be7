from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.lab.crossfit import Plan, combined, crossfits, crossfitted, sheet, with_networks
from fluxhound.lab.fitting import Fitting
from fluxhound.lab.samples import Samples, gathered
from fluxhound.lab.stumps import Boosting
from fluxhound.lab.weighting import folds
from tests.lab.madeup import MEASURES, corpus, table, template

QUICK = Plan(folds=3, fitting=Fitting(boosting=Boosting(rounds=40)))


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


def test_out_of_fold_scores_do_not_depend_on_their_own_truth() -> None:
    samples = gathered([table(700, seed=s) for s in (1, 2, 3)], MEASURES)
    fold, kept = folds(samples, 3), np.ones(samples.rows, dtype=bool)
    features = sheet(template(), "lines")
    first = crossfitted(samples, features, "lines", fold, kept, QUICK)
    spoilt = kept & (fold != 0)
    second = crossfitted(samples, features, "lines", fold, spoilt, QUICK)
    assert first is not None
    assert second is not None
    assert first.raw[fold == 0] == pytest.approx(second.raw[fold == 0], abs=0.5)


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
