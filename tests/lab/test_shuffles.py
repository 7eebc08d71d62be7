from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.dice import Ints
from fluxhound.lab.plans import MOST_SLOTS
from fluxhound.lab.shuffles import Order
from tests.lab.worlds import draws


def orders(rows: int, count: int, numbers: int, *, first: int = 0) -> Ints:
    """Return the beginning of the orders of several draws."""
    order = Order(draws(rows), np.full(rows, first), np.full(rows, count))
    return order.slot(np.arange(rows)[:, None], np.arange(numbers))


@given(st.integers(1, 300), st.integers(0, 10_000))
def test_an_order_holds_every_slot_once(count: int, first: int) -> None:
    found = np.sort(orders(5, count, count, first=first), axis=1)
    assert (found == np.arange(first, first + count)).all()


@pytest.mark.parametrize("count", [65, 4_099, MOST_SLOTS])
def test_large_pools_have_orders_too(count: int) -> None:
    found = orders(200, count, min(count, 100))
    assert found.min() >= 0
    assert found.max() < count
    assert all(len(np.unique(row)) == len(row) for row in found)


@pytest.mark.parametrize("count", [2, 12, 64, 65, 100])
def test_pairs_come_alike(count: int) -> None:
    found = orders(100_000, count, 2)
    pairs = np.bincount(found[:, 0] * count + found[:, 1], minlength=count * count)
    both = pairs.reshape(count, count)[~np.eye(count, dtype=np.bool_)]
    expected = 100_000 / (count * (count - 1))
    assert abs(both.mean() / expected - 1) < 1e-9
    assert both.var() < expected * 2.5 + 0.03 * expected**2


@pytest.mark.parametrize(("count", "least"), [(12, 490), (40, 14_000), (100, 19_800)])
def test_sets_of_four_vary(count: int, least: int) -> None:
    found = np.sort(orders(20_000, count, 4), axis=1)
    assert len(np.unique(found, axis=0)) >= least


def test_rows_are_independent_of_one_another() -> None:
    order = Order(draws(3), np.array([0, 5, 9]), np.array([4, 70, 1]))
    alone = Order(draws(1, 1), np.array([5]), np.array([70]))
    numbers = np.arange(69)
    one = np.ones(69, dtype=np.int64)
    assert (order.slot(one, numbers) == alone.slot(one * 0, numbers)).all()
    assert order.slot(np.array([2]), np.array([0])).tolist() == [9]
