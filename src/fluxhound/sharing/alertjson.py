"""Alerts as plain JSON: the finding document, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fluxhound.errors import UnreadableInputError
from fluxhound.records import Alert, AlertKind, Severity, VerdictKind
from fluxhound.sharing.document import Document, timestamp, to_document, valid
from fluxhound.sharing.headline import FULL, Detail, HeldBack, Told, held_back_sentence, sample
from fluxhound.sharing.saved import as_finding

#: Version of the envelope; keys are added and never taken away or redefined within a version.
SCHEMA_VERSION = 1
HELD_BACK = "held-back"


def alert_document(alert: Alert, addresses: Sequence[str] = (), detail: Detail = FULL) -> Document:
    """Return *alert* as plain values; *addresses* is a sample, the measures hold the count."""
    finding = to_document(alert.finding)
    if not detail.text:
        return _least(alert, finding)
    if detail is not FULL:
        finding["evidence"] = finding["evidence"][: detail.evidence]
        finding["members"] = finding["members"][: detail.members]
        finding["look_alikes"] = []
        finding["counterfactuals"] = []
    return {
        "schema_version": SCHEMA_VERSION,
        "id": valid(alert.id),
        "kind": alert.kind.value,
        "time": timestamp(alert.time),
        "clients": alert.clients,
        "link": valid(alert.link),
        "previous": None if alert.previous is None else alert.previous.value,
        "previous_severity": (
            None if alert.previous_severity is None else alert.previous_severity.value
        ),
        "addresses": sample(addresses, detail),
        "finding": finding,
    }


def _least(alert: Alert, finding: Document) -> Document:
    kept = ("name", "entity", "verdict", "severity", "flux", "malice")
    return {
        "schema_version": SCHEMA_VERSION,
        "id": valid(alert.id),
        "kind": alert.kind.value,
        "time": timestamp(alert.time),
        "truncated": True,
        "finding": {key: finding[key] for key in kept},
    }


def told_document(told: Told, addresses: Sequence[str] = (), detail: Detail = FULL) -> Document:
    """Return an alert, or a summary of what is held back, as plain values."""
    if isinstance(told, HeldBack):
        return {
            "schema_version": SCHEMA_VERSION,
            "id": valid(told.id),
            "kind": HELD_BACK,
            "time": timestamp(told.time),
            "held": told.held,
            "message": held_back_sentence(told),
        }
    return alert_document(told, addresses, detail)


def alert_from_document(document: Mapping[str, Any]) -> Alert:
    """Return the alert that *document* describes, as ``alert_document`` wrote it.

    Raises:
        UnreadableInputError: when the document is none of ours.
    """
    try:
        previous, severity = document["previous"], document["previous_severity"]
        return Alert(
            id=document["id"],
            kind=AlertKind(document["kind"]),
            time=datetime.fromisoformat(document["time"]),
            finding=as_finding(document["finding"]),
            clients=document["clients"],
            link=document["link"],
            previous=None if previous is None else VerdictKind(previous),
            previous_severity=None if severity is None else Severity(severity),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(error) from error


def told_from_document(document: Mapping[str, Any]) -> Told:
    """Return the alert or the summary that *document* describes.

    Raises:
        UnreadableInputError: when the document is none of ours.
    """
    if document.get("kind") != HELD_BACK:
        return alert_from_document(document)
    try:
        time = datetime.fromisoformat(document["time"])
        return HeldBack(id=document["id"], time=time, held=int(document["held"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(error) from error


def _foreign(error: Exception) -> UnreadableInputError:
    return UnreadableInputError(f"This is no alert by schema version 1 ({error!r}).")
