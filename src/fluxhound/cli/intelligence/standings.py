"""Sources and how they fare, for machines and for people; and what fetching them brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fluxhound.cli.intelligence.opened import (
    harmless,
    is_table,
    message,
    print_rows,
    print_table,
    shown,
)
from fluxhound.errors import UnreadableInputError

HEADINGS = (
    "SOURCE", "STATE", "INDICATORS", "HELD", "FETCHED", "NEXT", "PURPOSE", "TRUST", "LOCATION",
)  # fmt: skip
#: What a fetch tells beside how the source fares now; it goes to standard error.
TOLD = ("notes", "sightings", "more_sightings")


def print_standings(documents: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> None:
    """Print sources, as ``source_document`` has them."""
    rows = [{key: value for key, value in d.items() if key not in TOLD} for d in documents]
    if not is_table(given):
        print_rows(rows)
        return
    print_table(
        HEADINGS,
        [
            (
                row["source"],
                row["state"],
                f"{row['indicators']:,}",
                f"{row['held']:,}",
                row["fetched"] or "never",
                row["next"] or "now",
                row["purpose"],
                str(row["trust"]),
                harmless(row["location"])
                if row["client"] == "file"
                else shown(row["location"], given),
            )
            for row in rows
        ],
    )


def tell(document: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Tell what became of a source that was fetched, and what the history has of what is new."""
    name = document["source"]
    if document["state"] == "failing":
        message(f"{name}: {document['why']}")
    elif document["state"] == "held":
        message(
            f"{name}: held, {document['why']}. Look at it, then: fluxhound intel refresh --accept "
            f"{name}"
        )
    for note in () if given.get("quiet") else document["notes"]:
        message(note)
    for sighting in document["sightings"]:
        seen = sighting["seen"]
        message(f"{name}: {sighting['sentence'].replace(seen, shown(seen, given), 1)}.")
    if document["more_sightings"]:
        message(f"{name}: {document['more_sightings']:,} more were seen before.")


def status_of(documents: Iterable[Mapping[str, Any]]) -> int:
    """Return the exit status after fetching: that of an unreadable input if one failed."""
    failing = any(each["state"] == "failing" for each in documents)
    return UnreadableInputError.exit_status if failing else 0
