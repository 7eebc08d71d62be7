from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.lab import dice
from fluxhound.lab.dice import U64, Ints, Reals

COUNT = 200_000
WORDS = st.integers(0, 2**64 - 1)


def hashes(count: int = COUNT, *, seed: int = 7) -> U64:
    return dice.mix(seed, np.arange(count))


def chi_square(counts: Reals | Ints, expected: Reals) -> float:
    """Return the statistic's distance from its mean, in standard deviations (Wilson, Hilferty)."""
    free = len(counts) - 1
    statistic = float(((counts - expected) ** 2 / expected).sum())
    spread = 2 / (9 * free)
    return float(((statistic / free) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))


def test_words_have_numbers_that_never_change() -> None:
    assert dice.key("pools site") == dice.key("pools site")
    assert dice.key("a") == 0x40F89E395B66422F
    assert dice.key("a") != dice.key("b")


def test_hashes_never_change() -> None:
    # SplitMix64 with the seed 0: the first output that its reference implementation gives.
    assert int(dice.mix(0)) == 0xE220A8397B1DCDAF
    assert int(dice.mix(1, 2)) == 13608149317741381227


@given(WORDS, WORDS)
def test_order_and_number_of_parts_count(a: int, b: int) -> None:
    assert a == b or int(dice.mix(a, b)) != int(dice.mix(b, a))
    assert int(dice.mix(a)) != int(dice.mix(a, b))


@given(WORDS, st.integers(-(2**63), 2**63 - 1))
def test_going_on_is_mixing_more_parts(a: int, b: int) -> None:
    whole = dice.mix(a, np.array([b]))
    assert dice.then(dice.mix(a), np.array([b])) == whole
    assert dice.mix(np.array([a], dtype=np.uint64), b) == whole


def test_parts_broadcast() -> None:
    grid = dice.mix(3, np.arange(4)[:, None], np.arange(5))
    assert grid.shape == (4, 5)
    assert grid[2, 3] == dice.mix(3, np.array([2]), np.array([3]))[0]


@pytest.mark.parametrize("seed", [0, 1, 2**63])
def test_units_are_uniform(seed: int) -> None:
    u = dice.unit(hashes(seed=seed))
    assert u.min() >= 0
    assert u.max() < 1
    counts = np.bincount((u * 256).astype(np.int64), minlength=256).astype(np.int64)
    assert abs(chi_square(counts, np.full(256, COUNT / 256))) < 4.5


@pytest.mark.parametrize("bit", [0, 1, 7, 31, 32, 63])
def test_each_bit_of_a_key_changes_half_of_the_bits(bit: int) -> None:
    keys = np.arange(20_000, dtype=np.uint64)
    changed = dice.mix(5, keys) ^ dice.mix(5, keys ^ np.uint64(1 << bit))
    shares = [float(((changed >> np.uint64(b)) & np.uint64(1)).mean()) for b in range(64)]
    assert max(abs(share - 0.5) for share in shares) < 0.02


@pytest.mark.parametrize(("first", "second"), [((1,), (2,)), ((1, 1), (1, 2)), ((1, 2), (2, 1))])
def test_neighbouring_keys_are_independent(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    numbers = np.arange(COUNT)
    a, b = dice.unit(dice.mix(*first, numbers)), dice.unit(dice.mix(*second, numbers))
    cells = (a * 16).astype(np.int64) * 16 + (b * 16).astype(np.int64)
    counts = np.bincount(cells, minlength=256).astype(np.int64)
    assert abs(chi_square(counts, np.full(256, COUNT / 256))) < 4.5


def test_the_halves_of_a_hash_are_independent() -> None:
    h = hashes()
    cells = dice.below(h, 16) * 16 + dice.below(h << np.uint64(32), 16)
    counts = np.bincount(cells, minlength=256).astype(np.int64)
    assert abs(chi_square(counts, np.full(256, COUNT / 256))) < 4.5


@pytest.mark.parametrize("n", [1, 2, 7, 1000, 2**32])
def test_below_stays_below_and_is_even(n: int) -> None:
    drawn = dice.below(hashes(), n)
    assert drawn.dtype == np.int64
    assert drawn.min() >= 0
    assert drawn.max() < n
    assert abs(drawn.mean() - (n - 1) / 2) <= 0.01 * n


@pytest.mark.parametrize(
    ("drawn", "mean", "deviation"),
    [
        (dice.between(hashes(), -1.0, 3.0), 1.0, 4 / math.sqrt(12)),
        (np.log(dice.log_between(hashes(), 1.0, math.e)), 0.5, 1 / math.sqrt(12)),
        (dice.normal(hashes()), 0.0, 1.0),
        (dice.exponential(hashes(), 5.0), 5.0, 5.0),
    ],
    ids=["between", "log_between", "normal", "exponential"],
)
def test_moments(drawn: Reals, mean: float, deviation: float) -> None:
    assert abs(drawn.mean() - mean) < 5 * deviation / math.sqrt(COUNT)
    assert abs(drawn.std() - deviation) < 0.02 * deviation
    assert np.isfinite(drawn).all()


@pytest.mark.parametrize("s", [0.0, 0.5, 0.9, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("n", [1, 2, 40])
def test_ranks_follow_the_law_of_zipf(n: int, s: float) -> None:
    ranks = dice.zipf_rank(hashes(), n, s)
    law = np.arange(1, n + 1, dtype=np.float64) ** -s
    expected = law / law.sum() * COUNT
    often = expected > 20
    assert ranks.min() >= 0
    assert ranks.max() < n
    counts = np.bincount(ranks, minlength=n).astype(np.float64)
    if often.sum() > 1:
        assert abs(chi_square(counts[often], expected[often])) < 4.5


def test_ranks_take_their_own_bounds_and_exponents() -> None:
    n, s = np.array([[1], [10], [1000]]), np.array([0.5, 1.0])
    ranks = dice.zipf_rank(hashes(6).reshape(3, 2), n, s)
    assert ranks.shape == (3, 2)
    assert (ranks < n).all()
    assert ranks[1, 1] == dice.zipf_rank(hashes(6)[3:4], 10, 1.0)[0]


@given(st.integers(1, 10_000), st.floats(0, 8))
def test_ranks_rise_over_the_whole_area(n: int, s: float) -> None:
    counts, powers = np.array([float(n)]), np.array([s])
    low, high = dice.zipf_areas(counts, powers)
    ranks = dice.zipf_at(low + (high - low) * np.linspace(0, 1, 100), counts, powers)
    assert ranks[0] == 0
    assert ranks[-1] <= n - 1
    assert (np.diff(ranks) >= 0).all()


def test_primes() -> None:
    assert dice.primes(0, 30).tolist() == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    assert dice.primes(90, 101).tolist() == [97, 101]
