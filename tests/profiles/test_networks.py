from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.profiles.networks import DOMAIN_THIN, MOST_THIN
from tests.profiles.building import Row, profiles, row

POOL = [f"80.{i % 6}.{i}.7" for i in range(60)]
DOMAINS = ("a.one.com", "b.two.com", "c.three.com")

Found = dict[tuple[str, str], dict[str, Any]]


def shown(name: str, addresses: list[str], start: float = 0) -> list[Row]:
    return [row(start + i * 60, a, name=name) for i, a in enumerate(addresses)]


def pool_rows() -> list[Row]:
    """Return three domains on addresses 0 to 17 of the pool, each with ten of them."""
    return [r for i, name in enumerate(DOMAINS) for r in shown(name, POOL[i * 4 : i * 4 + 10])]


def network_of(found: Found) -> tuple[str, dict[str, Any]]:
    ((name, p),) = ((name, p) for (kind, name), p in found.items() if kind == "network")
    return name, p


def members(found: Found) -> set[str]:
    number = network_of(found)[1]["entity"]
    return {name for (_, name), p in found.items() if p["network"] == number}


def test_domains_on_one_pool_are_a_network() -> None:
    found = profiles(pool_rows(), wide=False)
    name, p = network_of(found)
    assert members(found) == set(DOMAINS)
    assert name.startswith("network-")
    assert len(name) == len("network-") + 8
    assert (p["units"], p["names"], p["answers"]) == (18, 3, 30)
    assert (p["network_domains"], p["network_units"], p["network"]) == (3, 18, None)
    assert (p["registered_domain"], p["pool_domains"]) == ("", None)


def test_a_network_is_no_other_domain() -> None:
    found = profiles(pool_rows(), wide=False)
    assert found["name", "b.two.com"]["pool_domains"] == 2


@pytest.mark.parametrize(
    ("addresses", "is_member"),
    [
        (POOL[8:9], True),  # three domains showed it
        (POOL[0:1], False),  # one domain showed it
        (POOL[0:2], True),  # two addresses of the network
        ([POOL[8], "82.0.0.9"], False),  # not all of its addresses
        (["82.0.0.9"], False),
    ],
)
def test_a_new_name_on_a_known_pool_is_profiled(addresses: list[str], is_member: bool) -> None:
    found = profiles(pool_rows() + shown("new.four.com", addresses), wide=False)
    assert (("name", "new.four.com") in found) is is_member
    if is_member:
        p = found["name", "new.four.com"]
        assert (p["network_domains"], p["network_share"]) == (3, 1)
        assert network_of(found)[1]["network_domains"] == 4


def test_a_thin_name_of_a_member_domain_has_the_domain() -> None:
    found = profiles(pool_rows() + shown("new.one.com", POOL[8:9]), wide=False)
    assert ("name", "new.one.com") not in found
    assert network_of(found)[1]["names"] == 4


def test_looking_at_thin_names_changes_no_other_profile() -> None:
    before = profiles(pool_rows(), wide=False)
    after = profiles(pool_rows() + shown("new.four.com", POOL[8:9]), wide=False)
    for name in DOMAINS:
        old, new = before["name", name], after["name", name]
        assert {k for k in old if old[k] != new[k]} <= {
            "network", "network_domains", "network_support",
        }  # fmt: skip


def test_thin_names_are_bounded_and_chosen_without_regard_to_order() -> None:
    rows = pool_rows()
    for i in range(MOST_THIN + 40):
        at = i % 16
        rows += shown(f"t{i}.new{i}.com", POOL[at : at + 2])
    rows += [r for i in range(9) for r in shown(f"t{i}.many.com", POOL[8:10])]
    found = profiles(rows, wide=False)
    thin = {name for kind, name in found if kind == "name"} - set(DOMAINS)
    assert len(thin) == MOST_THIN
    assert sum(name.endswith(".many.com") for name in thin) <= DOMAIN_THIN
    again = profiles(rows[::-1], wide=False)
    assert {name for kind, name in again if kind == "name"} == thin | set(DOMAINS)


def test_a_shared_host_in_a_pool_promotes_nobody() -> None:
    """The strangers on it are customers: the other addresses of the pool have none."""
    rows = pool_rows()
    rows += [r for i in range(100) for r in shown(f"www.customer{i}.com", [POOL[8]])]
    rows += shown("new.four.com", [POOL[9]])
    found = profiles(rows, wide=False)
    assert {name for kind, name in found if kind == "name"} == {*DOMAINS, "new.four.com"}


def test_ipv6_addresses_of_one_host_are_one() -> None:
    def hosts(first: int, count: int, low: str) -> list[str]:
        return [f"2a00:{i % 3}:80:{i:x}::{low}" for i in range(first, first + count)]

    rows = [r for i, n in enumerate(DOMAINS) for r in shown(n, hosts(i * 4, 10, f"{i + 1}"))]
    rows += shown("new.four.com", hosts(8, 1, "abcd:1"))
    found = profiles(rows, wide=False)
    assert members(found) == {*DOMAINS, "new.four.com"}
    assert network_of(found)[1]["units"] == 18


def test_a_candidate_that_shares_with_the_whole_joins() -> None:
    """It shares no three addresses with any one domain, but four with the network."""
    rows = pool_rows()
    own = [f"81.0.{i}.1" for i in range(5)]
    rows += shown("d.four.com", [POOL[0], POOL[1], POOL[16], POOL[17], *own])
    found = profiles(rows, wide=False)
    assert members(found) == {*DOMAINS, "d.four.com"}
    assert found["name", "d.four.com"]["network_share"] == pytest.approx(4 / 9)


def test_what_the_screen_refused_forms_nothing() -> None:
    found = profiles(pool_rows(), wide=False, screen=lambda m: np.zeros(m.num_rows, dtype=bool))
    assert found == {}


drawn = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 14), st.integers(0, 5)), min_size=20, max_size=120
)


@given(drawn, st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_networks_do_not_depend_on_the_order_of_rows(
    picks: list[tuple[int, int, int]], random: Any
) -> None:
    rows = [
        row(i * 40.0, POOL[(place + 5 * (site % 2)) % 60], name=f"n{label % 2}.site{site}.com")
        for i, (site, place, label) in enumerate(picks)
    ]
    first = profiles(rows, wide=False)
    random.shuffle(rows)
    assert profiles(rows, wide=False) == first
    for p in first.values():
        if p["network"] is not None:
            assert 0 <= p["network_share"] <= 1
            assert p["network_domains"] >= 1
