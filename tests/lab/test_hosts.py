from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fluxhound.enrichment.tables import country_code
from fluxhound.lab.dice import Reals
from fluxhound.lab.hosts import BY_HOUR
from fluxhound.lab.pools import PoolPlan, Pools
from fluxhound.lab.world import IPv4, mixture
from tests.lab.worlds import known, numbers, pools, times, world

DAY = 86_400.0
HOUR = 3_600.0
SLOTS = np.arange(20_000)
POOL = numbers(0)


def prefixes(addresses: IPv4) -> IPv4:
    return addresses >> np.uint32(16)


def share_up(found: Pools, hours: Reals) -> Reals:
    up = found.up(POOL, SLOTS[:, None], hours[None, :] * HOUR)
    share: Reals = up.mean(axis=0)
    return share


def in_country(letters: str, **parameters: Any) -> Pools:
    codes = np.array([country_code(letters), 0, 0])
    return pools(live=20_000, asns=10, countries=codes, **parameters)


@pytest.mark.parametrize(("country", "hours"), [("JP", 9.0), ("AR", -3.0), ("GB", 0.0)])
def test_hosts_of_the_day_follow_their_local_clock(country: str, hours: float) -> None:
    clock = np.arange(24.0) + 0.5
    expected = BY_HOUR[((clock + hours) % 24).astype(np.int64)]
    found = share_up(in_country(country, diurnal=1.0), clock)
    assert np.abs(found - expected).max() < 0.02


def test_hosts_go_up_and_down_once_a_day() -> None:
    found = in_country("GB", diurnal=1.0)
    hours = np.arange(3.5, 27.5)
    up = found.up(POOL, SLOTS[:500, None], hours[None, :] * HOUR).astype(np.int8)
    assert np.abs(np.diff(up, axis=1)).sum(axis=1).max() <= 2


@pytest.mark.parametrize("steady", [0.5, 0.9])
def test_other_hosts_are_up_at_any_hour(steady: float) -> None:
    found = share_up(pools(live=20_000, asns=50, steady=steady), np.arange(0.0, 48.0, 5.0))
    assert np.abs(found - steady).max() < 0.02


def test_a_part_of_the_hosts_follows_the_day() -> None:
    found = share_up(in_country("GB", diurnal=0.5, steady=0.9), times(3.5, 15.5))
    assert found.tolist() == pytest.approx([0.475, (BY_HOUR[15] + 0.9) / 2], abs=0.02)


def test_servers_that_never_fail_are_always_up() -> None:
    assert pools(steady=1.0).up(POOL, SLOTS[:500], times(5.0)).all()


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_share_of_the_hosts_changes_its_address_every_day(share: float) -> None:
    found = pools(live=20_000, asns=30, reassign=share)
    days = [found.address(POOL, SLOTS, times(day * DAY)) for day in (100.3, 101.3, 104.3)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert float((days[one] != days[other]).mean()) == pytest.approx(share, abs=0.02)


def test_a_lease_lasts_24_hours() -> None:
    found = pools(live=200, reassign=1.0, asns=30)
    clock = np.arange(0, 96.0, 0.5) * HOUR
    changed = np.diff(found.address(POOL, SLOTS[:200, None], clock[None, :]).astype(np.int64)) != 0
    gaps = [np.diff(np.flatnonzero(row)) for row in changed]
    assert set(np.concatenate(gaps).tolist()) == {48}


def test_half_of_the_changes_leave_the_prefix_but_not_the_network() -> None:
    found, rows = pools(60, reassign=1.0, asns=1), np.arange(60)[:, None]
    first, second = (found.address(rows, SLOTS[:500], times(day * DAY)) for day in (10.4, 11.4))
    large = np.array([len(np.unique(row)) > 15 for row in prefixes(first)])
    left = (prefixes(first) != prefixes(second)).mean(axis=1)
    assert 0.42 < left[large].mean() < 0.51
    assert left.max() < 0.57
    for one, other in zip(first[:20], second[:20], strict=True):
        facts = known(world().texts(np.concatenate([one[:20], other[:20]])))
        assert len(set(facts["asn"].to_pylist())) == 1


def test_hosts_of_one_network_are_in_20_to_60_prefixes_if_it_has_them() -> None:
    plan = PoolPlan.of(np.arange(300), live=400, asns=1)
    found = Pools(plan, world(), 1).address(np.arange(300)[:, None], SLOTS[:400], times(0.0))
    count = np.array([len(np.unique(row)) for row in prefixes(found)])
    assert count.max() <= 60
    assert (count >= 15).mean() > 0.2


@pytest.mark.parametrize("lans", [1, 4])
def test_lans_bound_the_subnets_of_all_hosts(lans: int) -> None:
    kinds = mixture({"hosting": 1.0})
    found = Pools(PoolPlan.of(np.arange(40), live=200, kinds=kinds, lans=lans), world(), 1)
    addresses = found.address(np.arange(40)[:, None], SLOTS[:200], times(0.0))
    counts = [len(np.unique(row >> np.uint32(8))) for row in addresses]
    assert max(counts) <= lans
    assert np.mean(counts) > lans * 0.8


def test_addresses_are_routable_hosts() -> None:
    found = pools(50, live=100, asns=50).address(np.arange(50)[:, None], SLOTS[:100], times(0.0))
    assert set((found & np.uint32(255)).ravel().tolist()) <= set(range(1, 255))
    assert all(known(world().texts(found.ravel()))["routable"].to_pylist())


def test_lines_of_ipv6_differ_from_servers_in_their_interface_identifiers() -> None:
    kinds = np.stack([mixture({"access": 1.0}), mixture({"hosting": 1.0})])
    found = Pools(PoolPlan.of(np.arange(2), live=500, kinds=kinds, family=6), world(), 1)
    units, low = found.address6(np.arange(2)[:, None], SLOTS[:500], times(0.0))
    assert (low[0] > 2**40).mean() > 0.99
    assert (low[1] < 2**16).all()
    facts = known(world().texts6(units.ravel(), low.ravel()))
    assert facts["kind"].to_pylist() == ["access"] * 500 + ["hosting"] * 500
    assert all(facts["routable"].to_pylist())
