"""Points in time as people write them: "2h" ago, or ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

from fluxhound.errors import UsageError
from fluxhound.quantities import parse_duration


def parse_moment(text: str, *, now: datetime, option: str) -> datetime:
    """Return the time that *text* means: a duration back from *now*, or ISO 8601.

    A time without an offset is taken as UTC, as the logs are.

    Raises:
        UsageError: if it is neither; the message names *option*.
    """
    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option} {text!r} is not a time; write how long ago (2h, 7d) or ISO 8601 in UTC "
            "(2026-11-24T08:00)."
        ) from error
