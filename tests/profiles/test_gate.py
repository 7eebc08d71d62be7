from __future__ import annotations

from typing import Any

import pytest

from tests.profiles.building import Row, profiles, row


def passed(rows: list[Row], **given: Any) -> set[str]:
    """Return the names and domains that the strict gate lets through."""
    return {name for _, name in profiles(rows, wide=False, **given)}


def shown(*texts: str, name: str = "a.one.com") -> list[Row]:
    return [row(i * 60, text, name=name) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "strict", "wide"),
    [
        (["80.0.0.1"], False, False),
        (["80.0.0.1", "80.0.0.2"], False, True),  # the answer changed
        (["80.0.0.1", "80.0.0.2", "80.0.0.3"], True, True),  # two more than the largest answer
        (["80.0.0.1,80.0.0.2,80.0.0.3"], False, True),
        (["80.0.0.1,80.0.0.2", "80.0.0.2,80.0.0.1"], False, False),  # another order is no change
        (["80.0.0.1,80.1.0.2,80.2.0.3,80.3.0.4,80.4.0.5"], True, True),  # five, in five networks
        (["80.0.0.1,80.0.0.2,80.0.0.3,80.0.0.4,80.0.0.5"], False, True),  # five, in one network
        (["80.0.0.1", "2a50:db8::1"], False, False),  # one of each family
        (["80.0.0.1,2a50:db8::1,2a50:db9::1"], False, True),
    ],
)
def test_counts_decide(texts: list[str], *, strict: bool, wide: bool) -> None:
    rows = shown(*texts)
    assert ("a.one.com" in passed(rows)) is strict
    assert (("name", "a.one.com") in profiles(rows)) is wide


@pytest.mark.parametrize("ttl", [0, 60, 1_800, 86_400, 604_800, None])
def test_the_ttl_takes_no_part(ttl: int | None) -> None:
    rows = [r | {"ttl": ttl} for r in shown("80.0.0.1", "80.0.0.2", "80.0.0.3")]
    assert passed(rows) == {"a.one.com"}


def test_names_of_a_chain_pass_with_its_addresses() -> None:
    rows = shown(*(f"b.two.net,c.three.org,80.0.0.{i}" for i in range(1, 5)))
    assert passed(rows) == {"a.one.com", "b.two.net", "c.three.org"}


def test_a_domain_passes_by_the_addresses_of_its_names() -> None:
    rows = [row(i, f"80.{i % 6}.0.{i + 1}", name=f"x{i}.wild.com") for i in range(8)]
    assert passed(rows) == {"wild.com"}
    assert passed(rows[:7]) == set()


def test_a_domain_of_one_name_is_that_name() -> None:
    rows = shown("80.0.0.1", "80.0.0.2", "80.0.0.3", name="one.com")
    assert set(profiles(rows, wide=False)) == {("name", "one.com")}
