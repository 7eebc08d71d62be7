from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.lab.lessons import area, units
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
