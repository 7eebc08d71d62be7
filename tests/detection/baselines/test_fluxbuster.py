from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from fluxhound.detection.baselines import fluxbuster
from fluxhound.detection.baselines.fluxbuster import Clusters
from tests.detection.baselines.columns import Answer, columns, measured

NAN = float("nan")


def one(**given: Any) -> Clusters:
    values = {
        "cardinality": 100,
        "diversity": 0.9,
        "domains_per_network": 10,
        "domains": 5,
        "ttl_per_domain": 300.0,
        "growth_ratio": 0.5,
    } | given
    return Clusters(**{name: np.array([value]) for name, value in values.items()})


@pytest.mark.parametrize(
    ("cluster", "flux"),
    [
        (one(growth_ratio=0.122066, domains_per_network=5_000), False),
        (one(growth_ratio=0.122067, domains_per_network=5_000), True),
        (one(ttl_per_domain=30.1816, cardinality=30), False),
        (one(ttl_per_domain=30.1816, cardinality=31), True),
        (one(ttl_per_domain=30.1816, cardinality=34), True),
        (one(ttl_per_domain=30.1816, cardinality=35), False),
        (one(ttl_per_domain=20, growth_ratio=0.97, domains_per_network=24), False),
        (one(ttl_per_domain=20, growth_ratio=0.97, domains_per_network=25), True),
        (one(diversity=0.411765, domains_per_network=1_220), False),
        (one(diversity=0.411765, domains_per_network=1_221), True),
        (one(domains_per_network=108), False),
        (one(domains_per_network=109), True),
        (one(growth_ratio=0.707831), False),
        (one(growth_ratio=0.708), True),
        (one(domains=32), False),
        (one(domains=33), True),
        (one(ttl_per_domain=234.825), True),
        (one(ttl_per_domain=234.826), False),
    ],
)
def test_every_leaf_of_the_released_tree(cluster: Clusters, *, flux: bool) -> None:
    assert fluxbuster.tree(cluster).tolist() == [flux]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({}, 1),
        ({"ttl_max": 10_800}, 1),
        ({"ttl_max": 10_801}, 0),
        ({"ttl_max": NAN}, -1),
        ({"largest_set": 2}, 0),
        ({"largest_set": 2, "ttl_max": 30}, 1),
        ({"largest_set": 1, "ttl_max": 30}, 1),
        ({"largest_h16": 0.5}, 0),  # 0.5 / log2(3) = 0.315 < 1/3
        ({"largest_h16": 0.53}, 1),
        ({"n_a": 2, "largest_set": 2, "ttl_max": 30}, 0),
        ({"h16": 1.6}, 0),  # 1.6 / log2(10) = 0.48 < 0.5
    ],
)
def test_message_filter(given: dict[str, float], verdict: int) -> None:
    values: dict[str, float] = {
        "n_a": 10,
        "h16": 3.0,
        "largest_set": 3,
        "largest_h16": 1.58,
        "ttl_max": 300,
    } | given
    inputs = columns(**{name: [value] for name, value in values.items()})
    assert fluxbuster.message_filter(inputs).tolist() == [verdict]


def test_diversity_of_none_or_one_address_is_nought() -> None:
    found = fluxbuster.diversity(np.array([NAN, 0.0, 1.0, 2.0]), np.array([0, 1, 2, 4]))
    assert found.tolist() == [0, 0, 1, 1]


def pool(first: int, count: int) -> list[str]:
    """Addresses each in a /16 of its own."""
    return [f"{20 + i // 250}.{i % 250}.0.1" for i in range(first, first + count)]


def flux(addresses: list[str], *, ttl: int = 180) -> list[Answer]:
    """Five new addresses with every answer."""
    return [
        Answer(time=i * ttl, addresses=addresses[i : i + 5], ttl=ttl)
        for i in range(0, len(addresses) - 4, 5)
    ]


def test_clusters_carry_the_features_of_the_tree() -> None:
    shared = pool(0, 60)
    names = [flux(shared), flux(shared[:50]), flux(pool(300, 40), ttl=600)]
    inputs = measured(names, lambda _: 1)
    member, found = fluxbuster.clusters_of(inputs, np.arange(3))
    assert member.tolist() == [0, 0, 1]
    assert found.cardinality.tolist() == [60, 40]
    assert found.domains.tolist() == [2, 1]
    assert found.domains_per_network.tolist() == [2, 1]
    assert found.diversity == pytest.approx([1, 1])
    assert found.ttl_per_domain.tolist() == [180, 600]
    assert found.growth_ratio == pytest.approx([5, 5])  # 60 of 12 answers, 50 of 10, 40 of 8
    assert fluxbuster.evaluate(inputs).tolist() == [1, 1, 1]


def test_names_that_are_no_candidates_count_for_the_network() -> None:
    shared = pool(0, 60)
    other = [[Answer(time=0, addresses=[address], ttl=300)] for address in shared[:20]]
    inputs = measured([flux(shared), *other], lambda _: 1)
    _, found = fluxbuster.clusters_of(inputs, np.array([0]))
    assert found.domains_per_network.tolist() == [21]
    assert fluxbuster.evaluate(inputs).tolist() == [1, *[0] * 20]


def test_a_crowded_address_settles_the_count_of_names() -> None:
    addresses = pool(0, 30)
    crowd = [[Answer(time=0, addresses=addresses[:1])] for _ in range(1_300)]
    inputs = measured([flux(addresses), *crowd], lambda _: 1)
    _, found = fluxbuster.clusters_of(inputs, np.array([0]))
    assert found.domains_per_network[0] > 1_220


def test_counting_in_small_batches_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [flux(pool(i * 7 % 40, 30)) for i in range(30)]
    inputs = measured(names, lambda _: 1)
    whole = fluxbuster.clusters_of(inputs, np.arange(0, 30, 2))[1].domains_per_network.tolist()
    monkeypatch.setattr(fluxbuster, "ROWS_AT_A_TIME", 10)
    small = fluxbuster.clusters_of(inputs, np.arange(0, 30, 2))[1].domains_per_network.tolist()
    assert small == whole


def test_busy_names_are_not_flux_because_growth_is_by_query() -> None:
    answers = flux(pool(0, 60))
    busy = [dataclasses.replace(a, time=a.time + j) for a in answers for j in range(60)]
    assert fluxbuster.evaluate(measured([busy], lambda _: 1)).tolist() == [0]


def test_not_computable_without_ttl_or_addresses() -> None:
    answers = [dataclasses.replace(a, ttl=None) for a in flux(pool(0, 60))]
    assert fluxbuster.evaluate(measured([answers], lambda _: 1)).tolist() == [-1]
    inputs = measured([flux(pool(0, 60))], lambda _: 1)
    empty = np.empty(0, np.int64)
    bare = dataclasses.replace(inputs, pair_entity=empty, pair_address=empty)
    assert fluxbuster.evaluate(bare).tolist() == [-1]


def test_candidates_beyond_the_limit_are_not_computable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluxbuster, "MOST_CANDIDATES", 2)
    names = [flux(pool(0, 30)), flux(pool(100, 60)), flux(pool(200, 40))]
    assert fluxbuster.evaluate(measured(names, lambda _: 1)).tolist() == [-1, 1, 1]
