"""Findings read back from documents, so that a saved result can be rendered again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from fluxhound.errors import UnreadableInputError
from fluxhound.records import EntityKind, Evidence, Finding, LookAlike, Severity, VerdictKind
from fluxhound.sharing.validation import validate

#: A saved result larger than this is not read. Chosen: some 100,000 findings.
SAVED_BYTES = 512 << 20


def from_document(document: Mapping[str, Any]) -> Finding:
    """Return the finding that *document* describes.

    Raises:
        UnreadableInputError: when the document does not keep to the schema.
    """
    validate(document)
    return as_finding(document)


def as_finding(document: Mapping[str, Any]) -> Finding:
    """Return the finding that *document* describes, which we wrote ourselves: it is not checked.

    Raises:
        KeyError, TypeError, ValueError, UnreadableInputError: it is something else after all.
    """
    return Finding(
        name=document["name"],
        entity=EntityKind(document["entity"]),
        registered_domain=document["registered_domain"],
        verdict=VerdictKind(document["verdict"]),
        finding=document["finding"],
        flux=document["flux"],
        malice=document["malice"],
        severity=Severity(document["severity"]),
        first_seen=_time(document["first_seen"]),
        last_seen=_time(document["last_seen"]),
        evidence=tuple(_evidence(item) for item in document["evidence"]),
        measures=dict(document["measures"]),
        baselines=dict(document["baselines"]),
        not_observable=tuple(document["not_observable"]),
        look_alikes=tuple(_look_alike(item) for item in document.get("look_alikes", ())),
        counterfactuals=tuple(document.get("counterfactuals", ())),
        members=tuple(document.get("members", ())),
        network=document.get("network", ""),
    )


def read_saved(content: bytes) -> tuple[Finding, ...]:
    """Return the findings of a saved result: JSON lines, or the one object of ``--format json``.

    Raises:
        UnreadableInputError: when it is neither; says in which line.
    """
    if len(content) > SAVED_BYTES:
        raise UnreadableInputError(
            f"The saved result is larger than {SAVED_BYTES >> 20} MiB. Split it by lines."
        )
    whole = _parsed(content)
    if isinstance(whole, dict) and isinstance(whole.get("findings"), list):
        return tuple(from_document(document) for document in whole["findings"])
    lines = ((place, line) for place, line in enumerate(content.splitlines(), 1) if line.strip())
    return tuple(_from_line(line, place) for place, line in lines)


def _from_line(line: bytes, place: int) -> Finding:
    document = _parsed(line)
    if not isinstance(document, dict):
        raise UnreadableInputError(
            f"Line {place} of the saved result is no JSON object. "
            "Give a file that fluxhound analyze --format jsonl (or json) wrote."
        )
    return from_document(document)


def _parsed(content: bytes) -> object:
    try:
        parsed: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return parsed


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableInputError(
            f"A saved time cannot be read ({error}). Times are RFC 3339 in UTC."
        ) from error


def _evidence(item: Mapping[str, Any]) -> Evidence:
    return Evidence(
        id=item["id"],
        points=item["points"],
        text=item["text"],
        value=item["value"],
        unit=item["unit"],
        normal=item["normal"],
        score=item.get("score", "flux"),
    )


def _look_alike(item: Mapping[str, Any]) -> LookAlike:
    return LookAlike(verdict=VerdictKind(item["verdict"]), fit=item["fit"], reason=item["reason"])
