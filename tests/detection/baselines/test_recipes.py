from __future__ import annotations

import pytest

from fluxhound.detection.baselines import recipes
from tests.detection.baselines.columns import columns

NAN = float("nan")


@pytest.mark.parametrize(
    ("a", "asn", "ttl", "verdict", "short"),
    [
        (5, 4, 1_800, 1, 0),
        (5, 4, 1_801, 0, 0),
        (4, 4, 60, 0, 0),
        (5, 3, 300, 0, 1),
        (5, 2, 300, 0, 0),
        (5, -1, 300, -1, -1),
        (5, 4, NAN, -1, -1),
    ],
)
def test_five_addresses(a: int, asn: int, ttl: float, verdict: int, short: int) -> None:
    inputs = columns(n_a=[a], n_asn=[asn], ttl_max=[ttl], ttl_mean=[ttl])
    assert recipes.five_addresses(inputs).tolist() == [verdict]
    assert recipes.five_addresses_short(inputs).tolist() == [short]
