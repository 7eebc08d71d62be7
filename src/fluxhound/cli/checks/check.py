"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    WARN = "warn"  # it works, and should be looked at
    FAIL = "fail"  # it does not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the report; *advice* is what to do, where something is not as it should be."""

    topic: str
    value: str
    advice: str = ""
    level: Level = Level.OK


def good(topic: str, value: str) -> Check:
    """Return a line about something that is as it should be."""
    return Check(topic=topic, value=value)


def warn(topic: str, value: str, advice: str) -> Check:
    """Return a line about something that works, and should be looked at."""
    return Check(topic=topic, value=value, advice=advice, level=Level.WARN)


def fail(topic: str, value: str, advice: str) -> Check:
    """Return a line about something that does not work."""
    return Check(topic=topic, value=value, advice=advice, level=Level.FAIL)


def judged(topic: str, value: str, advice: str) -> Check:
    """Return a warning if there is an advice, else that all is well."""
    return warn(topic, value, advice) if advice else good(topic, value)
