"""The log of all that was decided, chained so that changes show.

Each row holds the hash of the one before it. Whoever changes, removes or inserts a row must write
all that follow anew; keep the last hash elsewhere to notice even that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: The hash before the first row.
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One row of the log."""

    number: int  # from 1, without gaps; it names the action
    time: str  # RFC 3339, UTC
    who: str
    kind: str
    document: str  # JSON
    raised: int  # entries that were added or raised
    before: str  # hash of the row before
    hash: str


def linked(
    last: Link | None, *, time: str, who: str, kind: str, document: Mapping[str, Any], raised: int
) -> Link:
    """Return the row that follows *last*."""
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    number, before = (last.number + 1, last.hash) if last else (1, BEGINNING)
    digest = _hash(number, time, who, kind, text, raised, before)
    return Link(
        number=number, time=time, who=who, kind=kind, document=text, raised=raised,
        before=before, hash=digest,
    )  # fmt: skip


def first_broken(links: Iterable[Link]) -> int | None:
    """Return the number of the first row that does not follow from those before it, if any."""
    before = BEGINNING
    for number, link in enumerate(links, 1):
        expected = _hash(number, link.time, link.who, link.kind, link.document, link.raised, before)
        if (link.number, link.before, link.hash) != (number, before, expected):
            return number
        before = link.hash
    return None


def _hash(*fields: object) -> str:
    text = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
