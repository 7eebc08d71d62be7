from __future__ import annotations

import pytest

from fluxhound.errors import UsageError
from fluxhound.intel.indicator import Kind
from fluxhound.intel.source import HALF_LIVES, Source


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "a" * 64, "a/../b"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(UsageError, match="no name for a source"):
        Source(name=name, location="x")


@pytest.mark.parametrize("trust", [-1, 101])
def test_trust_is_a_share_of_a_hundred(trust: int) -> None:
    with pytest.raises(UsageError, match="from 0 to 100"):
        Source(name="a", location="x", trust=trust)


def test_every_kind_has_a_half_life() -> None:
    assert set(HALF_LIVES) == set(Kind)
    assert HALF_LIVES[Kind.ADDRESS] < HALF_LIVES[Kind.DOMAIN]
