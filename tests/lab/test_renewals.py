from __future__ import annotations

import numpy as np
import pytest

from fluxhound.lab import dice
from fluxhound.lab.dice import Reals
from fluxhound.lab.renewals import generation, rates

DAY = 86_400.0
SLOTS = dice.mix(11, np.arange(40_000))


def rate(turnover: float) -> Reals:
    return rates(np.array([turnover]))


@pytest.mark.parametrize("turnover", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("days", [1, 3, 7])
@pytest.mark.parametrize("begin", [0.0, 5.3, 20_000.0])
def test_hosts_stay_as_the_turnover_says(turnover: float, days: int, begin: float) -> None:
    now = generation(SLOTS, rate(turnover), np.array([begin * DAY]))
    later = generation(SLOTS, rate(turnover), np.array([(begin + days) * DAY]))
    assert float((now == later).mean()) == pytest.approx((1 - turnover) ** days, abs=0.012)


def test_a_host_that_is_gone_never_returns() -> None:
    age = np.linspace(0, 40, 400)[:, None] * DAY
    found = generation(SLOTS[:300], rate(0.4), age)
    changed = np.diff(found.view(np.int64), axis=0)
    assert (changed >= 0).all()
    per_slot = (changed > 0).sum(axis=0).mean()
    assert per_slot == pytest.approx(40 * -np.log(0.6), rel=0.06)


def test_lives_are_exponential() -> None:
    age = np.arange(0, 60, 0.02)[:, None] * DAY
    found = generation(SLOTS[:400], rate(0.5), age).view(np.int64)
    lives = np.concatenate(
        [np.diff(np.flatnonzero(np.diff(column) > 0)) * 0.02 for column in found.T]
    )
    mean = 1 / np.log(2)
    assert lives.mean() == pytest.approx(mean, rel=0.05)
    assert lives.std() == pytest.approx(mean, rel=0.08)


def test_without_turnover_and_before_the_start_the_first_host_stands() -> None:
    assert not generation(SLOTS, rate(0.0), np.array([40 * DAY])).any()
    assert not generation(SLOTS, rate(0.5), np.array([-3 * DAY])).any()


def test_slots_rates_and_ages_broadcast() -> None:
    grid = generation(SLOTS[:6].reshape(3, 2), rates(np.array([0.5, 0.1])), np.array([9 * DAY]))
    one = generation(SLOTS[3:4], rate(0.1), np.array([9 * DAY]))
    assert grid.shape == (3, 2)
    assert grid[1, 1] == one[0]


def test_full_turnover_is_bounded() -> None:
    assert np.isfinite(rates(np.array([1.0]))).all()
