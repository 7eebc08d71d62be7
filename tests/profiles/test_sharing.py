from __future__ import annotations

import numpy as np
import pytest

from fluxhound.profiles.sharing import COMMON_UNITS, HUB_DOMAINS
from tests.profiles.building import Row, profile, profiles, row

POOL = [f"80.{i % 6}.{i}.7" for i in range(40)]


def shown(name: str, addresses: list[str], start: float = 0) -> list[Row]:
    return [row(start + i * 60, a, name=name) for i, a in enumerate(addresses)]


@pytest.mark.parametrize(("common", "linked"), [(COMMON_UNITS, 1), (COMMON_UNITS - 1, 0)])
def test_a_pool_is_shared_from_three_addresses_on(common: int, linked: int) -> None:
    rows = shown("a.one.com", POOL[:10]) + shown("b.two.com", POOL[10 - common : 20 - common])
    found = profiles(rows)
    assert found["name", "a.one.com"]["pool_domains"] == linked
    assert found["name", "b.two.com"]["pool_domains"] == linked


def test_names_of_one_domain_are_not_another_domain() -> None:
    rows = shown("a.one.com", POOL[:10]) + shown("b.one.com", POOL[:10])
    assert profiles(rows)["name", "a.one.com"]["pool_domains"] == 0


def test_a_hub_links_nothing() -> None:
    names = [f"a.hub{i}.com" for i in range(HUB_DOMAINS + 1)]
    rows = [r for name in names for r in shown(name, POOL[:8])]
    p = profiles(rows)["name", names[0]]
    assert (p["pool_domains"], p["domains_per_address"]) == (0, HUB_DOMAINS + 1)


def labels(*, shared: bool) -> list[Row]:
    """Return twelve names below one domain with three addresses each, shared or their own."""
    rows = []
    for i in range(12):
        own = [POOL[(i + k) % 12] if shared else f"81.{k}.{i}.9" for k in range(3)]
        rows += shown(f"x{i}.wild.com", own, start=i * 500)
    return rows


def test_reused_addresses_tell_a_wildcard_from_customers() -> None:
    wild = profiles(labels(shared=True))["registered-domain", "wild.com"]
    assert (wild["reused_share"], wild["names"]) == (1, 12)
    own = profiles(labels(shared=False))["registered-domain", "wild.com"]
    assert (own["reused_share"], own["names"], own["fixed_names"]) == (0, 12, 0)


def test_names_have_a_life() -> None:
    p = profiles(labels(shared=True))["registered-domain", "wild.com"]
    assert p["name_life_s"] == 120
    assert profile(labels(shared=True), "x1.wild.com")["name_life_s"] is None


def test_shares_against_a_plain_count() -> None:
    rng = np.random.default_rng(4)
    rows, owners = [], dict[str, set[str]]()
    for i in range(300):
        name = f"x{rng.integers(20)}.wild.com"
        address = str(rng.choice(POOL))
        owners.setdefault(address, set()).add(name)
        rows.append(row(i * 30.0, address, name=name))
    p = profiles(rows)["registered-domain", "wild.com"]
    assert p["reused_share"] == pytest.approx(
        sum(len(names) >= 2 for names in owners.values()) / len(owners)
    )
    assert p["units"] == len(owners)


def test_clients_are_counted_once() -> None:
    rows = [r | {"client": f"10.0.0.{i % 3}"} for i, r in enumerate(shown("a.one.com", POOL[:12]))]
    assert profile(rows, "a.one.com")["clients"] == 3
    assert profile([r | {"client": None} for r in rows], "a.one.com")["clients"] is None


def test_chains_belong_to_every_name_of_theirs() -> None:
    rows = [
        row(i * 60, f"edge.cdn.net,{a}", name=f"www{i % 2}.shop.com")
        for i, a in enumerate(POOL[:16])
    ]
    found = profiles(rows)
    edge = found["name", "edge.cdn.net"]
    assert (edge["asked_names"], edge["chained_share"], edge["addresses"]) == (2, 1, 16)
    assert found["name", "www0.shop.com"]["addresses"] == 8
