"""Measured values as people read them."""

from __future__ import annotations

import math

_MINUTE, _HOUR, _DAY = 60, 3600, 86400

#: So that a sentence holds without its value: "an unknown share of the addresses ...".
_UNKNOWN = {"share": "an unknown share", "s": "an unknown time", "h": "an unknown time"}


def in_words(value: float, unit: str) -> str:
    """Return *value* with as many digits as mean something.

    >>> in_words(0.9642, "share"), in_words(212, "addresses"), in_words(5400, "s")
    ('96%', '212', '90 min')
    """
    if math.isnan(value):
        return _UNKNOWN.get(unit, "unknown")
    if unit == "share":
        return _per_cent(value)
    if unit == "s":
        return _duration(value)
    if unit == "h":
        return _duration(value * _HOUR)
    if abs(value - round(value)) < 1e-9:  # noqa: PLR2004 - a whole number
        return f"{round(value)}"
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"  # noqa: PLR2004


def _per_cent(share: float) -> str:
    """Return a share in per cent; what is not none of it, or not all of it, does not say so."""
    if 0 < share <= 0.005:  # noqa: PLR2004 - rounds to none
        return "<1%"
    if 0.995 <= share < 1:  # noqa: PLR2004 - rounds to all
        return ">99%"
    return f"{share:.0%}"


def _duration(seconds: float) -> str:
    for size, unit, enough in (
        (_DAY, "d", 2 * _DAY),
        (_HOUR, "h", 2 * _HOUR),
        (_MINUTE, "min", _MINUTE),
    ):
        # A TTL of 292 s is not 4.87 min; of longer times three digits are enough.
        if seconds >= enough and (seconds >= 10 * _MINUTE or seconds % _MINUTE == 0):
            count = seconds / size
            return f"{count:.0f} {unit}" if count >= 100 else f"{count:.3g} {unit}"  # noqa: PLR2004
    return f"{seconds:.0f} s"
