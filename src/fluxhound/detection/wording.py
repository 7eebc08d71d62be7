"""Measured values as people read them."""

from __future__ import annotations

import math

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def in_words(value: float, unit: str) -> str:
    """Return *value* with as many digits as mean something.

    >>> in_words(0.9642, "share"), in_words(212, "addresses"), in_words(5400, "s")
    ('96 %', '212', '90 min')
    """
    if math.isnan(value):
        return "an unknown number of"
    if unit == "share":
        return f"{value * 100:.0f} %"
    if unit == "s":
        return _duration(value)
    if unit == "h":
        return _duration(value * _HOUR)
    if abs(value - round(value)) < 1e-9:  # noqa: PLR2004 - a whole number
        return f"{round(value)}"
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"  # noqa: PLR2004


def _duration(seconds: float) -> str:
    for size, unit, enough in (
        (_DAY, "d", 2 * _DAY),
        (_HOUR, "h", 2 * _HOUR),
        (_MINUTE, "min", _MINUTE),
    ):
        if seconds >= enough:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"
