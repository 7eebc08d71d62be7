"""Sources, entries and opinions as JSON documents: for machines, and between service and user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fluxhound.intel.deciding import Opinion, Reason
from fluxhound.intel.entries import Entry
from fluxhound.intel.fetching import due_at
from fluxhound.intel.hindsight import Sighting
from fluxhound.intel.source import Source, Standing

Document = Mapping[str, Any]


def iso(seconds: float | None) -> str | None:
    """Return a time as ISO 8601 in UTC, ``None`` for none."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def source_document(source: Source, standing: Standing) -> dict[str, Any]:
    """Return a source and how it fares; ``next`` is null where it is due at once."""
    return {
        "source": source.name,
        "state": str(standing.state),
        "indicators": standing.indicators,
        "held": standing.held,
        "why": standing.why,
        "fetched": iso(standing.fetched),
        "tried": iso(standing.tried),
        "next": iso(due_at(source, standing) or None),
        "changed": iso(standing.changed),
        "client": source.client,
        "location": source.location,
        "purpose": str(source.purpose),
        "trust": source.trust,
        "refresh_s": source.refresh.total_seconds(),
        "licence": source.licence,
        "tlp": source.tlp.word,
        "configured": source.configured,
    }


def entry_document(entry: Entry, *, now: float) -> dict[str, Any]:
    """Return what an analyst said."""
    return {
        "value": entry.value,
        "kind": entry.kind.word,
        "says": entry.word,
        "reason": entry.reason,
        "owner": entry.owner,
        "created": iso(entry.created),
        "expires": iso(entry.expires),
        "expired": entry.expires is not None and entry.expires <= now,
    }


def sighting_document(sighting: Sighting) -> dict[str, Any]:
    """Return what was seen before it was known."""
    return {
        "seen": sighting.seen,
        "sentence": sighting.sentence,
        "where": sighting.where,
        "indicator": sighting.indicator,
        "days": sighting.days,
        "responses": sighting.responses,
        "clients": sighting.clients,
        "first": iso(sighting.first.timestamp()),
        "last": iso(sighting.last.timestamp()),
    }


def seen_document(sighting: Sighting, opinion: Opinion) -> dict[str, Any]:
    """Return what was seen of something that is listed, and which entry decides about it."""
    first = opinion.reasons[0]
    return sighting_document(sighting) | {
        "sentence": f"{sighting.brief}; {first.text}",
        "stand": str(opinion.stand),
        "source": first.source,
        "weight": round(opinion.weight, 4),
    }


def reason_document(reason: Reason) -> dict[str, Any]:
    """Return one reason of an opinion."""
    return {
        "stand": str(reason.stand),
        "source": reason.source,
        "value": reason.value,
        "kind": reason.kind.word,
        "how": reason.how.word,
        "weight": round(reason.weight, 4),
        "text": reason.text,
        "label": reason.label,
        "comment": reason.comment,
        "tlp": reason.tlp.word,
        "first_seen": iso(reason.first_seen),
        "last_seen": iso(reason.last_seen),
        "valid_until": iso(reason.valid_until),
    }


def opinion_document(opinion: Opinion) -> dict[str, Any]:
    """Return an opinion; the first reason decides."""
    return {
        "name": opinion.name,
        "stand": str(opinion.stand),
        "blocks": opinion.blocks,
        "weight": round(opinion.weight, 4),
        "reasons": [reason_document(reason) for reason in opinion.reasons],
    }
