from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab.metrics import interval
from fluxhound.lab.reliability import BINS, by_refreshes, reliability
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth


def odds(score: float) -> float:
    return math.log(score / (1 - score))


def test_a_bin_by_hand() -> None:
    """3 of 4 score 0.6 and half of them are flux; the fourth scores 0.4 and is not."""
    scores = np.array([odds(0.6), odds(0.6), odds(0.6), odds(0.6), odds(0.4), -math.inf])
    flux = np.array([True, True, True, False, False, False])
    found = reliability(scores, flux, prior=0.5)  # half are flux already: no weights
    assert [(b.low, b.high, b.flux, b.benign) for b in found.bins] == [
        (0.0, 1e-6, 0, 1), (0.2, 0.5, 0, 1), (0.5, 0.8, 3, 1),
    ]  # fmt: skip
    top = found.bins[-1]
    assert (top.promised, top.observed) == pytest.approx((0.6, 0.75))
    assert top.bounds == pytest.approx(interval(3, 4))
    assert found.brier == pytest.approx((3 * 0.4**2 + 0.6**2 + 0.4**2) / 6)
    assert found.calibration_error == pytest.approx((4 * 0.15 + 0.4) / 6)


def test_units_are_weighted_to_the_prior() -> None:
    """Of 100 flux and 100 benign units all score the same: the observed share is the prior."""
    flux = np.arange(200) < 100
    found = reliability(np.full(200, odds(0.3)), flux, prior=1e-5)
    assert found.bins[0].observed == pytest.approx(1e-5)
    low, high = found.bins[0].bounds
    assert low < 1e-5 < high
    assert low == pytest.approx(1e-5 * interval(100, 200)[0] / interval(100, 200)[1], rel=1e-3)


def test_flux_alone_in_a_bin_keeps_a_lower_bound_at_the_prior() -> None:
    flux = np.array([True] * 10 + [False] * 10)
    scores = np.where(flux, odds(0.95), odds(0.01))
    top = reliability(scores, flux, prior=1e-5).bins[-1]
    assert top.observed == 1
    share = interval(10, 10)[0]
    assert top.bounds[0] == pytest.approx(1e-5 * share / (1 - share), rel=1e-3)
    assert top.bounds[1] == 1


def test_a_perfect_score_has_no_error() -> None:
    flux = np.array([True, False, False])
    found = reliability(np.where(flux, math.inf, -math.inf), flux)
    assert found.brier == pytest.approx(0)
    assert found.calibration_error == pytest.approx(0)


def test_strata_keep_the_weights_of_all() -> None:
    known = truth([("a.test", "classic"), ("b.test", "-cdn"), ("c.test", "-cdn")])
    rows = [
        entity("a.test", odds=odds(0.95), refreshes=30),
        entity("b.test", odds=odds(0.95), refreshes=25),
        entity("c.test", odds=odds(0.4), refreshes=1),
    ]
    found = by_refreshes(domain_days(judged(rows), known), prior=0.5)
    assert list(found) == ["all", "0-2", "20+"]
    assert found["20+"].bins[0].observed == pytest.approx(1.5 / (1.5 + 0.75))
    assert found["0-2"].bins[0].observed == 0


@given(
    st.lists(st.tuples(st.floats(-40, 40), st.booleans()), min_size=1, max_size=40),
    st.floats(1e-6, 0.5),
)
def test_every_unit_is_in_one_bin(pairs: list[tuple[float, bool]], prior: float) -> None:
    scores, flux = np.array([s for s, _ in pairs]), np.array([f for _, f in pairs])
    found = reliability(scores, flux, prior=prior)
    assert sum(b.flux + b.benign for b in found.bins) == len(pairs)
    assert all(b.bounds[0] - 1e-9 <= b.observed <= b.bounds[1] + 1e-9 for b in found.bins)
    assert all(b.low - 1e-12 <= b.promised <= b.high + 1e-12 for b in found.bins)
    assert list(BINS) == sorted(BINS)
    assert 0 <= found.calibration_error <= 1
