from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.service.novelty import KeyTable, Novelty, mixed

KEYS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 30), max_size=200)


def array(keys: list[int]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(keys, dtype=np.uint64)


@given(st.lists(KEYS, max_size=6))
def test_fresh_is_what_a_set_says(batches: list[list[int]]) -> None:
    novelty, seen = Novelty(10_000), set[int]()
    for batch in batches:
        expected = []
        for key in batch:
            told = max(key, 1)  # 0 is told as 1
            expected.append(told not in seen)
            seen.add(told)
        fresh = novelty.fresh(array([max(k, 1) for k in batch]))
        assert (
            sorted(array(batch)[fresh].tolist())
            == sorted(k for k, new in zip(batch, expected, strict=True) if new)
            or 0 in batch
        )
        assert fresh.sum() == sum(expected)
        assert not novelty.fresh(array(batch)).any()


def test_many_keys_keep_their_numbers() -> None:
    keys = np.unique(np.random.default_rng(1).integers(0, 2**63, 50_000).astype(np.uint64))
    table = KeyTable()
    numbers = np.concatenate([table.add(part) for part in np.array_split(keys, 7)])
    assert np.array_equal(table.find(keys), numbers)
    assert (table.find(keys + np.uint64(1)) >= 0).sum() == np.isin(keys + np.uint64(1), keys).sum()
    assert len(table) == len(keys)


def test_keys_that_fall_on_one_slot() -> None:
    near = array(list(range(1, 3000)))
    inverse = pow(0x9E37_79B9_7F4A_7C15, -1, 2**64)
    keys = near * np.uint64(inverse)  # spread, they are 1, 2, 3 ...
    table = KeyTable()
    table.add(keys)
    assert np.array_equal(table.find(keys), np.arange(len(keys)))


def test_the_set_is_bounded_and_keeps_what_is_asked_for() -> None:
    novelty = Novelty(2000)
    kept = array([7])
    novelty.fresh(kept)
    for start in range(100, 100_000, 400):
        novelty.fresh(np.arange(start, start + 400, dtype=np.uint64))
        assert not novelty.fresh(kept).any()
    assert len(novelty) <= 2000
    assert novelty.fresh(array([100])).all()  # long forgotten
    assert not novelty.holds(array([101])).any()


def test_one_batch_larger_than_the_bound() -> None:
    novelty = Novelty(1000)
    assert novelty.fresh(np.arange(1, 5001, dtype=np.uint64)).sum() == 5000
    assert len(novelty) <= 1000


def test_mixing_tells_pairs_apart() -> None:
    one, other = (np.arange(300, dtype=np.uint64) for _ in range(2))
    pairs = mixed(np.repeat(one, 300), np.tile(other, 300))
    assert len(np.unique(pairs)) == 90_000
