"""Sources and how they fare, for machines and for people; and sources fetched, with messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fluxhound.cli.intelligence.opened import iso, message, print_rows, print_table, shown
from fluxhound.intel.fetching import refresh
from fluxhound.intel.hindsight import Sighting, look_back_at_new
from fluxhound.intel.reading.recognition import Feed
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source, Standing, State
from fluxhound.sources.tally import Tally

#: Sightings in the past that are told to people. Chosen.
SIGHTINGS_TOLD = 10


def row(source: Source, standing: Standing) -> Mapping[str, Any]:
    """Return a source with its standing, as it is written for machines."""
    return {
        "source": source.name,
        "state": str(standing.state),
        "indicators": standing.indicators,
        "held": standing.held,
        "why": standing.why,
        "fetched": iso(standing.fetched),
        "changed": iso(standing.changed),
        "client": source.client,
        "location": source.location,
        "purpose": str(source.purpose),
        "trust": source.trust,
        "refresh_s": source.refresh.total_seconds(),
        "licence": source.licence,
        "tlp": source.tlp.word,
    }


def print_standings(
    shelf: Shelf, names: Iterable[str], given: Mapping[str, Any], *, table: bool
) -> None:
    """Print the sources of these names."""
    rows = [row(shelf.source(name), shelf.standing(name)) for name in names]
    if not table:
        print_rows(rows)
        return
    print_table(
        ("SOURCE", "STATE", "INDICATORS", "HELD", "FETCHED", "PURPOSE", "TRUST", "LOCATION"),
        [
            (
                r["source"],
                r["state"],
                f"{r['indicators']:,}",
                f"{r['held']:,}",
                r["fetched"] or "never",
                r["purpose"],
                str(r["trust"]),
                r["location"] if r["client"] == "file" else shown(r["location"], given),
            )
            for r in rows
        ],
    )


def fetched(shelf: Shelf, name: str, given: Mapping[str, Any], *, now: float) -> Standing:
    """Fetch one source, tell what became of it, and look new indicators up in the history."""
    before = shelf.indicators(name)["value"]
    standing, feed = refresh(shelf, name, now=now)
    if standing.state is State.FAILING:
        message(f"{name}: {standing.why}")
    elif standing.state is State.HELD:
        message(
            f"{name}: held, {standing.why}. Look at it, then: fluxhound intel refresh --accept "
            f"{name}"
        )
    if feed is not None and not given.get("quiet"):
        _tell(name, feed)
    hostile = shelf.source(name).purpose is Purpose.BLOCK
    if hostile and standing.state is State.GOOD and feed is not None:
        _tell_sightings(name, look_back_at_new(shelf, name, before, now=now), given)
    return standing


def _tell_sightings(name: str, told: list[Sighting], given: Mapping[str, Any]) -> None:
    for sighting in told[:SIGHTINGS_TOLD]:
        seen = sighting.sentence.replace(sighting.seen, shown(sighting.seen, given), 1)
        message(f"{name}: {seen}.")
    if len(told) > SIGHTINGS_TOLD:
        message(f"{name}: {len(told) - SIGHTINGS_TOLD:,} more were seen before.")


def _tell(name: str, feed: Feed) -> None:
    for sentence in feed.refused:
        message(sentence)
    for reason, count in feed.tally.bad.most_common():
        message(f"{name}: {count:,} refused: {reason}{_samples(feed.tally, reason)}")
    for reason, count in feed.tally.passed_over.most_common():
        message(f"{name}: {count:,} passed over: {reason}")


def _samples(tally: Tally, reason: str) -> str:
    samples = tally.samples.get(reason)
    return f" (for example {', '.join(samples)})" if samples else ""
