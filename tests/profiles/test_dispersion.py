from __future__ import annotations

import math
from collections import Counter
from statistics import mean, median

import numpy as np
import pytest

from tests.profiles import plain
from tests.profiles.building import KINDS, Row, address, facts, profile, profiles, row


def spread(addresses: list[str]) -> list[Row]:
    """Show the addresses two at a time."""
    return [row(i * 60, ",".join(addresses[i : i + 2])) for i in range(0, len(addresses), 2)]


@pytest.mark.parametrize("count", [2, 8, 64])
def test_entropies_have_closed_forms(count: int) -> None:
    p = profile(spread([f"{100 + i // 50}.{i % 50}.0.1" for i in range(count)]))
    assert p["prefixes"] == count
    assert p["entropy_prefix"] == pytest.approx(math.log2(count))
    assert p["prefix_spread"] == pytest.approx(1.0)


def test_one_network_has_no_entropy() -> None:
    p = profile(spread([f"80.0.0.{i}" for i in range(1, 17)]))
    assert (p["prefixes"], p["subnets"], p["asns"], p["operators"]) == (1, 1, 1, 1)
    assert (p["prefix_spread"], p["asn_spread"], p["effective_operators"]) == (0, 0, 1)


def test_two_numbers_of_one_operator_are_one() -> None:
    p = profile(spread([f"83.{i % 2}.0.{i + 1}" for i in range(8)]))
    assert (p["asns"], p["operators"], p["effective_operators"]) == (2, 1, 1)


def test_measures_are_what_their_definitions_say() -> None:
    rows, drawn = [], {}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        name = f"n{seed}.example{seed}.com"
        pool = {address(rng) for _ in range(rng.integers(3, 60))}
        pool |= {f"10.0.0.{i}" for i in range(1, rng.integers(1, 5))}  # decoys
        drawn[name] = sorted(pool)
        rows += [row(float(i), a, name=name) for i, a in enumerate(drawn[name])]
    found = profiles(rows)
    for name, pool_ in drawn.items():
        p, known = found["name", name], facts(plain_array(pool_)).to_pylist()
        public = [k for k in known if k["routable"]]
        networks = [k["asn"] for k in known if k["asn"]]
        bits = math.log2(len(known))
        assert p["units"] == p["addresses"] == len(known)
        assert p["prefix_spread"] == pytest.approx(plain.entropy(k["prefix"] for k in known) / bits)
        assert p["asn_spread"] == pytest.approx(plain.entropy(networks) / bits)
        operators = [k["operator"] for k in known if k["asn"]]
        assert p["effective_operators"] == pytest.approx(2 ** plain.entropy(operators))
        assert p["asns_per_address"] == pytest.approx(len(set(networks)) / len(known))
        assert p["countries"] == len({k["country"] for k in known if k["country"]})
        shares = Counter(k["kind"] for k in public)
        for measure, kinds in {
            "eyeball_share": ("access", "mobile"),
            "hosting_share": ("hosting", "cloud"),
            "cdn_share": ("cdn",),
            "education_share": ("education", "government"),
            "unknown_share": ("unknown",),
        }.items():
            expected = sum(shares[kind] for kind in kinds) / len(public)
            assert p[measure] == pytest.approx(expected), measure
        assert p["unroutable_share"] == pytest.approx(mean(not k["routable"] for k in known))
        assert p["asn_coverage"] == pytest.approx(mean(k["asn"] > 0 for k in public))


def plain_array(texts: list[str]) -> list[str]:
    return texts


def test_shares_are_of_addresses_that_can_be_routed() -> None:
    """Decoys from private networks thin out nothing."""
    bots = [f"80.{i % 6}.0.{i + 1}" for i in range(20)]
    decoys = [f"10.1.{i}.1" for i in range(20)]
    p = profile(spread([a for pair in zip(bots, decoys, strict=True) for a in pair]))
    assert (p["eyeball_share"], p["asn_coverage"], p["unroutable_share"]) == (1, 1, 0.5)


def test_ipv6_counts_by_its_64() -> None:
    """One line may show a new address of its /64 each day, and is one line."""
    hosts = [f"2a50:db8:{i % 3}:{i % 2}::{i + 1:x}" for i in range(36)]
    p = profile([row(i * 60, a) for i, a in enumerate(hosts)])
    assert (p["addresses"], p["ipv4"], p["ipv6"]) == (36, 0, 36)
    assert (p["units"], p["subnets"], p["prefixes"]) == (6, 6, 1)
    assert p["new_rate"] == pytest.approx(5 / 19)


def test_residence_is_from_first_to_last() -> None:
    times = {"80.0.0.1": (0, 600), "80.0.0.2": (60, 160), "80.0.0.3": (200, 250)}
    rows = [row(t, a) for a, both in times.items() for t in both]
    assert profile(rows)["residence_s"] == median(b - a for a, b in times.values())


def test_every_kind_is_drawn() -> None:
    assert set(KINDS.values()) >= {"access", "mobile", "hosting", "cloud", "cdn", "education"}
