from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fluxhound.profiles.membership import MOST_MEMBERS, network_members
from tests.profiles.building import Row, build, profiles, row, stored

POOL = [f"80.{i % 6}.{i}.7" for i in range(120)]


def shown(name: str, addresses: list[str]) -> list[Row]:
    return [row(i * 60, a, name=name) for i, a in enumerate(addresses)]


def drawn(domains: int, seed: int) -> dict[str, list[str]]:
    """Return what each domain shows: of a common pool, and addresses of its own."""
    rng = np.random.default_rng(seed)
    return {
        f"a.site{i}.com": [POOL[j] for j in rng.choice(40, 14, replace=False)]
        + [f"81.{i % 6}.{i}.{j}" for j in range(1, 1 + int(rng.integers(6)))]
        for i in range(domains)
    }


@pytest.mark.parametrize("seed", range(3))
def test_measures_of_members_against_a_plain_count(seed: int) -> None:
    pools = drawn(8, seed)
    found = profiles([r for n, a in pools.items() for r in shown(n, a)], wide=False)
    for name, addresses in pools.items():
        others = {a for other, shows in pools.items() if other != name for a in shows}
        p = found["name", name]
        assert p["network_share"] == pytest.approx(
            sum(a in others for a in addresses) / len(addresses)
        )
        assert (p["network_domains"], p["network_units"]) == (7, len(others))
        support = [sum(a in pools[o] for o in pools if o != name) for a in addresses]
        assert p["network_support"] == pytest.approx(sum(support) / len(support))
    ((_, network),) = ((k, p) for k, p in found.items() if k[0] == "network")
    everyone = [a for addresses in pools.values() for a in addresses]
    reused = sum(everyone.count(a) >= 2 for a in set(everyone))
    assert network["network_share"] == pytest.approx(reused / len(set(everyone)))
    assert network["network_units"] == len(set(everyone))


def test_a_name_never_supports_itself() -> None:
    """Neither through another name of its domain."""
    own = [f"81.0.{i}.1" for i in range(8)]
    rows = [r for i in range(3) for r in shown(f"a.site{i}.com", POOL[:8])]
    rows += shown("b.site0.com", POOL[:4] + own) + shown("c.site0.com", own)
    found = profiles(rows, wide=False)
    assert found["name", "c.site0.com"]["network_share"] == 0
    assert found["name", "b.site0.com"]["network_share"] == pytest.approx(4 / 12)
    assert found["name", "a.site0.com"]["network_share"] == 1
    assert found["registered-domain", "site0.com"]["network_share"] == pytest.approx(0.5)


def members(rows: list[Row], **given: Any) -> dict[int, tuple[str, ...]]:
    with stored(rows) as connection:
        build(connection, wide=False, **given)
        return network_members(connection)


def test_members_are_registered_domains_in_order() -> None:
    rows = [r for i in (2, 0, 1) for r in shown(f"a.site{i}.com", POOL[:8])]
    assert list(members(rows).values()) == [("site0.com", "site1.com", "site2.com")]
    assert members(shown("a.site0.com", POOL[:8])) == {}


def test_the_list_of_members_is_bounded() -> None:
    rows = [
        r for i in range(MOST_MEMBERS + 5) for r in shown(f"a.site{i}.com", POOL[i % 9 : i % 9 + 4])
    ]
    (listed,) = members(rows).values()
    assert len(listed) == MOST_MEMBERS
    assert list(listed) == sorted(listed)
