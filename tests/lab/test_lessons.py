from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.lab.lessons import NEVER_PROFILED, all_benign, area, units
from fluxhound.lab.samples import gathered
from tests.lab.madeup import MEASURES, table


@pytest.mark.parametrize(
    ("flux", "benign", "weight", "expected"),
    [
        ([2, 3], [0, 1], [1, 1], 1.0),
        ([0, 1], [2, 3], [1, 1], 0.0),
        ([1, 1], [1, 1], [1, 1], 0.5),
        ([1], [0, 2], [3, 1], 0.75),
    ],
)
def test_area_under_the_curve(
    flux: list[float], benign: list[float], weight: list[float], expected: float
) -> None:
    assert area(np.array(flux), np.array(benign), np.array(weight)) == pytest.approx(expected)


def test_a_unit_has_the_highest_score_of_its_rows_but_not_of_its_network() -> None:
    one = table(4)
    rows = pa.concat_tables([one, one.slice(0, 2), one.slice(3, 1)])
    kinds = ["registered-domain"] * 4 + ["name"] * 2 + ["network"]
    rows = rows.drop_columns(["kind"]).append_column("kind", [kinds])
    samples = gathered([rows], MEASURES)
    found = units(samples, np.array([0.0, 1, 2, 3, 5, -5, 99]), np.array([1.0, 2, 3, 4, 9, 0, 0]))
    assert found.log_odds.tolist() == [5, 1, 2, 3]
    assert found.evidence.tolist() == [9, 2, 3, 4]
    assert found.flux.tolist() == samples.flux[:4].tolist()


def test_benign_units_of_each_slice_stand_for_a_million() -> None:
    """What showed too little for a profile is one unit more, which no line lets through."""
    samples = gathered([table(300), table(300, vantage="bare")], MEASURES)
    by = units(samples, np.arange(600.0), np.zeros(600))
    log_odds, weight = all_benign(by)
    assert len(log_odds) == np.count_nonzero(~by.flux) + 1
    assert weight.sum() == pytest.approx(2e6)
    assert log_odds[-1] == NEVER_PROFILED < log_odds[:-1].min()
    assert weight[:-1].tolist() == by.weight[~by.flux].tolist()


def test_more_than_a_million_leaves_nothing_that_was_not_profiled() -> None:
    samples = gathered([table(300)], MEASURES)
    by = units(replace(samples, weight=np.full(300, 1e5)), np.zeros(300), np.zeros(300))
    assert all_benign(by)[1][-1] == 0
