from __future__ import annotations

import itertools

import numpy as np

from fluxhound.lab.answersets import Drawn, Mixed, Placed, drawn_sets, placed_sets, shifts
from fluxhound.lab.dice import Ints, mix
from tests.lab.worlds import draws, numbers, pools, times, world


def drawn(count: int, *, size: int = 4, turn: Ints | None = None, stay: int = 2) -> Drawn:
    zero = np.zeros(count, dtype=np.int64)
    return Drawn(
        pool=zero,
        draw=mix(draws(count)) if turn is None else mix(np.zeros(count, np.uint64)),
        time=np.full(count, 1e9),
        size=zero + size,
        first=zero,
        slots=zero + 500,
        turn=zero - 1 if turn is None else turn,
        stay=zero + stay,
    )


def texts(found: object) -> list[list[str]]:
    return [text.split(",") for text in found.rows().to_pylist()]  # type: ignore[attr-defined]


def test_drawn_sets_have_their_size_and_no_address_twice() -> None:
    for size in (2, 3, 24):
        found = texts(drawn_sets(drawn(50, size=size), pools(), world(), family=4))
        assert all(len(set(row)) == len(row) == size for row in found)
        assert len({tuple(row) for row in found}) == 50


def test_equal_draws_are_one_set() -> None:
    rows = drawn(6)
    rows.draw[3:] = rows.draw[:3]
    found = drawn_sets(rows, pools(), world(), family=4)
    assert len(found.texts) == 3
    assert found.index[3:].tolist() == found.index[:3].tolist()


def test_places_are_replaced_one_after_the_other() -> None:
    rows = drawn(9, size=4, turn=np.arange(9), stay=4)
    found = [set(row) for row in texts(drawn_sets(rows, pools(), world(), family=4))]
    kept = [len(a & b) for a, b in itertools.pairwise(found)]
    assert set(kept) == {3}
    assert not found[0] & found[8]


def test_partly_replaced_sets_of_a_small_pool_have_no_address_twice() -> None:
    rows = drawn(40, size=3, turn=np.arange(40), stay=3)
    rows.slots[:] = 12
    found = texts(drawn_sets(rows, pools(live=12), world(), family=4))
    assert np.mean([len(row) for row in found]) > 2.9
    assert all(len(set(row)) == len(row) for row in found)


def test_ipv6_addresses_are_drawn_too() -> None:
    found = texts(drawn_sets(drawn(5), pools(family=6), world(), family=6))
    assert all(":" in address for row in found for address in row)


def test_addresses_of_others_are_mixed_in() -> None:
    mixed = Mixed(np.full(10, 2), "private")
    found = texts(drawn_sets(drawn(10), pools(), world(), family=4, mixed=mixed))
    assert {len(row) for row in found} <= {5, 6}
    assert max(len(row) for row in found) == 6


def test_placed_sets_are_turned_and_equal_ones_are_one() -> None:
    row = np.repeat(np.arange(4), 3)
    slot = np.tile(numbers(7, 8, 9), 4)
    places = Placed(row, np.zeros(12, np.int64), slot, np.full(12, 1e9))
    found = placed_sets(places, numbers(0, 1, 2, 0), pools(), world(), family=4)
    assert len(found.texts) == 3
    sets = texts(found)
    assert sets[0] == sets[3]
    assert sets[1] == [sets[0][2], *sets[0][:2]]
    assert {frozenset(s) for s in sets} == {frozenset(sets[0])}


def test_a_slot_twice_is_answered_once() -> None:
    places = Placed(numbers(0, 0, 1), numbers(0, 0, 0), numbers(5, 5, 6), times(1e9, 1e9, 1e9))
    found = texts(placed_sets(places, numbers(0, 0), pools(), world(), family=4))
    assert [len(row) for row in found] == [1, 1]


def test_shifts_are_none_where_the_order_stays() -> None:
    assert shifts(draws(5), np.full(5, 3), rotated=False).tolist() == [0] * 5
    assert set(shifts(mix(draws(99)), np.full(99, 3), rotated=True).tolist()) == {0, 1, 2}
