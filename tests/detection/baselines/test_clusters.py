from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.detection.baselines import clusters
from fluxhound.detection.baselines.inputs import Counts

Sets = list[set[int]]


def pairs(sets: Sets) -> tuple[Counts, Counts]:
    flat = [(row, address) for row, addresses in enumerate(sets) for address in sorted(addresses)]
    table = np.array(flat, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def plainly(sets: Sets) -> list[int]:
    """Cluster as published: all distances, single linkage, cut at 0.75."""
    parent = list(range(len(sets)))
    for i, one in enumerate(sets):
        for j, other in enumerate(sets[:i]):
            jaccard = len(one & other) / max(len(one | other), 1)
            alike = jaccard / (1 + math.exp(3 - min(len(one), len(other))))
            if 1 - alike <= 0.75:
                old, new = max(parent[i], parent[j]), min(parent[i], parent[j])
                parent = [new if p == old else p for p in parent]
    return parent


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([], []),
        ([set()], [0]),
        ([{1}, {1}], [0, 1]),  # one address: similarity of 0.12 at most
        ([{1, 2}, {1, 2}], [0, 0]),  # 0.269
        ([{1, 2}, {1, 2, 3}], [0, 1]),  # 0.179
        ([{1, 2, 3}, {2, 3, 4}], [0, 0]),  # 0.5 * 0.5: exactly at the cut
        ([{1, 2, 3, 4}, {3, 4, 5, 6}], [0, 1]),  # 0.333 * 0.731 = 0.244
        ([{1, 2, 3}, {4, 5, 6}], [0, 1]),  # nothing in common: distance 1
        ([{1, 2, 3, 4}, {9, 8}, {2, 3, 4, 5}, {3, 4, 5, 6}], [0, 1, 0, 0]),  # a chain
    ],
)
def test_links_as_published(sets: Sets, expected: list[int]) -> None:
    assert clusters.cluster(len(sets), *pairs(sets)).tolist() == expected
    assert plainly(sets) == expected


@given(st.lists(st.sets(st.integers(0, 30), max_size=12), max_size=9))
def test_agrees_with_all_distances(sets: Sets) -> None:
    # Nine names at most on any address: every pair is proposed, so the result is exact.
    assert clusters.cluster(len(sets), *pairs(sets)).tolist() == plainly(sets)


@settings(max_examples=20)
@given(st.integers(0, 1_000))
def test_names_of_one_pool_meet_on_crowded_addresses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pools = [np.arange(200), np.arange(1_000, 1_200)]
    sets = [set(rng.choice(pools[i % 2], 120, replace=False).tolist()) for i in range(120)]
    found = clusters.cluster(len(sets), *pairs(sets))
    assert found.tolist() == [i % 2 for i in range(120)]


def test_a_hub_of_many_names_stays_cheap() -> None:
    names = 20_000
    own = np.arange(names) + 10_000
    hub = np.tile(np.arange(3), names)  # three addresses that all have, and five of their own
    name = np.concatenate([np.repeat(np.arange(names), 3), np.repeat(np.arange(names), 5)])
    address = np.concatenate([hub, (np.repeat(own, 5) * 8) + np.tile(np.arange(5), names)])
    found = clusters.cluster(names, name, address)
    assert np.array_equal(found, np.arange(names))  # 3 / 13 = 0.23: not alike enough


def test_work_in_small_batches_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    sets = [set(rng.integers(0, 60, 10).tolist()) for _ in range(40)]
    whole = clusters.cluster(len(sets), *pairs(sets)).tolist()
    monkeypatch.setattr(clusters, "ROWS_AT_A_TIME", 64)
    assert clusters.cluster(len(sets), *pairs(sets)).tolist() == whole


def test_sketches_of_large_sets_keep_similar_names_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clusters, "SKETCH", 64)
    same, other = set(range(3_000)), set(range(10_000, 13_000))
    sets = [same, same | {5_000}, other]
    assert clusters.cluster(len(sets), *pairs(sets)).tolist() == [0, 0, 2]


def test_too_many_pairs_shrink_the_sketch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "MOST_PAIRS", 100)
    sets = [set(range(500)) for _ in range(4)]
    sketch = clusters.Sketch.of(4, *pairs(sets))
    assert sketch.lengths.tolist() == [clusters.LEAST_SKETCH] * 4
    assert clusters.cluster(4, *pairs(sets)).tolist() == [0, 0, 0, 0]


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))
        )
    )
)
def test_components(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    expected = list(range(count))
    for one, other in edges:
        old, new = max(expected[one], expected[other]), min(expected[one], expected[other])
        expected = [new if p == old else p for p in expected]
    table = np.array(edges, np.int64).reshape(-1, 2)
    found = clusters.components(np.arange(count), table[:, 0], table[:, 1])
    assert found.tolist() == expected


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 100))
def test_batches_cover_every_row_once(weights: list[int], limit: int) -> None:
    rows = [
        i
        for s in clusters.batches(np.array(weights, np.int64), limit)
        for i in range(s.start, s.stop)
    ]
    assert rows == list(range(len(weights)))


def test_expand_walks_the_ranges() -> None:
    turn, row = clusters.expand(np.array([5, 0, 9]), np.array([2, 0, 3]))
    assert turn.tolist() == [0, 0, 2, 2, 2]
    assert row.tolist() == [5, 6, 9, 10, 11]
