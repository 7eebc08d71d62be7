from __future__ import annotations

import numpy as np
import pytest

from fluxhound.detection.baselines import zeekscript
from tests.detection.baselines.columns import Answer, columns, measured


@pytest.mark.parametrize(
    ("addresses", "asns", "score"),
    [
        (100, 20, 100.56),
        (8, 6, 91.35),
        (6, 6, 119.16),
        (200, 150, 2283.75),
        (80, 35, 330.09),
        (8, 8, 158.88),
        (0, 0, 0.0),
    ],
)
def test_the_rule_of_the_script(addresses: int, asns: int, score: float) -> None:
    inputs = columns(stretch_n_a=[addresses], stretch_n_asn=[asns])
    measured_score = zeekscript.score(inputs.stretch_n_a, inputs.stretch_n_asn)[0]
    assert measured_score == pytest.approx(score, abs=0.005)
    assert zeekscript.evaluate(inputs).tolist() == [score > 142.38]


@pytest.mark.parametrize(("asns", "last"), [(20, 63), (40, 331), (10, 14)])
def test_more_addresses_for_each_network_escape(asns: int, last: int) -> None:
    addresses = np.arange(asns, 1_000)
    caught = addresses[zeekscript.score(addresses, np.full(len(addresses), asns)) > 142.38]
    assert caught.max() == last


def test_unknown_is_not_computable() -> None:
    assert zeekscript.evaluate(columns(stretch_n_a=[-1, 9], stretch_n_asn=[-1, -1])).tolist() == [
        -1,
        -1,
    ]


def one_each(count: int, *, step: float, ttl: int) -> list[Answer]:
    return [Answer(time=i * step, addresses=[f"10.{i}.0.1"], ttl=ttl) for i in range(count)]


@pytest.mark.parametrize(
    ("step", "ttl", "verdict"),
    [
        (1_800, 1_800, 1),
        (1_861, 1_800, 0),  # forgotten between answers
        (300, 1_801, 0),  # never looked at
        (300, 60, 1),
    ],
)
def test_state_lives_31_minutes_and_long_ttls_do_not_exist(
    step: float, ttl: int, verdict: int
) -> None:
    inputs = measured([one_each(10, step=step, ttl=ttl)], lambda a: int(a.split(".")[1]) + 1)
    assert zeekscript.evaluate(inputs).tolist() == [verdict]


def test_the_best_moment_counts_not_the_last() -> None:
    spread = one_each(9, step=60, ttl=60)
    crowd = [Answer(time=600 + i, addresses=[f"10.0.1.{i}"], ttl=60) for i in range(200)]
    inputs = measured([[*spread, *crowd]], lambda a: int(a.split(".")[1]) + 1)
    assert (inputs.stretch_n_a[0], inputs.stretch_n_asn[0]) == (9, 9)
    assert zeekscript.evaluate(inputs).tolist() == [1]
