from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment.kinds import KINDS
from fluxhound.enrichment.tables import country_letters
from fluxhound.lab import dice
from fluxhound.lab.world import hosts4, mixture
from tests.lab.worlds import draws, known, world

WORDS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_text_of_ipv4_reads_back(addresses: list[int]) -> None:
    texts = world().texts(np.array(addresses, dtype=np.uint32))
    assert texts.to_pylist() == [str(IPv4Address(address)) for address in addresses]


@given(WORDS, st.sampled_from([1, 0xFFFF, 0x10000, 2**64 - 1]))
def test_text_of_ipv6_reads_back(units: list[int], bound: int) -> None:
    upper = np.array(units, dtype=np.uint64)
    lower = upper[::-1] % np.uint64(bound)
    texts = world().texts6(upper, lower).to_pylist()
    assert [int(IPv6Address(text)) for text in texts] == [
        (int(high) << 64) + int(low) for high, low in zip(upper, lower, strict=True)
    ]


def test_a_mixture_is_in_the_order_of_the_kinds() -> None:
    row = mixture({"access": 3, "unknown": 1})
    assert dict(zip(KINDS, row.tolist(), strict=True))["access"] == 0.75
    assert row.sum() == 1


@pytest.mark.parametrize("shares", [{}, {"access": 0}, {"access": -1, "cdn": 3}, {"acces": 1}])
def test_what_is_no_mixture_is_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"acces|0 or more"):
        mixture(shares)


def test_hosts_are_never_the_first_or_last_of_a_subnet() -> None:
    low = np.full(5_000, 0xC00002, dtype=np.uint64)
    octets = hosts4(low, low * np.uint64(0) + np.uint64(1), dice.mix(draws(5_000))) & np.uint32(255)
    assert set(octets.tolist()) == set(range(1, 255))


def test_private_decoys_are_not_routable() -> None:
    texts = world().texts(world().decoys(dice.mix(draws(500)), "private"))
    assert not any(known(texts)["routable"].to_pylist())
    assert all(IPv4Address(text).is_private for text in texts.to_pylist())


@pytest.mark.parametrize(
    ("sort", "kinds"), [("popular", {"cdn", "cloud"}), ("rented", {"hosting", "cloud"})]
)
def test_other_decoys_are_of_their_kinds(sort: str, kinds: set[str]) -> None:
    facts = known(world().texts(world().decoys(dice.mix(draws(3_000)), sort)))
    assert set(facts["kind"].to_pylist()) == kinds
    assert all(facts["routable"].to_pylist())


def test_popular_decoys_are_the_same_for_everybody() -> None:
    first, second = (world().decoys(dice.mix(seed, draws(50_000)), "popular") for seed in (1, 2))
    assert set(first.tolist()) == set(second.tolist())
    assert len(set(first.tolist())) > 1_500


def test_an_unknown_sort_of_decoys_is_refused() -> None:
    with pytest.raises(ValueError, match="private, popular, rented"):
        world().decoys(dice.mix(draws(1)), "cheap")


def test_countries_of_regional_pools() -> None:
    found = world().countries(dice.mix(draws(2_000)), 1 + dice.below(dice.mix(draws(2_000)), 3))
    assert found.shape == (2_000, 3)
    assert (found[:, 0] > 0).all()
    given = np.count_nonzero(found, axis=1)
    assert set(given.tolist()) == {1, 2, 3}
    assert {"US", "BR", "RU"} <= {country_letters(code) for code in found[:, 0]}


def test_all_addresses_of_no_hash_are_none() -> None:
    nothing = draws(0)
    assert len(world().texts(world().decoys(nothing, "rented"))) == 0
    assert len(world().texts6(nothing, nothing)) == 0
