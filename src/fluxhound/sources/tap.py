"""The live dnstap input: listens where name servers connect to, on a Unix socket or on TCP.

Both manners of frame streams are understood: bidirectional, as BIND and Unbound speak it, and
unidirectional, as PowerDNS does. Which messages make history and which only tell who asked is in
``sides``. A connection that breaks the protocol is closed and counted as one bad record with the
reason; the others go on. A stream cannot be read again: while the service is behind, nothing is
read, so that the server's queue fills and the server drops; and when that lasts, answers that were
passed on a moment ago are left out and counted, new ones never.
"""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time

from fluxhound.errors import FluxhoundError
from fluxhound.sources.live import ENDED, FAILING, Health, Outlet, Portion
from fluxhound.sources.repeats import Repeats
from fluxhound.sources.reservoir import ROOM, Room
from fluxhound.sources.sides import Sides
from fluxhound.sources.sockets import Address, InUseError, listening
from fluxhound.sources.tally import Tally
from fluxhound.sources.tapconnection import TapConnection
from fluxhound.sources.tapframes import PORTION_S, TapFrames
from fluxhound.sources.tapquiet import Quiet

#: Connections at once; a resolver has one, or one for each of its threads. Chosen, not measured.
CONNECTIONS = 64
#: Seconds between attempts to have an address that another program has. Chosen, not measured.
AGAIN_S = 2.0

REFUSED = "connection refused: too many are open"
DEFECT = "connection closed by a defect"

_log = logging.getLogger(__name__)


class DnstapInput:
    """Takes what any number of name servers log."""

    format = "dnstap"
    not_observable: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        name: str,
        address: Address,
        sensor: str | None = None,
        connections: int = CONNECTIONS,
        silent_after: float = 600.0,
        room: int = ROOM,
    ) -> None:
        """Listen on *address* for at most so many *connections* at once.

        Without a *sensor*, servers are told apart by what they call themselves. The input is silent
        when nothing came for *silent_after* seconds; 0 never is. *room* is how many octets may wait
        to be decoded, of all connections together.
        """
        self.name = name
        self.sensor = sensor
        self.health = Health()
        self._address = address
        self._limit = connections
        self._silent_after = silent_after
        self._room = Room(room)
        self._numbers = itertools.count(1)
        self._sides = Sides()
        self._repeats = Repeats()
        self._threads: list[threading.Thread] = []
        self._failure: FluxhoundError | None = None

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        """Take connections until *stop* is set; there is no *position* in a live stream.

        Raises:
            FluxhoundError: the address can never be had, or a portion could not be handed on.
        """
        del position
        try:
            while not stop.is_set() and not self._failure:
                try:
                    with listening(self._address) as server:
                        self._serve(server, outlet, stop)
                except InUseError as error:
                    self.health.error, self.health.state = f"{error}.", FAILING
                    stop.wait(AGAIN_S)
        finally:
            self._end()
        if self._failure:
            raise self._failure

    def take(self, server: socket.socket, outlet: Outlet, stop: threading.Event) -> None:
        """Take connections of a *server* that listens, instead of listening.

        Raises:
            FluxhoundError: a portion could not be handed on.
        """
        try:
            self._serve(server, outlet, stop)
        finally:
            self._end()
        if self._failure:
            raise self._failure

    def _end(self) -> None:
        for thread in self._threads:
            thread.join()
        self.health.state, self.health.connections = ENDED, 0

    def _serve(self, server: socket.socket, outlet: Outlet, stop: threading.Event) -> None:
        """Take connections of a *server* that listens."""
        server.settimeout(PORTION_S)
        refused, told = 0, time.monotonic()
        quiet = Quiet(self.health, name=self.name, silent_after=self._silent_after, now=told)
        quiet.look(told)
        while not stop.is_set() and not self._failure:
            connection = _accepted(server, stop)
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if connection and len(self._threads) >= self._limit:
                connection.close()
                refused += 1
            elif connection:
                self._start(connection, outlet, stop)
            self.health.connections = len(self._threads)
            quiet.look(time.monotonic())
            if refused and time.monotonic() - told >= PORTION_S:
                _log.warning(
                    "%s: %d connections are open, %d refused", self.name, self._limit, refused
                )
                outlet.put(_rejected(REFUSED, refused))
                refused, told = 0, time.monotonic()

    def _start(self, connection: socket.socket, outlet: Outlet, stop: threading.Event) -> None:
        """Give a connection a thread of its own."""
        if connection.family != socket.AF_UNIX:  # so that the death of the other machine shows
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        number = next(self._numbers)
        frames = TapFrames(
            number=number,
            sensor=self.sensor,
            sides=self._sides,
            repeats=self._repeats,
            now=time.monotonic(),
        )
        one = TapConnection(connection, frames, outlet, self.health, self._room)
        thread = threading.Thread(
            target=self._read, args=(one, outlet, stop), name=f"{self.name}-{number}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _read(self, connection: TapConnection, outlet: Outlet, stop: threading.Event) -> None:
        sound = False
        try:
            connection.run(stop)
            sound = True
        except FluxhoundError as error:  # of the outlet: told where the input was started
            self._failure, sound = error, True
        finally:
            if not sound:
                _log.error(
                    "%s: a connection was closed by a defect in Fluxhound; what it had sent and "
                    "was not handed over is lost. Report what stands on standard error.",
                    self.name,
                )
                outlet.put(_rejected(DEFECT, 1))


def _accepted(server: socket.socket, stop: threading.Event) -> socket.socket | None:
    """Return the next connection; ``None`` if there is none for now."""
    try:
        return server.accept()[0]
    except TimeoutError:
        return None
    except OSError as error:  # no file descriptor is left, or the caller gave up
        _log.warning("a connection could not be accepted: %s", error.strerror)
        stop.wait(PORTION_S)
        return None


def _rejected(reason: str, count: int) -> Portion:
    tally = Tally(records=count)
    tally.reject(reason, count=count)
    return Portion(batches=(), tally=tally)
