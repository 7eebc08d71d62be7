from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.syslogtime import PREFIX, LineClock

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Nov 24 08:00:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("Nov 25 08:00:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),  # another zone, a little ahead
        ("Nov 26 08:00:00", datetime(2025, 11, 26, 8, tzinfo=UTC)),
        ("Jan  2 00:00:01", datetime(2026, 1, 2, 0, 0, 1, tzinfo=UTC)),
        ("Dec 31 23:59:59", datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Feb 29 08:00:00", datetime(2024, 2, 29, 8, tzinfo=UTC)),
        ("Tue Nov 24 08:00:00 2020", datetime(2020, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:00+02:00", datetime(2026, 11, 24, 6, tzinfo=UTC)),
        ("2026-11-24 08:00:00.5", datetime(2026, 11, 24, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("Foo 24 08:00:00", None),
        ("Nov 31 08:00:00", None),
        ("2026-13-24T08:00:00", None),
    ],
)
def test_times(text: str, moment: datetime | None) -> None:
    expected = None if moment is None else moment.timestamp()
    assert LineClock(NOW).seconds(text) == expected


@given(st.datetimes(datetime(2001, 1, 1), datetime(2026, 11, 24, 11)))  # noqa: DTZ001 - made UTC
def test_the_year_is_the_newest_possible(moment: datetime) -> None:
    seconds = LineClock(NOW).seconds(moment.strftime("%b %d %H:%M:%S"))
    assert seconds is not None
    found = datetime.fromtimestamp(seconds, UTC)
    assert (found.month, found.day, found.hour) == (moment.month, moment.day, moment.hour)
    assert seconds <= NOW + 86_400


@given(st.from_regex(re.compile(PREFIX, re.ASCII), fullmatch=True))
def test_whatever_matches_is_read_or_refused(prefix: str) -> None:
    match = re.match(PREFIX, prefix)
    assert match is not None
    LineClock(NOW).seconds(match["when"])
