"""Intelligence of a running service: sources fetched when they are due, opinions ready to ask."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

import duckdb

from fluxhound.errors import FluxhoundError
from fluxhound.history.beside import Beside
from fluxhound.history.store import Store
from fluxhound.intel.deciding import Decider
from fluxhound.intel.fetching import due, refresh
from fluxhound.intel.hindsight import look_back_at_new
from fluxhound.intel.opinions import weighed
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, State
from fluxhound.records import Finding

log = logging.getLogger(__name__)

#: How often it is looked whether a source is due; sources have intervals of their own. Chosen.
LOOK_EVERY_S = 60.0
#: What was seen before it was listed, told one by one. Chosen.
MOST_TOLD = 20
#: Weights fall with age, so that opinions are made anew after this, whatever was fetched. Chosen.
ANEW_S = 3600.0


def decider_of(store: Store | Beside, *, now: float) -> Decider | None:
    """Return the opinions that a store holds; ``None`` where it holds no intelligence."""
    found = store.connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'intel_source'"
    ).fetchall()
    if not found[0][0]:
        return None
    shelf = Shelf(store)
    said = store.connection.execute("SELECT count(*) FROM intel_entry").fetchall()
    return Decider(shelf, now=now) if shelf.sources() or said[0][0] else None


class Intelligence:
    """Keeps the sources of a store fresh, on a thread of its own, and weighs findings."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        """Use *store*; nothing is read before ``start``."""
        self._store = store
        self._clock = clock
        self._decider: Decider | None = None
        self._made_at = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intelligence", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End; a fetch that is under way has some seconds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def weigh(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return *findings* with what is known of their names; any thread may ask."""
        decider = self._decider
        return weighed(findings, decider) if decider and findings else findings

    def _run(self) -> None:
        while True:
            try:
                with Beside(self._store) as beside:
                    self.step(beside)
            except (FluxhoundError, duckdb.Error, OSError, ValueError) as error:
                log.warning("intelligence was put off: %s", error)
            if self._stop.wait(LOOK_EVERY_S):
                return

    def step(self, beside: Beside) -> None:
        """Fetch what is due, and make opinions anew if something changed or an hour went by."""
        now = self._clock()
        changed = self._decider is None or now - self._made_at >= ANEW_S
        if decider_of(beside, now=now) is None:
            self._decider = None
            return
        shelf = Shelf(beside)
        for name in due(shelf, now=now):
            if self._stop.is_set():
                return
            before = shelf.indicators(name)["value"]
            standing, feed = refresh(shelf, name, now=now)
            changed = changed or feed is not None
            if standing.why:
                log.warning("%s: %s", name, standing.why)
            hostile = shelf.source(name).purpose is Purpose.BLOCK
            if feed is not None and hostile and standing.state is State.GOOD:
                told = look_back_at_new(shelf, name, before, now=now)
                for sighting in told[:MOST_TOLD]:
                    log.warning("%s: %s.", name, sighting.sentence)
                if len(told) > MOST_TOLD:
                    log.warning("%s: %d more were seen before.", name, len(told) - MOST_TOLD)
        if changed:
            self._decider, self._made_at = Decider(shelf, now=now), now
