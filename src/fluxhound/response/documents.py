"""Entries as JSON and as rows, and back: exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fluxhound.response.changes import Change
from fluxhound.response.entries import Answer, Entry, Mode, Trigger

#: The columns of an entry in the store, in order.
COLUMNS = (
    "trigger", "subject", "exact", "mode", "answer", "target", "finding", "reason", "owner",
    "added", "expires", "approved_by",
)  # fmt: skip


def entry_document(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON is made of it; times in RFC 3339, UTC."""
    return {
        "trigger": str(entry.trigger),
        "subject": entry.subject,
        "exact": entry.exact,
        "mode": str(entry.mode),
        "answer": str(entry.answer),
        "target": list(entry.target),
        "finding": entry.finding,
        "reason": entry.reason,
        "owner": entry.owner,
        "added": iso(entry.added),
        "expires": iso(entry.expires),
        "approved_by": entry.approved_by,
    }


def entry_of(document: Mapping[str, Any]) -> Entry:
    """Return the entry that a document of ours describes.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    return Entry(
        trigger=Trigger(document["trigger"]),
        subject=str(document["subject"]),
        exact=bool(document["exact"]),
        mode=Mode(document["mode"]),
        answer=Answer(document["answer"]),
        target=tuple(str(each) for each in document["target"]),
        finding=str(document["finding"]),
        reason=str(document["reason"]),
        owner=str(document["owner"]),
        added=datetime.fromisoformat(document["added"]).astimezone(UTC),
        expires=datetime.fromisoformat(document["expires"]).astimezone(UTC),
        approved_by=str(document["approved_by"]),
    )


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """Return an entry as a row of the store: times as text, targets joined by commas."""
    document = entry_document(entry)
    document["target"] = ",".join(entry.target)
    return tuple(document[column] for column in COLUMNS)


def entry_from_row(row: tuple[Any, ...]) -> Entry:
    """Return the entry of a row of the store."""
    document = dict(zip(COLUMNS, row, strict=True))
    document["target"] = [each for each in str(document["target"]).split(",") if each]
    return entry_of(document)


def change_document(change: Change) -> dict[str, Any]:
    """Return a change as JSON is made of it; what was not there is null."""
    return {
        "before": change.before and entry_document(change.before),
        "after": change.after and entry_document(change.after),
    }


def change_from(document: Mapping[str, Any]) -> Change:
    """Return the change that a document of ours describes.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    before, after = (each and entry_of(each) for each in (document["before"], document["after"]))
    if not (before or after):
        raise ValueError("neither before nor after")
    return Change(before=before or None, after=after or None)


def iso(moment: datetime) -> str:
    """Return a moment in RFC 3339, UTC, to the microsecond.

    >>> iso(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    '2026-11-24T08:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
