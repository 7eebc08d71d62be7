from __future__ import annotations

import ipaddress

import numpy as np
import pytest

from tests.scenarios.addresses import KINDS, MIXTURES, addresses_by_kind, asn_of, networks


@pytest.mark.parametrize("kind", [*KINDS, *MIXTURES])
def test_addresses_are_distinct_public_and_always_the_same(kind: str) -> None:
    drawn = addresses_by_kind(kind, 500, np.random.default_rng(7))
    assert drawn == addresses_by_kind(kind, 500, np.random.default_rng(7))
    assert drawn != addresses_by_kind(kind, 500, np.random.default_rng(8))
    assert len(set(drawn)) == 500
    assert all(ipaddress.IPv4Address(a).is_global and asn_of(a) for a in drawn)


def test_networks_can_be_chosen() -> None:
    rng = np.random.default_rng(1)
    assert len({asn_of(a) for a in addresses_by_kind("access", 2_000, rng, asns=12)}) == 12
    amazon = addresses_by_kind("cloud", 100, rng, among=(16509, 14618))
    assert {asn_of(a) for a in amazon} == {16509, 14618}
    germany = addresses_by_kind("access", 300, rng, countries=("DE",))
    assert {asn_of(a) for a in germany} <= {w.asn for w in networks("access") if w.country == "DE"}


def test_ipv6_has_networks_of_its_own() -> None:
    drawn = addresses_by_kind("access", 200, np.random.default_rng(1), family=6)
    assert all(ipaddress.ip_address(a).version == 6 and asn_of(a) for a in drawn)
    assert len({ipaddress.IPv6Address(a).exploded[:19] for a in drawn}) > 190  # /64 prefixes


@pytest.mark.parametrize(
    "wrong", [{"countries": ("AQ",)}, {"among": (4_200_000_000,)}, {"kind": "volcano"}]
)
def test_no_such_network(wrong: dict[str, object]) -> None:
    given = {"kind": "access", "n": 1, "rng": np.random.default_rng(1)} | wrong
    with pytest.raises(ValueError, match=r"no .* network"):
        addresses_by_kind(**given)  # type: ignore[arg-type]


def test_more_addresses_than_a_network_has() -> None:
    with pytest.raises(ValueError, match="too many"):
        addresses_by_kind("hosting", 5_000, np.random.default_rng(1), among=(201094,))


def test_prefixes_are_facts_of_one_network_each() -> None:
    rows = [*networks("all"), *networks("all", family=6)]
    assert len(rows) > 300
    assert all(row.asn > 0 and len(row.country) == 2 and row.holder for row in rows)
    assert asn_of("192.0.2.1") == 0
