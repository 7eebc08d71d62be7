"""Objects pushed to a collection of a TAXII 2.1 server (OASIS, TAXII Version 2.1, section 5.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from fluxhound.sharing.peers.web import Answer, Receiver, ReceiverError, checked, reason
from fluxhound.sharing.stix.identifiers import Object

MEDIA_TYPE = "application/taxii+json;version=2.1"
#: Objects in one request, and octets where the server does not tell how many it takes. Chosen.
OBJECTS = 500
OCTETS = 1 << 20
#: How often the server is asked whether it is done, a second apart.
ASKED = 60
PAUSE_S = 1.0
_OK, _ACCEPTED = 200, 202
#: Failures that are told.
TOLD = 5


@dataclass(slots=True, kw_only=True)
class Pushed:
    """What became of the objects."""

    success: int = 0
    failed: int = 0
    pending: int = 0
    reasons: list[str] = field(default_factory=list)


def push(
    receiver: Receiver, objects: Sequence[Object], *, sleep: Callable[[float], None] = time.sleep
) -> Pushed:
    """Send *objects* to the collection at the receiver's address; wait until they are taken.

    Raises:
        ReceiverError: the server does not answer, refuses, or the collection is for reading.
    """
    collection = checked(receiver.url).path.rstrip("/").removesuffix("/objects") + "/"
    root = collection.rstrip("/").rpartition("/collections/")[0] + "/"
    described = _document(receiver, receiver.ask("GET", collection), "the collection")
    if described.get("can_write") is not True:
        raise ReceiverError(f"{receiver.url}: we may not write to this collection.")
    known = receiver.ask("GET", root).document
    most = known.get("max_content_length") if isinstance(known, dict) else None
    limit = min(most, 100 * OCTETS) if isinstance(most, int) and most > 0 else OCTETS
    told = Pushed()
    for body, count in envelopes(objects, limit):
        answer = receiver.ask("POST", f"{collection}objects/", body)
        if answer.status not in {_OK, _ACCEPTED}:
            told.failed += count
            told.reasons.append(reason(answer, "description", "title"))
            continue
        _note(told, _settled(receiver, root, answer, sleep), count)
    return told


def envelopes(objects: Iterable[Object], limit: int) -> Iterator[tuple[bytes, int]]:
    """Yield the bodies of requests, each within *limit* octets, and how many objects are in it."""
    parts: list[bytes] = []
    size = 0
    for each in objects:
        octets = orjson.dumps(each)
        if parts and (len(parts) >= OBJECTS or size + len(octets) + 20 > limit):
            yield _envelope(parts), len(parts)
            parts, size = [], 0
        parts.append(octets)
        size += len(octets) + 1
    if parts:
        yield _envelope(parts), len(parts)


def _envelope(parts: list[bytes]) -> bytes:
    return b'{"objects":[%s]}' % b",".join(parts)


def _document(receiver: Receiver, answer: Answer, what: str) -> dict[str, Any]:
    document = answer.document
    if answer.status != _OK or not isinstance(document, dict):
        said = reason(answer, "description", "title")
        raise ReceiverError(
            f"{receiver.url}: {what} cannot be read ({said}). Check address and key."
        )
    return document


def _settled(
    receiver: Receiver, root: str, answer: Answer, sleep: Callable[[float], None]
) -> dict[str, Any]:
    """Return the status of a request when the server is done with it, or its last one."""
    status = answer.document if isinstance(answer.document, dict) else {}
    identifier = status.get("id")
    for _ in range(ASKED):
        if status.get("status") == "complete" or not isinstance(identifier, str):
            break
        sleep(PAUSE_S)
        page = receiver.ask("GET", f"{root}status/{quote(identifier, safe='')}/").document
        status = page if isinstance(page, dict) else status
    return status


def _note(told: Pushed, status: dict[str, Any], sent: int) -> None:
    def counted(key: str) -> int:
        value = status.get(key)
        return min(value, sent) if isinstance(value, int) and value > 0 else 0

    told.success += counted("success_count")
    told.failed += counted("failure_count")
    told.pending += counted("pending_count")
    failures = status.get("failures")
    for each in failures[:TOLD] if isinstance(failures, list) else []:
        if isinstance(each, dict):
            text = str(each.get("message", ""))[:200]
            told.reasons.append("".join(c if c.isprintable() else "?" for c in text))
