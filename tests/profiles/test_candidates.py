from __future__ import annotations

import pytest

from fluxhound.profiles import candidates
from tests.profiles.building import Row, build, profiles, row, stored


def flux(name: str, third: int = 0) -> list[Row]:
    return [row(i * 60, f"80.{i % 6}.{third}.{i + 1}", name=name) for i in range(9)]


#: Columns that number entities: they change with who else is one.
NUMBERS = {"entity", "network"}


def test_entities_are_names_domains_and_name_servers() -> None:
    rows = flux("a.one.com") + flux("b.one.com", 1) + flux("ns1.one.com", 2)
    rows += [row(0, "ns1.one.com", name="one.com")]
    assert set(profiles(rows, wide=False)) == {
        ("name", "a.one.com"),
        ("name", "b.one.com"),
        ("name-server", "ns1.one.com"),
        ("registered-domain", "one.com"),
    }


def test_names_below_a_private_suffix_are_no_domain_of_it() -> None:
    rows = [r for i in range(9) for r in flux(f"box{i}.duckdns.org", i)]
    found = profiles(rows, wide=False)
    assert {kind for kind, _ in found} == {"name"}
    assert found["name", "box1.duckdns.org"]["registered_domain"] == "box1.duckdns.org"
    assert found["name", "box1.duckdns.org"]["shared_suffix"]


def test_entities_are_numbered_in_the_order_of_their_names() -> None:
    rows = [r for i, name in enumerate(("c.x.com", "a.y.com", "b.z.com")) for r in flux(name, i)]
    with stored(rows) as connection:
        table = build(connection, wide=False)
    assert table.column("entity").to_pylist() == [0, 1, 2]
    assert table.column("name").to_pylist() == ["a.y.com", "b.z.com", "c.x.com"]


def test_a_name_that_is_wanted_is_profiled() -> None:
    rows = [row(0, "82.0.0.1", name="still.one.com")]
    assert profiles(rows, wide=False) == {}
    assert set(profiles(rows, wide=False, wanted=["still.one.com", "absent.com"])) == {
        ("name", "still.one.com")
    }


def test_names_are_looked_up_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_PORTION", 2)
    rows = [r for i in range(7) for r in flux(f"a.one{i}.com", i)]
    assert len(profiles(rows, wide=False)) == 7


def test_a_wide_gate_changes_no_profile_of_the_strict_one() -> None:
    """Only what passed the strict gate is compared with each other."""
    rows = flux("a.one.com") + flux("b.two.com")
    rows += [row(i, a, name="c.three.com") for i, a in enumerate(("80.0.0.1", "80.5.9.9"))]
    narrow, wide = profiles(rows, wide=False), profiles(rows, wide=True)
    assert ("name", "c.three.com") in wide.keys() - narrow.keys()
    for key, p in narrow.items():
        assert {k: v for k, v in wide[key].items() if k not in NUMBERS} == {
            k: v for k, v in p.items() if k not in NUMBERS
        }


def test_of_a_huge_domain_a_sample_is_profiled() -> None:
    rows = [
        row(float(i), f"80.{i % 6}.{i % 250}.{i // 250 + 1}", name=f"x{i}.wild.com")
        for i in range(candidates.MOST_NAMES + 500)
    ]
    assert profiles(rows, wide=False)["registered-domain", "wild.com"]["names"] == (
        candidates.MOST_NAMES
    )
