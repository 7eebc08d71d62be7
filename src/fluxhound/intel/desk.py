"""What people ask of a shelf, and change on it: the same from the command line and over HTTP.

Every answer is a JSON document, so that it can travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fluxhound.errors import UsageError
from fluxhound.intel.deciding import Decider
from fluxhound.intel.documents import (
    entry_document,
    opinion_document,
    seen_document,
    sighting_document,
    source_document,
)
from fluxhound.intel.entries import drop_entry, entries, make_entry, put_entry
from fluxhound.intel.fetching import Fetch, due, refresh
from fluxhound.intel.hindsight import look_back_at_new, sightings
from fluxhound.intel.reading.recognition import Feed
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source, State
from fluxhound.intel.web import fetch
from fluxhound.sources.tally import Tally

Document = dict[str, Any]

#: Sightings in the past that one answer tells one by one. Chosen.
MOST_SIGHTINGS = 10


class Desk:
    """One shelf, as people see and change it."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        now: float,
        decider: Decider | None = None,
        fetcher: Fetch = fetch,
    ) -> None:
        """Ask *shelf* at the time *now*; *decider* knows its opinions, if they were made before."""
        self.shelf = shelf
        self._now = now
        self._decider = decider
        self._fetcher = fetcher

    def sources(self) -> list[Document]:
        """Return all sources and how they fare."""
        return [self._source(each.name) for each in self.shelf.sources()]

    def entries(self) -> list[Document]:
        """Return what analysts allow and deny."""
        return [entry_document(each, now=self._now) for each in entries(self.shelf)]

    def opinions(self, names: Iterable[str]) -> list[Document]:
        """Return what is thought of each of *names*, and why."""
        if self._decider is None:
            self._decider = Decider(self.shelf, now=self._now)
        return [opinion_document(each) for each in self._decider.verdicts_on(names)]

    def seen(self, *, since: float = 0.0) -> list[Document]:
        """Return what the history holds of what may be blocked, *since* (seconds since 1970)."""
        if self._decider is None:
            self._decider = Decider(self.shelf, now=self._now)
        found = sightings(self.shelf.store, self._decider.hostile, since=since)
        opinions = self._decider.verdicts_on([each.seen for each in found])
        return [
            seen_document(each, opinion)
            for each, opinion in zip(found, opinions, strict=True)
            if opinion.blocks
        ]

    def refresh(
        self,
        names: Sequence[str] = (),
        *,
        due_only: bool = False,
        tell: Callable[[Document], None] = lambda _: None,
    ) -> list[Document]:
        """Fetch all sources again, or these; *tell* hears of each when it is done.

        The documents have what was refused and passed over (``notes``), and what the history holds
        of new indicators (``sightings``).

        Raises:
            UsageError: there is no such source.
        """
        chosen = list(names) or [each.name for each in self.shelf.sources()]
        for name in chosen:
            self.shelf.source(name)
        if due_only:
            waiting = due(self.shelf, now=self._now)
            chosen = [name for name in chosen if name in waiting]
        found = []
        for name in chosen:
            found.append(self._fetched(name))
            tell(found[-1])
        return found

    def accept(self, name: str) -> Document:
        """Let what is held of a source count."""
        self.shelf.accept(name, now=self._now)
        return self._source(name)

    def add(self, source: Source, *, later: bool = False) -> Document:
        """Declare a source, and fetch it.

        Raises:
            UsageError: it stands in the configuration.
        """
        self._check_not_configured(source.name, "change")
        self.shelf.add(source)
        return self._source(source.name) if later else self._fetched(source.name)

    def remove(self, name: str) -> None:
        """Forget a source and all that it said.

        Raises:
            UsageError: there is none, or it stands in the configuration.
        """
        self._check_not_configured(name, "remove")
        self.shelf.remove(name)

    def say(
        self,
        value: str,
        *,
        allow: bool,
        reason: str,
        owner: str,
        seconds: float | None = None,
        alone: bool = False,
    ) -> Document:
        """Write down that an analyst allows or denies *value*, for some *seconds* or for good.

        Raises:
            UsageError: it cannot be said.
        """
        entry = make_entry(
            value,
            allow=allow,
            reason=reason,
            owner=owner,
            created=self._now,
            expires=None if seconds is None else self._now + seconds,
            alone=alone,
        )
        put_entry(self.shelf, entry)
        return entry_document(entry, now=self._now)

    def unsay(self, value: str) -> None:
        """Forget what an analyst said about *value*.

        Raises:
            UsageError: nothing was said about it.
        """
        drop_entry(self.shelf, value)

    def _source(self, name: str) -> Document:
        return source_document(self.shelf.source(name), self.shelf.standing(name))

    def _check_not_configured(self, name: str, verb: str) -> None:
        if any(each.name == name and each.configured for each in self.shelf.sources()):
            raise UsageError(f"{name} stands in the configuration: {verb} it there, in [[intel]].")

    def _fetched(self, name: str) -> Document:
        before = self.shelf.indicators(name)["value"]
        standing, feed = refresh(self.shelf, name, now=self._now, fetcher=self._fetcher)
        source = self.shelf.source(name)
        told: Document = source_document(source, standing) | {
            "notes": [] if feed is None else list(notes(name, feed)),
            "sightings": [],
            "more_sightings": 0,
        }
        hostile = source.purpose is Purpose.BLOCK
        if feed is not None and hostile and standing.state is State.GOOD:
            seen = look_back_at_new(self.shelf, name, before, now=self._now)
            told["sightings"] = [sighting_document(each) for each in seen[:MOST_SIGHTINGS]]
            told["more_sightings"] = max(0, len(seen) - MOST_SIGHTINGS)
        return told


def notes(name: str, feed: Feed) -> Iterable[str]:
    """Yield a sentence for each thing of a feed that was not taken."""
    yield from feed.refused
    for reason, count in feed.tally.bad.most_common():
        yield f"{name}: {count:,} refused: {reason}{_samples(feed.tally, reason)}"
    for reason, count in feed.tally.passed_over.most_common():
        yield f"{name}: {count:,} passed over: {reason}"


def _samples(tally: Tally, reason: str) -> str:
    samples = tally.samples.get(reason)
    return f" (for example {', '.join(samples)})" if samples else ""
