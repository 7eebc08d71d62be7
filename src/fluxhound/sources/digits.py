"""Decimal numbers read eight digits at a time, in columns.

Eight digits are one number of 64 bits; three multiplications put them together (D. Lemire,
"Quickly parsing eight digits", 2018). All octets must be ASCII, or sums would run over into the
next octet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fluxhound.sources.views import Octets, Places, windows

Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]


def _all(octet: int) -> np.uint64:
    return np.uint64(octet * 0x0101_0101_0101_0101)


_ZEROS, _BEYOND_NINE, _HIGH = _all(ord("0")), _all(0x80 - 10), _all(0x80)
_COMMAS, _TABS, _NOT_ZERO = _all(ord(",")), _all(ord("\t")), _all(0x7F)
_PAIRS, _FOURS = np.uint64(0x00FF_00FF_00FF_00FF), np.uint64(0x0000_FFFF_0000_FFFF)
_BY_10, _BY_100 = np.uint64(1 + (10 << 8)), np.uint64(1 + (100 << 16))
_BY_10000 = np.uint64(1 + (10000 << 32))
_8, _16, _32, _7 = (np.uint64(bits) for bits in (8, 16, 32, 7))


def _number(digits: Words) -> Words:
    """Return the numbers of eight octets of 0 to 9 each, the first octet first."""
    pairs = (digits * _BY_10 >> _8) & _PAIRS
    fours = (pairs * _BY_100 >> _16) & _FOURS
    return fours * _BY_10000 >> _32


def _no_digits(words: Words) -> Words:
    """Return 0x80 in each octet that is no digit."""
    return ((words ^ _ZEROS) + _BEYOND_NINE) & _HIGH


#: "1795046400.005636": seconds since 2001-09-09 with six decimals, as Zeek writes them.
TIME_OCTETS = 17
_POINT = 10
_LAST_SIX = np.uint64(0xFFFF_FFFF_FFFF_0000)


def times(content: Octets, starts: Places, lengths: Places) -> NDArray[np.float64] | None:
    """Return times written with ten digits, a point and six digits; ``None`` if one is not.

    They are exact to the last bit: the microseconds fit the mantissa, and the division rounds once.
    """
    if (lengths != TIME_OCTETS).any():
        return None
    text = windows(content, starts, 24)
    octets = text.view(np.uint8).reshape(-1, 24)
    first = np.ascontiguousarray(text.view(np.uint64).reshape(-1, 3)[:, 0])
    middle = octets[:, 8:10].astype(np.uint64) ^ np.uint64(ord("0"))
    last = np.ascontiguousarray(octets[:, 9:17]).view(np.uint64).ravel()
    last = (last & _LAST_SIX) | (_ZEROS & ~_LAST_SIX)
    wrong = _no_digits(first) | _no_digits(last)
    if wrong.any() or (middle > 9).any() or (octets[:, _POINT] != ord(".")).any():  # noqa: PLR2004
        return None
    seconds = _number(first ^ _ZEROS) * np.uint64(100) + middle[:, 0] * np.uint64(10)
    micros = (seconds + middle[:, 1]) * np.uint64(1_000_000) + _number(last ^ _ZEROS)
    result: NDArray[np.float64] = micros.astype(np.float64) / 1e6
    return result


_WHOLE = int.from_bytes(b"\0.000000", "little")
_BUT_THE_FIRST = np.uint64(0xFFFF_FFFF_FFFF_FF00)


def last_whole(content: Octets, ends: Places) -> tuple[NDArray[np.int64], Mask]:
    """Return the last number of each list "18.000000,7.000000" that ends at *ends*.

    The mask tells where there is one: up to seven digits and six zeros after the point, behind a
    comma or the tab before the list.
    """
    text = windows(content, np.maximum(ends - 15, 0), 15)
    octets = text.view(np.uint8).reshape(-1, 15)
    word = np.ascontiguousarray(octets[:, :8]).view(np.uint64).ravel()
    after = np.ascontiguousarray(octets[:, 7:]).view(np.uint64).ravel()
    outside = _no_digits(word)
    before = outside.copy()  # 0x80 in every octet up to the last that is no digit
    for shift in (_8, _16, _32):
        before |= before >> shift
    border = before & ~(before >> _8)
    parting = ~((word ^ _COMMAS) + _NOT_ZERO) | ~((word ^ _TABS) + _NOT_ZERO)
    found = (after & _BUT_THE_FIRST) == np.uint64(_WHOLE)
    found &= (border != 0) & (border & parting == border) & (border != np.uint64(0x80 << 56))
    found &= ends >= 15  # noqa: PLR2004 - the octets that were looked at
    dropped = (before >> _7) * np.uint64(0xFF)
    return _number((word ^ _ZEROS) & ~dropped).astype(np.int64), found
