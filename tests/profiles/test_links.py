from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.profiles import links
from fluxhound.profiles.links import (
    COMMON_SERVED,
    COUPLE_UNITS,
    HUB_DOMAINS,
    SERVED_DOMAINS,
    connected,
    grouped,
    qualified,
)
from tests.profiles.building import Row, profiles, row

POOL = [f"80.{i % 6}.{i}.{j}" for j in range(1, 4) for i in range(60)]

Links = list[tuple[int, int, int]]

graphs = st.integers(1, 24).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.integers(2, 40)),
            max_size=60,
        ),
    )
)


def ends(pairs: Links) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def plainly_connected(count: int, pairs: Links) -> list[int]:
    labels = list(range(count))
    for one, other, _ in pairs:
        low, high = sorted((labels[one], labels[other]))
        labels = [low if label == high else label for label in labels]
    return labels


@given(graphs)
def test_connected_nodes_have_the_smallest_of_them(graph: tuple[int, Links]) -> None:
    count, pairs = graph
    left, right, _ = ends(pairs)
    assert connected(count, left, right).tolist() == plainly_connected(count, pairs)


@given(graphs, st.randoms())
def test_the_order_of_links_does_not_matter(graph: tuple[int, Links], random: object) -> None:
    count, pairs = graph
    turned = [(b, a, n) for a, b, n in reversed(pairs)]
    for most in (2, 5, 100):
        assert np.array_equal(
            grouped(count, *ends(pairs), most), grouped(count, *ends(turned), most)
        )


@given(graphs, st.integers(1, 8))
def test_no_group_is_too_large(graph: tuple[int, Links], most: int) -> None:
    count, pairs = graph
    labels = grouped(count, *ends(pairs), most)
    assert np.bincount(labels).max() <= most
    whole = plainly_connected(count, pairs)
    assert all(whole[i] == whole[label] for i, label in enumerate(labels))


def test_a_long_chain_is_followed_in_few_steps() -> None:
    nodes = np.random.default_rng(5).permutation(50_000)
    assert not connected(len(nodes), nodes[:-1], nodes[1:]).any()


def test_a_large_group_falls_apart_at_its_weak_links() -> None:
    pairs = [(0, 1, 9), (1, 2, 9), (2, 3, 3), (3, 4, 9), (4, 5, 9)]
    assert grouped(6, *ends(pairs), 3).tolist() == [0, 0, 0, 3, 3, 3]
    assert grouped(6, *ends(pairs), 6).tolist() == [0] * 6
    assert grouped(6, *ends(pairs), 2).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("common", "alias", "asked", "is_network"),
    [
        (COUPLE_UNITS, False, True, True),
        (COUPLE_UNITS - 1, False, True, False),
        (COUPLE_UNITS, True, True, False),
        (COUPLE_UNITS, False, False, False),
    ],
)
def test_two_domains_are_a_network_when_close(
    common: int, alias: bool, asked: bool, is_network: bool
) -> None:
    left, right, shared = ends([(0, 1, common)])
    found = qualified(
        np.zeros(2, dtype=np.int64),
        left,
        right,
        shared,
        aliases=np.array([alias]),
        asked=np.array([True, asked]),
    )
    assert found.tolist() == [is_network] * 2


def shown(name: str, addresses: list[str], start: float = 0) -> list[Row]:
    return [row(start + i * 60, a, name=name) for i, a in enumerate(addresses)]


def networks(rows: list[Row], **given: object) -> dict[str, set[str]]:
    """Return the names of each network's members."""
    found = profiles(rows, wide=False, **given)
    names = {p["entity"]: name for (kind, name), p in found.items() if kind == "network"}
    members: dict[str, set[str]] = {name: set() for name in names.values()}
    for (kind, name), p in found.items():
        if kind != "network" and p["network"] is not None:
            members[names[p["network"]]].add(name)
    return members


@pytest.mark.parametrize(("common", "linked"), [(3, True), (2, False)])
def test_three_addresses_in_common_link_domains(common: int, linked: bool) -> None:
    rows = [
        r
        for i, name in enumerate(("a.one.com", "b.two.com", "c.three.com"))
        for r in shown(name, POOL[i * (8 - common) : i * (8 - common) + 8])
    ]
    expected = [{"a.one.com", "b.two.com", "c.three.com"}] if linked else []
    assert list(networks(rows).values()) == expected


def test_half_of_few_addresses_link_as_well() -> None:
    rows = [r for i in range(3) for r in shown(f"a.site{i}.com", POOL[i * 2 : i * 2 + 4])]
    assert [len(names) for names in networks(rows).values()] == [3]


def test_names_of_one_domain_are_no_network() -> None:
    rows = [r for i in range(4) for r in shown(f"a{i}.one.com", POOL[:9])]
    assert networks(rows) == {}


def test_a_name_and_its_alias_are_no_network() -> None:
    rows = [row(i * 60, f"edge.pool.net,{a}", name="www.one.com") for i, a in enumerate(POOL[:9])]
    assert networks(rows) == {}


def test_a_unit_of_very_many_domains_links_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert HUB_DOMAINS > 300
    rows = [r for i in range(6) for r in shown(f"a.site{i}.com", POOL[:9])]
    assert len(networks(rows)) == 1
    query = links._LINKS.replace(f"domains > {HUB_DOMAINS}", "domains > 5")
    monkeypatch.setattr(links, "_LINKS", query)
    assert networks(rows) == {}


def test_a_pool_of_hundreds_hangs_together() -> None:
    rng = np.random.default_rng(2)
    rows = []
    for i in range(300):
        picked = rng.choice(len(POOL), 24, replace=False)
        rows += shown(f"a.site{i}.com", [POOL[j] for j in picked])
    (names,) = networks(rows).values()
    assert len(names) == 300


def served(sites: int, hosts: int) -> list[Row]:
    """Return three changing domains, and *sites* others, on the same *hosts* name servers."""
    names = ",".join(f"ns{j}.host.net" for j in range(hosts))
    rows = [row(0, f"82.{j}.0.53", name=f"ns{j}.host.net") for j in range(hosts)]
    for i in range(3):
        rows += shown(f"a.site{i}.com", [f"81.{i}.{j}.1" for j in range(9)])
        rows.append(row(0, names, name=f"site{i}.com"))
    return rows + [row(0, names, name=f"other{i}.com") for i in range(sites)]


def test_many_name_servers_of_few_domains_link_them() -> None:
    (names,) = networks(served(0, COMMON_SERVED)).values()
    assert names == {f"{label}site{i}.com" for i in range(3) for label in ("", "a.")}


@pytest.mark.parametrize(("sites", "hosts"), [(0, COMMON_SERVED - 1), (SERVED_DOMAINS, 12)])
def test_name_servers_of_a_provider_link_nobody(sites: int, hosts: int) -> None:
    assert networks(served(sites, hosts)) == {}


def test_private_addresses_link_nothing() -> None:
    rows = [r for i in range(3) for r in shown(f"a.site{i}.com", [f"10.0.{j}.1" for j in range(9)])]
    assert networks(rows) == {}
