"""Sizes and durations as people write them."""

from __future__ import annotations

import re
from datetime import timedelta

_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smhdw])", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = timedelta(days=36_500)


def parse_size(text: str) -> int:
    """Return a size such as "2GiB", "512 MB" or "1.5g" in bytes.

    With an ``i`` the unit is a power of 1,024, without it a power of 1,000 (IEC 80000-13).

    Raises:
        ValueError: if *text* is no size; the message says what one looks like.

    >>> parse_size("2GiB"), parse_size("512 MB")
    (2147483648, 512000000)
    """
    match = _SIZE.fullmatch(text.strip())
    if not match or (match[3] and not match[2]):
        raise ValueError(f"{text!r} is not a size; write for example 2GiB or 512MB")
    number, unit, binary = match.groups()
    power = " kmgt".index(unit.lower() or " ")
    return int(float(number) * (1024 if binary else 1000) ** power)


def parse_duration(text: str) -> timedelta:
    """Return a duration such as "30m", "2h", "7d" or "1h30m".

    Raises:
        ValueError: if *text* is no duration, or longer than a hundred years.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(f"{text!r} is not a duration; write for example 30m, 2h or 7d")
    seconds = sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{text!r} is longer than a hundred years; write for example 30m or 7d")
    return timedelta(seconds=seconds)


def format_size(size: float) -> str:
    """Return a number of bytes as people read it, in powers of 1,024.

    >>> format_size(2147483648), format_size(999)
    ('2.0 GiB', '999 B')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:  # noqa: PLR2004 - the step between the units
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
