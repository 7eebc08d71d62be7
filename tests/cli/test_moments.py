from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.cli.moments import parse_moment
from fluxhound.errors import UsageError

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:30", datetime(2026, 11, 20, 10, 30, tzinfo=UTC)),
        ("2026-11-20T10:30:00Z", datetime(2026, 11, 20, 10, 30, tzinfo=UTC)),
        ("2026-11-20T10:30+02:00", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert parse_moment(text, now=NOW, option="--since") == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "2h ago", "2026-13-01", "", "0001-01-01T00:00+23:00"]
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError, match=r"--until .* is not a time; write how long ago"):
        parse_moment(text, now=NOW, option="--until")


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_a_usage_error(text: str) -> None:
    try:
        assert parse_moment(text, now=NOW, option="--since").tzinfo is UTC
    except UsageError as error:
        assert "--since" in str(error)  # noqa: PT017 - either outcome is right
