from __future__ import annotations

import numpy as np
import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.lab.dice import mix
from fluxhound.lab.spread import Spread
from tests.lab.worlds import draws


def test_whole_numbers_reach_both_bounds_about_equally_often() -> None:
    values, counts = np.unique(Spread(5, 15).whole(draws_mixed()), return_counts=True)
    assert values.tolist() == list(range(5, 16))
    assert counts.min() > 0.8 * counts.mean()


def test_values_come_as_often_as_they_weigh() -> None:
    spread = Spread.parse({"values": [1, 2, 8], "weights": [6, 3, 1]}, "here")
    values, counts = np.unique(spread.draw(draws_mixed()), return_counts=True)
    assert values.tolist() == [1, 2, 8]
    assert counts / counts.sum() == pytest.approx([0.6, 0.3, 0.1], abs=0.02)


def test_a_logarithmic_spread_has_its_median_at_the_geometric_mean() -> None:
    drawn = Spread.parse({"low": 1, "high": 10_000, "log": True}, "here").draw(draws_mixed())
    assert np.median(drawn) == pytest.approx(100, rel=0.15)
    assert 1 <= drawn.min() <= drawn.max() <= 10_000


def test_a_number_is_always_that_number() -> None:
    assert set(Spread.parse(7, "here").draw(draws(5))) == {7.0}
    assert Spread.parse(Spread(1, 2), "here") == Spread(1, 2)


@pytest.mark.parametrize(
    "value",
    [
        "5",
        True,
        {"low": 2, "high": 1},
        {"low": 0, "high": 1, "log": True},
        {"low": 1},
        {"low": 1, "high": float("inf")},
        {"values": [1, 2], "weights": [1]},
        {"values": [1], "weights": [-1]},
        {"values": [], "weights": []},
        [1, 2],
    ],
    ids=str,
)
def test_what_is_no_spread_is_told_with_its_place(value: object) -> None:
    with pytest.raises(ConfigurationError, match="archetype x: ttl"):
        Spread.parse(value, "archetype x: ttl")


def draws_mixed() -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return mix(draws(20_000), 1)
