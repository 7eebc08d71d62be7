"""Entries for tests, with what does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fluxhound.response.entries import Answer, Entry, Mode, Trigger

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SINKHOLE = ("127.0.9.9", "2001:db8::9")


def entry(
    subject: str,
    *,
    trigger: Trigger = Trigger.NAME,
    mode: Mode = Mode.BLOCK,
    answer: Answer = Answer.NXDOMAIN,
    target: tuple[str, ...] = (),
    exact: bool = False,
    hours: float = 24,
    reason: str = "it fluxes",
) -> Entry:
    """Return an entry that is in force at ``NOW``."""
    return Entry(
        trigger=trigger,
        subject=subject,
        exact=exact,
        mode=mode,
        answer=answer,
        target=target,
        finding=subject,
        reason=reason,
        owner="policy",
        added=NOW - timedelta(hours=1),
        expires=NOW + timedelta(hours=hours),
        approved_by="somebody",
    )


def sinkholed(
    subject: str,
    *,
    trigger: Trigger = Trigger.NAME,
    exact: bool = False,
    target: tuple[str, ...] = SINKHOLE,
) -> Entry:
    """Return an entry whose queries are answered with our listener."""
    return entry(
        subject,
        trigger=trigger,
        exact=exact,
        mode=Mode.SINKHOLE,
        answer=Answer.ADDRESS,
        target=target,
    )


def passing(subject: str) -> Entry:
    """Return an entry that must never be blocked."""
    return entry(subject, mode=Mode.OBSERVE, answer=Answer.PASS)


def logged(subject: str, *, trigger: Trigger = Trigger.NAME) -> Entry:
    """Return an entry whose queries are only logged."""
    return entry(subject, trigger=trigger, mode=Mode.LOG, answer=Answer.PASS)
