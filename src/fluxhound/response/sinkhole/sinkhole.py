"""The sinkhole as a whole: listens, records, ends cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from fluxhound.errors import StoreError, UsageError
from fluxhound.response.sinkhole.authority import load_authority
from fluxhound.response.sinkhole.certificates import Certificates
from fluxhound.response.sinkhole.limits import Place, Setup
from fluxhound.response.sinkhole.listening import Counts, Listener, allow_files, open_sockets
from fluxhound.response.sinkhole.page import render_answer, render_head
from fluxhound.response.sinkhole.recording import Recorder, Written

logger = logging.getLogger(__name__)

#: How often it is looked whether the recorder is alive. Chosen, not measured.
_LOOK_S = 2.0


class Sinkhole:
    """One sinkhole. ``run`` blocks in any thread; all else may be called from others."""

    def __init__(self, setup: Setup, *, clock: Callable[[], float] = time.time) -> None:
        """Open everything that *setup* names; nothing is answered before ``run``.

        Raises:
            UsageError: there is nowhere to listen, or it cannot be listened at.
            StoreError: the folder, the CA, the log or the store cannot be used.
        """
        if not setup.places:
            raise UsageError("There is nowhere to listen: name an address and a port.")
        self._answers = (render_answer(setup.contact), render_head(setup.contact))
        _make_folder(setup)
        authority = load_authority(setup.folder, now=datetime.now(UTC))
        self._sockets = open_sockets(setup.places)
        limits = setup.limits
        room = allow_files(limits.connections)
        if room < limits.connections:
            logger.warning("only %d connections at once: raise the limit of open files", room)
            limits = dataclasses.replace(limits, connections=room)
        try:
            self._certificates = Certificates(authority, limits, clock=clock)
            self._recorder = Recorder(setup, clock=clock)
        except BaseException:
            for each in self._sockets:
                each.close()
            raise
        self.places = tuple(
            Place(address=each.getsockname()[0], port=each.getsockname()[1])
            for each in self._sockets
        )
        self._listener = Listener(
            limits=limits,
            certificates=self._certificates,
            answers=self._answers,
            record=self._recorder.put,
            clock=clock,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._ended: asyncio.Event | None = None
        #: Set as soon as connections are answered.
        self.ready = threading.Event()

    def run(self) -> None:
        """Answer until ``stop``; then end what is under way and write all that was recorded."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """End soon; also from a signal handler, and before ``run``."""
        self._stop.set()
        loop, ended = self._loop, self._ended
        if loop is not None and ended is not None and not loop.is_closed():
            loop.call_soon_threadsafe(ended.set)

    def reload(self) -> None:
        """Open the log anew, after it was rotated away."""
        self._recorder.reopen()

    @property
    def counts(self) -> Counts:
        """Return what happened on the connections."""
        return self._listener.counts

    @property
    def connections(self) -> int:
        """Return how many connections there are."""
        return len(self._listener)

    @property
    def certificates(self) -> Certificates:
        """Return the certificates that are kept, with their counts."""
        return self._certificates

    def written(self) -> Written:
        """Return what became of the records."""
        return self._recorder.written()

    async def _until_stopped(self, ended: asyncio.Event) -> None:
        """Wait for ``stop``; a sinkhole that records nothing is none, so that ends it, too.

        Raises:
            StoreError: the recorder ended by a defect.
        """
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await ended.wait()
            if not self._recorder.writing:
                raise StoreError("The recorder ended by a defect: start the sinkhole again.")

    async def _run(self) -> None:
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._recorder.start()
        try:
            self._listener.open(self._sockets)
            for place in self.places:
                logger.info("listening at %s port %d", place.address, place.port)
            self.ready.set()
            await self._until_stopped(self._ended)
        finally:
            await self._listener.close()
            self._recorder.close()
            self.ready.clear()


def _make_folder(setup: Setup) -> None:
    try:
        setup.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{setup.folder}: the sinkhole's folder cannot be made ({error.strerror})."
        ) from error
