from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.index import index_of, spread

HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=30)


def numbers(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(values, dtype=np.uint64)


@given(HASHES, HASHES)
def test_all_equal_pairs_are_found_and_no_others(held: list[int], wanted: list[int]) -> None:
    index = index_of(numbers(held), np.arange(len(held)))
    at, owner = index.find(numbers(wanted))
    expected = {(a, o) for a, w in enumerate(wanted) for o, h in enumerate(held) if w == h}
    assert set(zip(at.tolist(), owner.tolist(), strict=True)) == expected
    assert len(at) == len(expected)


def test_pairs_are_spread_over_their_owners() -> None:
    wanted, owners = spread(
        np.array([7, 8, 9]), np.array([0, 2, 2]), np.array([2, 2, 3]), np.array([4, 5, 6])
    )
    assert list(zip(wanted.tolist(), owners.tolist(), strict=True)) == [(7, 4), (7, 5), (9, 6)]
