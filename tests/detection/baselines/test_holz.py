from __future__ import annotations

import numpy as np
import pytest

from fluxhound.detection.baselines import holz
from tests.detection.baselines.columns import columns


@pytest.mark.parametrize(
    ("addresses", "asns", "score"),
    [
        (7, 7, 139.02),  # the threshold of 142.38 needs eight networks with one address each
        (8, 8, 158.88),
        (100, 20, 502.8),
        (8, 6, 121.8),
        (6, 6, 119.16),
        (200, 150, 3045.0),
        (80, 35, 754.5),
        (40, 1, 71.34),
    ],
)
def test_the_published_function(addresses: int, asns: int, score: float) -> None:
    inputs = columns(
        n_a=[addresses], n_asn=[asns], first_two_n_a=[addresses], first_two_n_asn=[asns]
    )
    assert holz.score(inputs.n_a, inputs.n_asn)[0] == pytest.approx(score)
    assert holz.all_addresses(inputs).tolist() == [score > 142.38]
    assert holz.two_lookups(inputs).tolist() == [score > 142.38]


@pytest.mark.parametrize(
    ("ratio", "needed"),
    [
        (1, 8),
        (0.8, 9),
        (0.6, 12),
        (0.5, 14),
        (0.4, 17),
        (0.3, 21),
        (0.2, 29),
        (0.1, 45),
        (0.05, 64),
    ],
)
def test_addresses_needed_by_ratio_of_networks(ratio: float, needed: int) -> None:
    addresses = np.arange(1, 200)
    scores = holz.WEIGHT_ADDRESSES * addresses + holz.WEIGHT_ASNS * ratio * addresses
    assert addresses[scores > holz.THRESHOLD][0] == needed


def test_unknown_counts_are_not_computable() -> None:
    inputs = columns(
        n_a=[50, 50, 50], n_asn=[-1, 20, 0], first_two_n_a=[-1, 9, 9], first_two_n_asn=[-1, -1, 9]
    )
    assert holz.all_addresses(inputs).tolist() == [-1, 1, 0]
    assert holz.two_lookups(inputs).tolist() == [-1, -1, 1]
