"""Sketches hold what the profiles will say of addresses, without the history."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from fluxhound.profiles import sketch
from tests.profiles.building import build, stored
from tests.profiles.test_context import rows

SAME = (
    "units", "public_units", "unroutable_share", "eyeball_share", "hosting_share", "cdn_share",
    "education_share", "unknown_share", "asn_coverage", "prefixes", "subnets", "operators",
    "countries", "prefix_spread", "asn_spread", "effective_operators", "domains_per_address",
)  # fmt: skip


@pytest.mark.parametrize("portion", [sketch.PORTION, 7])
def test_a_sketch_measures_as_the_profile_does(
    portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sketch, "PORTION", portion)
    seen: list[pa.Table] = []

    def look(given: pa.Table) -> NDArray[np.bool_]:
        seen.append(given)
        return np.ones(given.num_rows, dtype=bool)

    with stored(rows()) as connection:
        profiles = build(connection, wide=False, reach=look)
    first = seen[0]
    assert first.column("entity").to_pylist() == list(range(first.num_rows))
    at = profiles.column("entity").to_numpy()
    assert len(at) > 8
    for name in SAME:
        told = np.nan_to_num(first.column(name).to_numpy()[at])
        measured = profiles.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        assert told == pytest.approx(np.nan_to_num(measured)), name
