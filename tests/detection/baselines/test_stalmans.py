from __future__ import annotations

import pytest

from fluxhound.detection.baselines import BaselineInputs, stalmans
from tests.detection.baselines.columns import columns


def response(
    a: int, asn: int, *, p24: int = 1, country: int = 1, ns: int = -1, ttl: float = 300
) -> BaselineInputs:
    return columns(
        largest_set=[a],
        largest_asn=[asn],
        largest_24=[p24],
        largest_country=[country],
        n_ns=[ns],
        ttl_max=[ttl],
    )


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [
        (response(5, 2), 0),  # 6.6 + 37.08 + 5 - 50 = -1.32
        (response(6, 2), 0),  # exactly 0 but for rounding: -0.0
        (response(7, 2), 1),  # 1.32
        (response(7, 2, ttl=301), 0),
        (response(1, 3), 1),  # 1.32 + 55.62 + 5 - 50
        (response(9, -1), -1),
        (response(9, 9, ttl=float("nan")), -1),
    ],
)
def test_modified_holz(inputs: BaselineInputs, verdict: int) -> None:
    assert stalmans.modified_holz(inputs).tolist() == [verdict]


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [
        (response(5, 2, p24=4, country=1), 0),  # 5 + 6 + 3 + 1 + 2 = 17
        (response(5, 2, p24=4, country=1, ns=1), 1),  # 18: at least
        (response(6, 2, p24=4, country=1), 1),
        (response(6, 2, p24=4, country=1, ttl=900), 0),
        (response(5, 5, p24=5, country=3), 1),
        (response(5, 5, p24=5, country=-1), -1),
        (response(5, -1, p24=5, country=5), -1),
    ],
)
def test_jaroslaw_patrycja(inputs: BaselineInputs, verdict: int) -> None:
    assert stalmans.jaroslaw_patrycja(inputs).tolist() == [verdict]


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [
        (response(2, 1), 1),  # any two addresses
        (response(2, -1, ttl=float("nan")), 1),  # needs neither networks nor TTL then
        (response(1, 1), 0),
        (response(1, 1, ns=2, ttl=300), 1),
        (response(1, 1, ns=2, ttl=301), 0),
        (response(1, 2, ns=2, ttl=301), 1),
        (response(1, 1, ns=2, ttl=float("nan")), -1),
        (response(-1, 1), -1),
    ],
)
def test_boolean_rule(inputs: BaselineInputs, verdict: int) -> None:
    assert stalmans.boolean(inputs).tolist() == [verdict]
