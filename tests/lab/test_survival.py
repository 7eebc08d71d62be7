from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.metrics import Mask, Reals
from fluxhound.lab.survival import survival

WATCHED = st.lists(st.tuples(st.integers(0, 9).map(float), st.booleans()), max_size=30)


def of(pairs: Sequence[tuple[float, bool]]) -> tuple[Reals, Mask]:
    return np.array([t for t, _ in pairs], np.float64), np.array([a for _, a in pairs], np.bool_)


def test_remission_times_of_the_textbooks() -> None:
    """6-MP arm of Freireich et al. 1963: the example of most books on survival."""
    alerted = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    silent = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = survival(*of([(t, True) for t in alerted] + [(t, False) for t in silent]))
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.silent == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=1e-4
    )
    assert found.watched.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.median == 23
    assert found.at(9.9) == pytest.approx(1 - 0.8067, abs=1e-4)


def test_without_censoring_it_is_the_plain_share() -> None:
    found = survival(*of([(1, True), (2, True), (2, True), (4, True)]))
    assert found.silent.tolist() == pytest.approx([0.75, 0.25, 0])
    assert (found.median, found.quantile(0.25), found.at(0), found.at(4)) == (2, 1, 0, 1)


def test_a_median_that_is_never_reached_is_infinite() -> None:
    assert math.isinf(survival(*of([(5, False), (5, False), (1, True)])).median)
    assert math.isinf(survival(*of([])).median)
    assert survival(*of([(math.nan, True)])).at(9) == 0


@given(WATCHED)
def test_the_share_only_falls_and_stays_a_share(pairs: list[tuple[float, bool]]) -> None:
    found = survival(*of(pairs))
    assert ((found.silent >= 0) & (found.silent <= 1)).all()
    assert (np.diff(found.silent) < 0).all()
    assert (found.alerted > 0).all()
    assert found.units == len(pairs)
    assert found.alerted.sum() == sum(alerted for _, alerted in pairs)


@given(WATCHED, st.integers(0, 9))
def test_longer_silence_never_makes_alerts_look_earlier(
    pairs: list[tuple[float, bool]], time: int
) -> None:
    longer = [(t if alerted else 99, alerted) for t, alerted in pairs]
    assert survival(*of(longer)).at(time) <= survival(*of(pairs)).at(time) + 1e-12


@given(WATCHED)
def test_the_order_of_units_does_not_matter(pairs: list[tuple[float, bool]]) -> None:
    assert survival(*of(pairs)).silent.tolist() == survival(*of(pairs[::-1])).silent.tolist()
