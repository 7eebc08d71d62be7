"""Shares, rates and times as people read them in the report of an evaluation."""

from __future__ import annotations

import math

from fluxhound.lab.metrics import Share


def percent(value: float) -> str:
    """Return a share in per cent, with one decimal; more where it is near none or all."""
    if math.isnan(value):
        return "-"
    near = min(abs(value), 1 - abs(value))
    return f"{value:.1%}" if near >= 0.01 or near == 0 else f"{value:.2%}"  # noqa: PLR2004 - 1 %


def recall(share: Share) -> str:
    """Return a share with its exact interval, and of how many."""
    if not share.n:
        return "-"
    low, high = share.bounds
    return f"{percent(share.value)} ({percent(low)} to {percent(high)}; n = {share.n:,})"


def millionths(share: Share) -> str:
    """Return a rate per million with its exact interval."""
    if not share.n:
        return "-"
    value, low, high = share.per_million
    return f"{_short(value)} ({_short(low)} to {_short(high)})"


def duration(median: float) -> str:
    """Return a median that may never have been reached."""
    return "not reached" if math.isinf(median) else f"{median:.3g}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"  # noqa: PLR2004 - three figures
