from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.baselines import BASELINES
from tools import evaluate
from tools.evaluate import FIRST_SEED, OURS, Tally, at_most, interval, summary, table

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (5, 10, 0.1871, 0.8129),
        (1, 20, 0.0013, 0.2487),
        (0, 100, 0.0, 0.0362),
        (95, 100, 0.8872, 0.9836),
    ],
)
def test_the_interval_is_that_of_the_tables(k: int, n: int, low: float, high: float) -> None:
    assert interval(k, n) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS)
def test_none_and_all_have_closed_forms(counts: tuple[int, int]) -> None:
    _, n = counts
    assert interval(0, n)[1] == pytest.approx(1 - 0.025 ** (1 / n))
    assert interval(n, n)[0] == pytest.approx(0.025 ** (1 / n))


@given(COUNTS)
def test_the_tails_are_halves_of_what_is_left(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = interval(k, n)
    assert 0 <= low <= k / n <= high <= 1
    if k:
        assert 1 - at_most(k - 1, n, low) == pytest.approx(0.025)
    if k < n:
        assert at_most(k, n, high) == pytest.approx(0.025)


def test_seeds_are_held_out() -> None:
    """Tests use seeds of five digits at the most."""
    assert FIRST_SEED >= 100_000
    assert math.isclose(at_most(3, 3, 0.5), 1)


def test_one_of_each_sort_is_judged_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main(["--seeds", "2", "--only", "classic", "balancer"])
    shown = capsys.readouterr().out
    assert "| classic | 2/2 | 2/2 (16% to 100%) |" in shown
    assert "| balancer | 2/2 | 0/2 (0% to 84%) |" in shown
    assert f"| {OURS} | 2/2 (15.8% to 100.0%) | 0/2 (0.0% to 84.2%) |" in shown
    assert "4 tables in" in shown


def test_what_cannot_be_computed_is_no_zero() -> None:
    rules = [OURS, *BASELINES]
    tally = Tally("classic", tables=3, right=3, fired=dict.fromkeys(rules, 0))
    tally.unknown = dict.fromkeys(rules, 3)
    assert "not computable" in table([tally])
    assert "not computable" in summary([tally])
