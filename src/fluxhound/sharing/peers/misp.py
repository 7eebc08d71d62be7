"""Events pushed to a MISP server (MISP OpenAPI: /events/add, /events/edit)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from fluxhound.sharing.peers.web import Answer, Receiver, ReceiverError, checked, reason

_OK = 200
#: With these MISP refuses a key, and with these (and a word about it) an event that it has.
_REFUSED = frozenset({401, 403})
_KNOWN = frozenset({403, 404, 409})
#: Refusals one after another after which no more is sent.
IN_VAIN = 5
#: Reasons that are told.
TOLD = 5


@dataclass(slots=True, kw_only=True)
class Pushed:
    """What became of the events."""

    added: int = 0
    updated: int = 0
    failed: int = 0
    reasons: list[str] = field(default_factory=list)


def headers(key: str) -> dict[str, str]:
    """Return what a request carries; *key* is the automation key of a user."""
    return {
        "Authorization": key,
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def push(receiver: Receiver, events: Iterable[dict[str, Any]]) -> Pushed:
    """Add *events*, or bring those up to date that the server has; it publishes none by itself.

    Raises:
        ReceiverError: the server does not answer, refuses the key, or every event.
    """
    base = checked(receiver.url).path.rstrip("/")
    told, in_vain = Pushed(), 0
    for event in events:
        body = orjson.dumps({"Event": event})
        answer = receiver.ask("POST", f"{base}/events/add", body)
        if _taken(answer):
            told.added += 1
            in_vain = 0
            continue
        if answer.status in _KNOWN and _exists(answer):
            answer = receiver.ask("POST", f"{base}/events/edit/{event['uuid']}", body)
            if _taken(answer):
                told.updated += 1
                in_vain = 0
                continue
        elif answer.status in _REFUSED:
            raise ReceiverError(
                f"{receiver.url}: the key is refused ({reason(answer, 'message', 'name')})."
            )
        told.failed += 1
        told.reasons = [*told.reasons, reason(answer, "message", "name")][:TOLD]
        in_vain += 1
        if in_vain >= IN_VAIN:
            raise ReceiverError(
                f"{receiver.url}: {in_vain} events in a row were not taken "
                f"({told.reasons[-1]}); nothing more is sent."
            )
    return told


def _taken(answer: Answer) -> bool:
    return answer.status == _OK and isinstance(answer.document, dict) and "Event" in answer.document


def _exists(answer: Answer) -> bool:
    return b"already exists" in answer.body[:100_000]
