from __future__ import annotations

import numpy as np
import pytest

from fluxhound.enrichment.kinds import KINDS
from fluxhound.enrichment.tables import country_code
from fluxhound.lab import dice
from fluxhound.lab.casting import Cast, cast
from fluxhound.lab.dice import Ints
from fluxhound.lab.world import mixture
from tests.lab.worlds import draws, world

ANYWHERE = np.zeros(3, dtype=np.int64)


def cast_for(
    shares: dict[str, float],
    pools: int,
    asns: int,
    *,
    zipf: float = 1.0,
    countries: Ints = ANYWHERE,
    family: int = 4,
) -> Cast:
    return cast(
        world().space(family),
        dice.mix(draws(pools)),
        np.broadcast_to(mixture(shares), (pools, len(KINDS))),
        np.full(pools, asns),
        np.full(pools, zipf),
        np.broadcast_to(countries, (pools, 3)),
    )


def hosts(found: Cast, pools: int, count: int) -> Ints:
    """Return the networks of *count* hosts of each pool."""
    return found.network(
        np.arange(pools)[:, None], dice.mix(draws(pools * count).reshape(pools, -1))
    )


@pytest.mark.parametrize("asns", [1, 2, 5, 40, 300])
@pytest.mark.parametrize("family", [4, 6])
def test_kinds_have_their_shares_over_all_pools(asns: int, family: int) -> None:
    shares = {"unknown": 0.25, "access": 0.5, "mobile": 0.15, "hosting": 0.1}
    pools = max(2_000 // asns, 40)
    network = hosts(cast_for(shares, pools, asns, family=family), pools, 400)
    kinds = np.bincount(world().space(family).kind[network].ravel(), minlength=len(KINDS))
    found = kinds / kinds.sum()
    tolerance = 0.05 if asns < 40 else 0.02
    assert np.abs(found - mixture(shares)).max() < tolerance


def test_kinds_have_their_shares_in_each_large_pool() -> None:
    shares = {"access": 0.6, "unknown": 0.4}
    network = hosts(cast_for(shares, 30, 100), 30, 5_000)
    access = (world().ipv4.kind[network] == KINDS.index("access")).mean(axis=1)
    assert np.abs(access - 0.6).max() < 0.03


@pytest.mark.parametrize("asns", [1, 2, 7, 60, 300])
def test_a_pool_has_the_networks_asked_for(asns: int) -> None:
    network = hosts(cast_for({"access": 0.8, "unknown": 0.2}, 20, asns, zipf=0.5), 20, 30_000)
    found = [len(np.unique(row)) for row in network]
    assert max(found) <= asns
    assert np.mean(found) >= 0.9 * asns


def test_networks_are_popular_by_the_law_of_zipf() -> None:
    network = hosts(cast_for({"access": 1.0}, 50, 40, zipf=1.0), 50, 20_000)
    counts = np.array(
        [np.sort(np.bincount(np.unique(r, return_inverse=True)[1]))[::-1][:5] for r in network]
    )
    law = 1 / np.arange(1, 41)
    assert (counts.mean(axis=0) / 20_000).tolist() == pytest.approx(
        (law / law.sum())[:5].tolist(), rel=0.12
    )


def test_pools_differ_in_their_networks() -> None:
    network = hosts(cast_for({"access": 1.0}, 2, 30), 2, 5_000)
    assert len(np.intersect1d(network[0], network[1])) < 8


def test_regional_pools_stay_in_their_countries() -> None:
    codes = np.array([country_code("RO"), country_code("BG"), 0])
    network = hosts(cast_for({"access": 0.8, "unknown": 0.2}, 5, 12, countries=codes), 5, 500)
    assert set(world().ipv4.country[network].ravel().tolist()) == set(codes[:2].tolist())


def test_no_pools_have_no_networks() -> None:
    assert len(cast_for({"access": 1.0}, 0, 3).networks) == 0


def test_larger_networks_tend_to_be_more_popular() -> None:
    found = cast_for({"access": 1.0}, 200, 10)
    size = np.log(world().ipv4.size)
    usual = np.median(size[hosts(found, 200, 40)], axis=1)
    first = size[found.networks[found.base]]
    assert first.mean() > size[world().ipv4.members].mean()
    assert (first >= usual).mean() > 0.5
