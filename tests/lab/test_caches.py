from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.lab import caches

Query = tuple[int, int]  # cache entry, time


def slowly(queries: list[Query], ttls: dict[int, int]) -> tuple[list[int], list[int]]:
    """Return the fetching row of each query and the rows that fetch, one query at a time."""
    source, fetches = [], []
    held: dict[int, tuple[int, int]] = {}  # entry -> when it expires, who fetched it
    for row, (entry, time) in enumerate(queries):
        if entry not in held or time >= held[entry][0]:
            held[entry] = time + ttls[entry], row
            fetches.append(row)
        source.append(held[entry][1])
    return source, fetches


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 200)), max_size=80),
    st.lists(st.integers(0, 120), min_size=5, max_size=5),
)
def test_a_cache_does_what_a_slow_one_does(queries: list[Query], ttls: list[int]) -> None:
    ordered = sorted(queries)
    entry = np.array([e for e, _ in ordered], dtype=np.int64)
    time = np.array([t for _, t in ordered], dtype=np.int64)
    found = caches.kept(entry, time, np.array(ttls)[entry] if ordered else entry)
    source, fetches = slowly(ordered, dict(enumerate(ttls)))
    assert found.source.tolist() == source
    assert found.fetches.tolist() == fetches


def test_a_ttl_longer_than_the_run_reaches_into_no_other_entry() -> None:
    entry, time = np.array([0, 0, 1, 2]), np.array([5, 9, 6, 7])
    found = caches.kept(entry, time, np.full(4, 10**15))
    assert found.fetches.tolist() == [0, 2, 3]


def test_queries_are_put_in_the_order_of_entries_and_times() -> None:
    assert caches.order(np.array([1, 0, 1, 0]), np.array([5, 9, 3, 2])).tolist() == [3, 1, 2, 0]


def test_only_a_record_that_was_held_can_be_stale() -> None:
    entry, time = np.array([0, 0, 0, 1]), np.array([0, 50, 120, 0])
    kept = caches.kept(entry, time, np.full(4, 100))
    every = np.ones(4, dtype=np.bool_)
    assert caches.stale(kept, entry, every).tolist() == [False, False, True, False]
    assert not caches.stale(kept, entry, ~every).any()
