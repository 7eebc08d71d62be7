from __future__ import annotations

import numpy as np
import pytest

from fluxhound.enrichment.addresses import Keys
from fluxhound.enrichment.kinds import KINDS
from fluxhound.enrichment.special import routable
from fluxhound.enrichment.tables import country_code
from fluxhound.lab import dice
from fluxhound.lab.space import Space
from tests.lab.worlds import draws, known, numbers, world

FAMILIES = pytest.mark.parametrize("family", [4, 6])


def drawn(space: Space, kind: str, country: str = "", count: int = 3_000) -> tuple[dice.Ints, ...]:
    """Return networks of a kind and stretches of them."""
    h = dice.mix(draws(count))
    kinds = np.full(count, KINDS.index(kind))
    codes = np.full(count, country_code(country))
    network = space.network(space.group(kinds, codes), dice.unit(h))
    return network, space.stretch(network, dice.mix(h, 1))


@FAMILIES
def test_stretches_are_disjoint(family: int) -> None:
    space = world().space(family)
    order = np.argsort(space.first)
    first, last = space.first[order], space.last[order]
    assert (first <= last).all()
    assert (first[1:] > last[:-1]).all()


@FAMILIES
def test_all_space_is_routable(family: int) -> None:
    space = world().space(family)
    for edge in (space.first, space.last):
        wide = edge.astype(np.uint64)
        host = wide << np.uint64(8) if family == 4 else wide * np.uint64(0)
        is4 = np.full(len(edge), family == 4)
        keys = Keys([], np.full(len(edge), family, dtype=np.int8), wide, host, host, is4)
        assert routable(keys).all()


@FAMILIES
@pytest.mark.parametrize("kind", [str(kind) for kind in KINDS])
def test_kinds_are_those_of_the_tables(family: int, kind: str) -> None:
    space = world().space(family)
    network, stretch = drawn(space, kind)
    units, _ = space.block(stretch, dice.mix(draws(len(stretch))))
    texts = (
        world().texts((units << np.uint64(8) | np.uint64(1)).astype(np.uint32))
        if family == 4
        else world().texts6(units, units * np.uint64(0) + np.uint64(1))
    )
    facts = known(texts)
    assert set(facts["kind"].to_pylist()) == {kind}
    assert facts["asn"].to_numpy().tolist() == space.asn[network].tolist()


def test_a_group_of_a_country_stays_in_it() -> None:
    space = world().ipv4
    network, stretch = drawn(space, "access", "RO")
    assert set(space.country[network].tolist()) == {country_code("RO")}
    assert set(space.hours[stretch].tolist()) == {2.0}


def test_a_kind_that_a_country_lacks_is_drawn_from_anywhere() -> None:
    space = world().ipv4
    kind = numbers(KINDS.index("cdn"))
    assert space.group(kind, numbers(country_code("AQ"))) == space.group(kind, numbers(0))


@FAMILIES
def test_blocks_lie_within_their_stretch(family: int) -> None:
    space = world().space(family)
    stretch = dice.below(dice.mix(draws(20_000)), len(space.first))
    low, size = space.block(stretch, dice.mix(draws(20_000, 5)))
    high = low + size - np.uint64(1)
    bits = np.uint64(space.block_bits)
    assert (low >= space.first[stretch]).all()
    assert (high <= space.last[stretch]).all()
    assert (low >> bits == high >> bits).all()


def test_large_networks_are_drawn_more_often_but_not_alone() -> None:
    network, _ = drawn(world().ipv4, "access", count=20_000)
    count = np.bincount(network)
    assert np.count_nonzero(count) > 2_000
    assert count.max() < 20_000 * 0.03


def test_countries_at_quantiles_are_those_of_the_kind() -> None:
    quantile = np.linspace(0, 1, 1001)[:-1]
    found = world().ipv4.country_at(KINDS.index("access"), quantile)
    assert (found > 0).all()
    assert len(np.unique(found)) > 50


def test_twins_are_the_same_network_in_the_other_family() -> None:
    old, new = world().ipv4, world().ipv6
    twins = new.twins(old)
    both = twins >= 0
    assert (new.asn[twins[both]] == old.asn[both]).all()
    assert (new.kind[twins[both]] == old.kind[both]).all()
    assert (new.country[twins[both]] == old.country[both]).all()
    assert both.sum() > 30_000
    assert (old.twins(old) == np.arange(len(old.asn))).all()
