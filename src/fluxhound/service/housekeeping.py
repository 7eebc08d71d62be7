"""What keeps the store of a running service small and whole, between commits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import duckdb

from fluxhound.errors import StoreError
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Upkeep
from fluxhound.service.meters import Meters
from fluxhound.service.web.repeats import forget

log = logging.getLogger(__name__)

#: Keys of posts that have run out are deleted this often.
FORGET_EVERY_S = 3600.0
#: After a piece that could not be done, such as a checkpoint while a sweep reads, nothing is tried
#: for so long; and it is told as a warning only when it has gone on for longer. Chosen.
PAUSE_S, TOLD_AFTER_S = 2.0, 300.0


class Housekeeping:
    """Does one piece of upkeep at a time, on the recorder's thread."""

    def __init__(
        self,
        store: Store,
        upkeep: Upkeep,
        meters: Meters,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep *store* by *upkeep*."""
        self._store = store
        self._upkeep = upkeep
        self._meters = meters
        self._clock = clock
        self._forgot_at = self._next = float("-inf")
        self._failing_since: float | None = None

    def step(self, now: float, *, more: Callable[[], bool]) -> None:
        """Do the most urgent piece, and others while *more* says that there is time.

        *now* is the time of the traffic, in seconds since 1970-01-01 UTC.
        """
        moment = self._clock()
        if moment < self._next:
            return
        try:
            self._forget(moment)
            with self._meters.stage("retain"):
                while self._upkeep.step(now=now) and more():
                    pass
            self._failing_since = None
        except (StoreError, duckdb.Error) as error:
            self._put_off(error, moment)

    def _put_off(self, error: Exception, moment: float) -> None:
        self._next = moment + PAUSE_S
        if self._store.broken:
            self._store.reopen()
        if self._failing_since is None:
            self._failing_since = moment
            log.debug("%s: upkeep was put off (%s).", self._store.path, error)
        elif moment - self._failing_since > TOLD_AFTER_S:
            self._failing_since = moment
            log.warning("%s: upkeep cannot be done (%s).", self._store.path, error)

    def _forget(self, moment: float) -> None:
        """Forget the keys of posts that are a day old."""
        if moment - self._forgot_at > FORGET_EVERY_S:
            self._forgot_at = moment
            with self._store.transaction():
                forget(self._store.connection, now=time.time())
