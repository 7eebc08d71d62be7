"""Randomness as a pure function of keys: anything can be drawn in any order, and drawn again."""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

U64: TypeAlias = npt.NDArray[np.uint64]
Reals: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
#: Whole numbers of long tables, half as wide so that more of them stay in the cache.
Small: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.bool_]

_WORD = 0xFFFF_FFFF_FFFF_FFFF

#: The step and the two multipliers of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
#: number generators", OOPSLA 2014, with Stafford's variant 13 of the finaliser).
_STEP = 0x9E37_79B9_7F4A_7C15
_FIRST = 0xBF58_476D_1CE4_E5B9
_SECOND = 0x94D0_49BB_1331_11EB

#: Rounds of rejection in ``zipf_rank``; each refuses less than 3 % (chosen, not measured).
_ROUNDS = 6
#: Closest that an exponent comes to 1, where the formulas of the integral have no value.
_NEAR_ONE = 1e-7


def key(text: str) -> int:
    """Return a number of 64 bits for a word, the same on every machine (BLAKE2b)."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mix(*parts: U64 | Ints | int) -> U64:
    """Return a hash of *parts*, which broadcast against each other; their order counts."""
    with np.errstate(over="ignore"):
        state = _avalanche(_word(parts[0]))
    return then(state, *parts[1:])


def then(h: U64, *parts: U64 | Ints | int) -> U64:
    """Go on from a hash: ``then(mix(a), b)`` is ``mix(a, b)``, for less work."""
    state = h
    with np.errstate(over="ignore"):
        for part in parts:
            state = _avalanche(state + _word(part))
    return state


def _word(part: U64 | Ints | int) -> U64:
    if isinstance(part, int):
        return np.asarray(part & _WORD, dtype=np.uint64)
    if part.dtype == np.uint64:
        return np.asarray(part, dtype=np.uint64)
    return np.asarray(part, dtype=np.int64).view(np.uint64)


def _avalanche(state: U64) -> U64:
    mixed = np.asarray(state + np.uint64(_STEP))
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(_FIRST)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def primes(low: int, high: int) -> Ints:
    """Return the primes from *low* up to *high* in rising order (sieve of Eratosthenes)."""
    sieve = np.ones(high + 1, dtype=np.bool_)
    sieve[:2] = False
    for number in range(2, int(high**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = False
    return low + np.flatnonzero(sieve[low:])


def unit(h: U64) -> Reals:
    """Return numbers in [0, 1) from the upper 53 bits."""
    return np.asarray((h >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def below(h: U64, n: Ints | int) -> Ints:
    """Return whole numbers from 0 to n - 1; *n* is from 1 to 2^32 and broadcasts."""
    count = np.asarray(n).astype(np.uint64)
    return np.asarray(((h >> np.uint64(32)) * count) >> np.uint64(32)).astype(np.int64)


def between(h: U64, low: Reals | float, high: Reals | float) -> Reals:
    """Return numbers spread evenly over [low, high)."""
    return np.asarray(low + unit(h) * (np.asarray(high) - low), dtype=np.float64)


def log_between(h: U64, low: Reals | float, high: Reals | float) -> Reals:
    """Return numbers in [low, high) whose logarithms are spread evenly; *low* is above 0."""
    return np.exp(between(h, np.log(low), np.log(high)))


def exponential(h: U64, mean: Reals | float) -> Reals:
    """Return numbers above 0, exponentially distributed with *mean*."""
    return np.asarray(-np.log1p(-unit(h)) * mean, dtype=np.float64)


def normal(h: U64) -> Reals:
    """Return numbers of the standard normal distribution (Box and Muller 1958)."""
    radius = np.sqrt(exponential(h, 2.0))
    return np.asarray(radius * np.cos(2 * np.pi * unit(mix(h, 1))), dtype=np.float64)


def zipf_rank(h: U64, n: Ints | int, s: Reals | float) -> Ints:
    """Return ranks from 0 to n - 1, rank r with a probability proportional to 1 / (r + 1)^s.

    Rejection-inversion (Hormann and Derflinger, ACM TOMACS 6(3), 1996): exact, vectorised over
    *n* (1 to 2^40) and *s* (0 or more).
    """
    shape = np.broadcast_shapes(np.shape(h), np.shape(n), np.shape(s))
    draws = np.broadcast_to(h, shape).ravel()
    counts = np.broadcast_to(np.asarray(n, dtype=np.float64), shape).ravel()
    powers = np.broadcast_to(np.asarray(s, dtype=np.float64), shape).ravel()
    ranks = np.zeros(len(draws), dtype=np.int64)
    rest = np.arange(len(draws))
    for turn in range(_ROUNDS):
        drawn = draws[rest] if turn == 0 else mix(draws[rest], turn)
        rank, kept = _inverted(unit(drawn), counts[rest], powers[rest])
        ranks[rest] = rank
        rest = rest[~kept]
        if not len(rest):
            break
    return ranks.reshape(shape)


def zipf_areas(n: Reals, s: Reals) -> tuple[Reals, Reals]:
    """Return the bounds of the area under x^-s that stands for the ranks of ``zipf_at``."""
    power = _power(s)
    return _integral(np.float64(1.5), power) - 1.0, _integral(n + 0.5, power)


def zipf_at(area: Reals, n: Reals, s: Reals) -> Ints:
    """Return the rank at an area between the bounds of ``zipf_areas``: rising, 2 % off at most."""
    power = _power(s)
    place = np.exp(np.log1p(np.maximum(power * area, -1 + 1e-15)) / power)
    return np.clip(place - 0.5, 0.0, n - 1.0).astype(np.int64)


def _inverted(u: Reals, n: Reals, s: Reals) -> tuple[Ints, Flags]:
    """Return a rank by inverting the integral of x^-s, and whether the rejection keeps it."""
    low, high = zipf_areas(n, s)
    area = low + u * (high - low)
    rank = zipf_at(area, n, s)
    number = (rank + 1).astype(np.float64)
    return rank, area >= _integral(number + 0.5, _power(s)) - number**-s


def _power(s: Reals) -> Reals:
    power = 1.0 - s
    return np.where(np.abs(power) < _NEAR_ONE, _NEAR_ONE, power)


def _integral(x: Reals | np.float64, power: Reals) -> Reals:
    return np.asarray(np.expm1(power * np.log(x)) / power)
