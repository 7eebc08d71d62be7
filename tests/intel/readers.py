"""How tests of feeds read text, and what they compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import settings

from fluxhound.errors import FluxhoundError
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.form import FeedOptions
from fluxhound.intel.reading.recognition import Feed, form_named, read_octets
from fluxhound.sources.tally import Tally

#: Examples of properties that read a whole feed: enough, and not too slow.
SOME = settings(max_examples=40)

FEEDS = Path(__file__).parent / "feeds"


def read(content: str | bytes, form: str | None = None, **options: Any) -> Feed:
    """Read a feed from memory; the format is told by the content if not given."""
    octets = content.encode() if isinstance(content, str) else content
    chosen = form_named(form) if form else None
    return read_octets(octets, "feed", FeedOptions(**options), chosen)


def brief(feed: Feed) -> list[str]:
    """Return the indicators in order as "kind value", "+" before what is allowed."""
    rows = feed.table.select(["kind", "value", "allow", "role"]).to_pylist()
    return [
        f"{'+' if row['allow'] else ''}{Kind(row['kind']).word} {row['value']}"
        f"{' (name server)' if row['role'] else ''}"
        for row in rows
    ]


def taken(content: str | bytes, form: str | None = None, **options: Any) -> list[str]:
    """Return what is taken from a feed."""
    return brief(read(content, form, **options))


def counts(tally: Tally) -> dict[str, int]:
    """Return every reason with its count."""
    return dict(tally.passed_over + tally.bad)


def survives(content: bytes, form: str | None = None, **options: Any) -> None:
    """Read hostile *content*: it may end in indicators or in a sentence, nothing else."""
    try:
        told = str(read(content, form, **options).table.num_rows)
    except FluxhoundError as error:
        told = str(error)
    assert told
    assert "\n" not in told
