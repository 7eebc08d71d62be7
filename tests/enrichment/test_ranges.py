from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment.ranges import (
    IPV4_BITS,
    IPV6_BITS,
    Ranges,
    empty,
    flatten,
    network_halves,
)

Row = tuple[int, int, int]


def value_at(ranges: Ranges, *keys: int) -> list[int]:
    return [int(value) for value in ranges.at(np.array(keys, dtype=np.uint64))]


def naive(rows: list[Row], key: int) -> int:
    """The row that starts last wins, and of two that start together the shorter."""
    around = [row for row in rows if row[0] <= key <= row[1]]
    return max(around, key=lambda row: (row[0], -row[1]), default=(0, 0, 0))[2]


@pytest.mark.parametrize("bits", [IPV4_BITS, IPV6_BITS])
def test_both_ends_belong_to_a_range_and_their_neighbours_do_not(bits: int) -> None:
    ranges = flatten([(10, 20, 7)], bits)
    assert value_at(ranges, 0, 9, 10, 20, 21, (1 << bits) - 1) == [0, 0, 7, 7, 0, 0]


@pytest.mark.parametrize("bits", [IPV4_BITS, IPV6_BITS])
def test_a_range_may_reach_both_ends_of_the_space(bits: int) -> None:
    ranges = flatten([(0, (1 << bits) - 1, 3)], bits)
    assert value_at(ranges, 0, (1 << bits) - 1) == [3, 3]
    assert len(ranges) == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(10, 30, 1), (15, 20, 2)], {14: 1, 15: 2, 20: 2, 21: 1, 30: 1, 31: 0}),  # nested
        ([(10, 20, 1), (15, 30, 2)], {14: 1, 15: 2, 30: 2, 31: 0}),  # one over the other's end
        ([(10, 30, 1), (10, 12, 2)], {10: 2, 12: 2, 13: 1}),  # the same start
        ([(10, 30, 1), (12, 30, 2)], {11: 1, 30: 2, 31: 0}),  # the same end
        ([(10, 50, 1), (20, 40, 2), (25, 30, 3)], {22: 2, 27: 3, 35: 2, 45: 1}),
    ],
)
def test_the_more_specific_range_wins(rows: list[Row], expected: dict[int, int]) -> None:
    assert value_at(flatten(rows, 32), *expected) == list(expected.values())


ROWS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 5)).map(
        lambda row: (min(row[:2]), max(row[:2]), row[2])
    ),
    max_size=15,
    unique_by=lambda row: row[:2],
)


@given(rows=ROWS)
def test_flattened_ranges_agree_with_a_search_of_every_row(rows: list[Row]) -> None:
    ranges = flatten(rows, 32)
    assert value_at(ranges, *range(62)) == [naive(rows, key) for key in range(62)]


@given(rows=ROWS)
def test_starts_rise_and_neighbours_differ(rows: list[Row]) -> None:
    ranges = flatten(rows, 32)
    assert ranges.starts[0] == 0
    assert (np.diff(ranges.starts.astype(np.int64)) > 0).all()
    assert (np.diff(ranges.values) != 0).all()


def test_nothing_is_known_without_rows() -> None:
    assert value_at(empty(32), 0, 5) == value_at(flatten([], 32), 0, 5) == [0, 0]


@pytest.mark.parametrize(
    ("first", "last", "halves"),
    [
        (0x2001 << 112, (0x2002 << 112) - 1, (0x2001 << 48, (0x2002 << 48) - 1)),
        (5 << 64, (6 << 64) - 1, (5, 5)),
        (5 << 64, 5 << 64, (5, 5)),  # the first address decides about its /64
        ((5 << 64) + 1, (6 << 64) - 1, None),  # no first address within
        ((5 << 64) + 1, 6 << 64, (6, 6)),
    ],
)
def test_a_network_takes_the_value_of_its_first_address(
    first: int, last: int, halves: tuple[int, int] | None
) -> None:
    assert network_halves(first, last) == halves
