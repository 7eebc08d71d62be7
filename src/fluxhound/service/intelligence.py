"""Intelligence of a running service: sources fetched when they are due, opinions ready to ask."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fluxhound.config import Settings
from fluxhound.errors import FluxhoundError
from fluxhound.history.beside import Beside
from fluxhound.history.store import Store
from fluxhound.intel.brands import brands_of
from fluxhound.intel.deciding import Decider
from fluxhound.intel.declared import agree, sources_of
from fluxhound.intel.desk import Desk
from fluxhound.intel.documents import iso
from fluxhound.intel.fetching import Fetch, due
from fluxhound.intel.impersonation import Imitations
from fluxhound.intel.opinions import weighed
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Source
from fluxhound.intel.web import fetch
from fluxhound.records import Finding
from fluxhound.service.errand import MISHAPS

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How often it is looked whether a source is due; sources have intervals of their own. Chosen.
LOOK_EVERY_S = 60.0
#: How long before the newest record what is listed is looked for: records come late. Chosen.
LATELY_S = 3600.0
#: What is listed and was seen, told one by one at a time, and remembered as told. Chosen.
MOST_TOLD, MOST_REMEMBERED = 20, 100_000
#: How long whoever asks waits for a fetch that is under way. Chosen.
PATIENCE_S = 30.0
#: Weights fall with age, so that opinions are made anew after this, whatever was fetched. Chosen.
ANEW_S = 3600.0


def has_shelf(store: Store | Beside) -> bool:
    """Tell whether a store was ever told of sources or entries."""
    found = store.connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'intel_source'"
    ).fetchall()
    return bool(found[0][0])


def decider_of(store: Store | Beside, *, now: float) -> Decider | None:
    """Return the opinions that a store holds; ``None`` where it holds no intelligence."""
    if not has_shelf(store):
        return None
    shelf = Shelf(store)
    said = store.connection.execute("SELECT count(*) FROM intel_entry").fetchall()
    return Decider(shelf, now=now) if shelf.sources() or said[0][0] else None


def known_from(settings: Settings) -> tuple[tuple[Source, ...], Imitations | None]:
    """Return the sources that the configuration declares, and the brands that names may imitate.

    Raises:
        ConfigurationError: a source makes no sense.
    """
    brands = brands_of(settings.brands)
    return sources_of(settings.intel), Imitations(brands) if brands else None


class Intelligence:
    """Keeps the sources of a store fresh, on a thread of its own, and weighs findings."""

    def __init__(
        self,
        store: Store,
        *,
        sources: Sequence[Source] = (),
        imitations: Imitations | None = None,
        clock: Callable[[], float] = time.time,
        fetcher: Fetch = fetch,
    ) -> None:
        """Use *store*, with the *sources* of the configuration; nothing is read before ``start``.

        With *imitations*, names that imitate a brand are told.
        """
        self._store = store
        self._clock = clock
        self._fetcher = fetcher
        self._sources: Sequence[Source] | None = tuple(sources)
        self._imitations = imitations
        self._decider: Decider | None = None
        self._made_at = float("-inf")
        self._told: set[str] = set()
        self._changing = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intelligence", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End; a fetch that is under way has some seconds."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def take(self, sources: Sequence[Source], imitations: Imitations | None) -> None:
        """Take what the configuration says now; any thread may call it."""
        self._sources, self._imitations = tuple(sources), imitations
        self._wake.set()

    def weigh(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return *findings* with what is known of their names; any thread may ask."""
        return weighed(findings, self._decider, self._imitations)

    def ask(self, ask: Callable[[Desk], T]) -> T:
        """Return what *ask* reads from the shelf; any thread may ask."""
        with Beside(self._store) as beside:
            return ask(Desk(Shelf(beside), now=self._clock(), decider=self._decider))

    def change(self, change: Callable[[Desk], T], *, entries: bool = False) -> T:
        """Return what *change* answers after it changed the shelf: only *entries*, or sources.

        Raises:
            FluxhoundError: what *change* raised, or that something else takes too long.
        """
        if not self._changing.acquire(timeout=PATIENCE_S):
            raise FluxhoundError("The service is fetching sources. Try again in a minute.")
        try:
            with Beside(self._store) as beside:
                shelf = Shelf(beside)
                try:
                    return change(Desk(shelf, now=self._clock(), fetcher=self._fetcher))
                finally:
                    self._made_anew(shelf, entries=entries)
        finally:
            self._changing.release()

    def _made_anew(self, shelf: Shelf, *, entries: bool) -> None:
        now = self._clock()
        if entries and self._decider is not None:
            self._decider = self._decider.with_entries_of(shelf, now=now)
        else:
            self._decider, self._made_at = decider_of(shelf.store, now=now), now

    def _run(self) -> None:
        while True:
            try:
                with Beside(self._store) as beside:
                    self.step(beside)
            except MISHAPS as error:
                log.warning("intelligence was put off: %s", error)
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            if self._stop.is_set():
                return

    def step(self, beside: Beside) -> None:
        """Fetch what is due, and make opinions anew if something changed or an hour went by."""
        now = self._clock()
        with self._changing:
            changed = self._agree(beside)
        changed = changed or self._decider is None or now - self._made_at >= ANEW_S
        if not has_shelf(beside):
            self._decider = None
            return
        shelf = Shelf(beside)
        for name in due(shelf, now=now):
            if self._stop.is_set():
                return
            with self._changing:
                [told] = Desk(shelf, now=now, fetcher=self._fetcher).refresh([name])
            changed = changed or told["changed"] == iso(now)
            tell(told)
        if changed:
            with self._changing:
                self._decider, self._made_at = decider_of(beside, now=now), now
        self._look(shelf, now)

    def _look(self, shelf: Shelf, now: float) -> None:
        """Tell of the log what is listed and was seen lately, each name and address once."""
        [(last,)] = shelf.store.connection.execute("SELECT max(last) FROM history").fetchall()
        if self._decider is None or last is None:
            return
        found = Desk(shelf, now=now, decider=self._decider).seen(since=last - LATELY_S)
        if len(self._told) > MOST_REMEMBERED:
            self._told.clear()
        new = [each for each in found if each["seen"] not in self._told]
        self._told.update(each["seen"] for each in new)
        for each in new[:MOST_TOLD]:
            log.warning("%s.", each["sentence"])
        if len(new) > MOST_TOLD:
            log.warning("%d more are listed: fluxhound intel seen.", len(new) - MOST_TOLD)

    def _agree(self, beside: Beside) -> bool:
        """Make the shelf agree with the configuration, once; tell whether anything changed."""
        sources, self._sources = self._sources, None
        if sources is None or not (sources or has_shelf(beside)):
            return False
        try:
            agreed = agree(Shelf(beside), sources)
        except BaseException:
            self._sources = sources
            raise
        for names, what in ((agreed.declared, "declared"), (agreed.removed, "removed")):
            if names:
                log.info("sources %s by the configuration: %s", what, ", ".join(names))
        return bool(agreed.declared or agreed.removed)


def tell(told: Mapping[str, Any]) -> None:
    """Write to the log what a fetch brought: why it failed or is held, what was seen before."""
    name = told["source"]
    if told["why"]:
        log.warning("%s: %s", name, told["why"])
    for sighting in told["sightings"]:
        log.warning("%s: %s.", name, sighting["sentence"])
    if told["more_sightings"]:
        log.warning("%s: %d more were seen before.", name, told["more_sightings"])
