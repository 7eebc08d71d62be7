"""Times at the start of log lines, with or without a year, to epoch seconds.

Traditional syslog times have neither year nor zone: the zone is taken as UTC, and the year as the
newest that does not put the line after *now* (the file's last change, or the present).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

#: A clock may be a little ahead of the file's time stamp; zones differ by up to 14 hours.
SLACK_S = 86_400.0
#: 29 February comes back after at most eight years.
_YEARS_BACK = 9
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}

#: Matches a time prefix: ISO 8601, "Nov 24 08:00:00", or "Tue Nov 24 08:00:00 2026" (logread).
PREFIX = (
    r"(?:<\d{1,3}>)?(?:\d+ )?(?P<when>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,20}"
    r"|(?:[A-Z][a-z]{2} +)?[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?: \d{4}(?= ))?)"
)
_PARTS = re.compile(
    r"(?:[A-Z][a-z]{2} +)?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)(?: (\d{4}))?"
)


@dataclass(slots=True)
class LineClock:
    """Reads the times of lines of one log; the last one is remembered, as lines share it."""

    now: float
    _text: str = ""
    _seconds: float | None = None
    _days: dict[tuple[str, str, str | None], float | None] = field(default_factory=dict)

    def seconds(self, text: str) -> float | None:
        """Return the epoch seconds of a time that ``PREFIX`` matched; None for no such day."""
        if text != self._text:
            self._text = text
            self._seconds = _iso(text) if text[:1].isdigit() else self._syslog(text)
        return self._seconds

    def _syslog(self, text: str) -> float | None:
        match = _PARTS.fullmatch(text)
        if match is None:
            return None
        month, day, hour, minute, second, year = match.groups()
        offset = int(hour) * 3600 + int(minute) * 60 + int(second)
        key = (month, day, year)
        if year is None or key not in self._days:
            self._days[key] = self._midnight(month, int(day), year, offset)
        midnight = self._days[key]
        return None if midnight is None else midnight + offset

    def _midnight(self, month: str, day: int, year: str | None, offset: int) -> float | None:
        if month not in _MONTHS:
            return None
        if year is not None:
            return _day(int(year), _MONTHS[month], day)
        newest = datetime.fromtimestamp(self.now + SLACK_S, UTC).year
        for back in range(_YEARS_BACK):
            midnight = _day(newest - back, _MONTHS[month], day)
            if midnight is not None and midnight + offset <= self.now + SLACK_S:
                return midnight
        return None


def _day(year: int, month: int, day: int) -> float | None:
    try:
        return datetime(year, month, day, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
