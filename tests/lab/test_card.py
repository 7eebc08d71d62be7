from __future__ import annotations

import numpy as np
import pytest

from fluxhound.detection.model import Grid, Steps
from fluxhound.lab.card import Card, carded, purified, scaled, spread_of, without
from fluxhound.lab.trees import Tables

NAN = float("nan")
RNG = np.random.default_rng(5)
#: Two measures with three and two steps; the last of each is for missing values.
TABLES = Tables(
    constant=-1.0, singles={0: RNG.normal(size=4)}, pairs={(0, 1): RNG.normal(size=(4, 3))}
)
MASSES = (np.array([5.0, 3.0, 1.0, 1.0]), np.array([2.0, 7.0, 1.0]))
CUTS = (np.array([1.0, 2.0]), np.array([10.0]))
ROWS = np.arange(12)
#: Every pair of steps once.
FIRST, SECOND = np.repeat([0.0, 1.5, 5.0, NAN], 3), np.tile([0.0, 20.0, NAN], 4)
MEASURES = {"a": FIRST, "b": SECOND}


def summed(tables: Tables) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the points of every pair of steps."""
    none = np.zeros
    first, second = tables.singles.get(0, none(4)), tables.singles.get(1, none(3))
    return tables.constant + first[:, None] + second + tables.pairs[0, 1]


def test_purified_tables_say_the_same() -> None:
    assert summed(purified(TABLES, MASSES)) == pytest.approx(summed(TABLES))


def test_purified_parts_add_nothing_on_average() -> None:
    found = purified(TABLES, MASSES)
    assert MASSES[0] @ found.singles[0] == pytest.approx(0)
    assert MASSES[1] @ found.singles[1] == pytest.approx(0)
    assert MASSES[0] @ found.pairs[0, 1] == pytest.approx(np.zeros(3))
    assert found.pairs[0, 1] @ MASSES[1] == pytest.approx(np.zeros(4))


def card() -> Card:
    return carded(purified(TABLES, MASSES), ("a", "b"), ("up", "any"), CUTS)


def test_a_card_adds_what_its_tables_say() -> None:
    found = card()
    assert found.log_odds(MEASURES, ROWS) == pytest.approx(summed(TABLES).ravel())
    assert (found.singles["a"].trend, found.singles["b"].trend) == ("up", "any")
    assert found.log_odds(MEASURES, ROWS[:2]) == pytest.approx(summed(TABLES).ravel()[:2])


def test_a_scaled_card_is_stretched_moved_and_rounded() -> None:
    whole = card()
    found = scaled(whole, intercept=3.0, slope=2.0)
    stretched = 3.0 + 2.0 * whole.log_odds(MEASURES, ROWS)
    assert found.log_odds(MEASURES, ROWS) == pytest.approx(stretched, abs=0.021)
    assert found.bias == round(found.bias, 2)
    assert {round(p, 2) - p for p in found.singles["a"].points} == {0}


def test_steps_that_say_the_same_become_one() -> None:
    steps = Steps(bounds=(1.0, 2.0, 3.0), points=(0.1, 0.1, 0.5, 0.5), missing=0.0, trend="up")
    grid = Grid(
        bounds=(1.0, 2.0),
        by_bounds=(10.0,),
        points=((1, 1, 0), (1, 1, 0), (2, 2, 0), (5, 5, 5)),
    )
    found = scaled(
        Card(bias=0.0, singles={"a": steps}, pairs={("a", "b"): grid}), intercept=0.0, slope=1.0
    )
    assert (found.singles["a"].bounds, found.singles["a"].points) == ((2.0,), (0.1, 0.5))
    pair = found.pairs["a", "b"]
    assert (pair.bounds, pair.by_bounds) == ((2.0,), ())
    assert pair.points == ((1.0, 0.0), (2.0, 0.0), (5.0, 5.0))


def test_what_hardly_differs_is_left_out() -> None:
    whole = card()
    assert without(whole, 0.0) == whole
    none = without(whole, 1e9)
    assert (none.singles, none.pairs, none.bias) == ({}, {}, whole.bias)
    assert spread_of(Steps(bounds=(), points=(2.0,), missing=0.0, trend="any")) == 0
