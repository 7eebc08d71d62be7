"""The dnstap input as the service has it: a receiver with an interpreter of its own does the work.

The service listens, so that name servers find somebody even while a receiver is started again; the
receiver takes the connections, decodes, and hands portions over a pair of sockets. When the service
is behind, it takes none, the receiver waits, and then the name servers do. A receiver that dies
takes with it what it had not handed over; that is told, counted once, and another is started.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

import orjson

from fluxhound.errors import FluxhoundError
from fluxhound.sources import crossing
from fluxhound.sources.crossing import BrokenError
from fluxhound.sources.live import ENDED, FAILING, Health, Outlet, Portion
from fluxhound.sources.reservoir import ROOM
from fluxhound.sources.sockets import Address, InUseError, listening
from fluxhound.sources.tally import Tally
from fluxhound.sources.tap import AGAIN_S, CONNECTIONS

#: What a receiver is started by; ``-P``: nothing is imported from the current folder.
COMMAND = (sys.executable, "-P", "-m", "fluxhound.sources.receiver")

#: Counted once for each receiver that ended by itself.
LOST = "receiver ended: what it held is lost"

#: Seconds between two looks at whether the service is behind, or wants an end. Chosen.
LOOK_S = 0.05
#: Seconds before another receiver is started: none for one that ran for ``SOUND_S``, else twice as
#: many as the last time, up to the most. Chosen, not measured.
FIRST_PAUSE_S, MOST_PAUSE_S, SOUND_S = 0.25, 30.0, 60.0
#: Seconds in which a receiver that has nothing more to say must be gone. Chosen, not measured.
GONE_S = 5.0
#: Octets that may be under way between the two. Chosen, not measured.
UNDER_WAY = 1 << 20

_log = logging.getLogger(__name__)


class Receiver:
    """One receiver: an interpreter, and the channel to it. Use it in a ``with`` statement."""

    def __init__(self, given: dict[str, object], server: socket.socket) -> None:
        """Start it; *server* listens already, *given* is what ``receiver`` reads.

        Raises:
            OSError: it cannot be started.
        """
        self.channel, theirs = socket.socketpair()
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNDER_WAY)
            given = {**given, "server": server.fileno(), "channel": theirs.fileno()}
            try:
                self._running = subprocess.Popen(  # noqa: S603 - this interpreter, our module
                    [*COMMAND, orjson.dumps(given).decode()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(server.fileno(), theirs.fileno()),
                    process_group=0,  # Ctrl-C is for the service
                )
            except BaseException:
                self.channel.close()
                raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go, or end it; it ends by itself when the channel is closed."""
        self.channel.close()
        try:
            self._running.wait(GONE_S)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()

    @property
    def pid(self) -> int:
        """Return the number by which the system knows it."""
        return self._running.pid

    def tell(self, word: bytes) -> None:
        """Say one of the words of ``crossing``."""
        with contextlib.suppress(OSError):  # it is gone: the thread that reads notices
            self.channel.send(word, socket.MSG_DONTWAIT)

    def ended_how(self) -> str:
        """Return how it ended, in words."""
        try:
            status = self._running.wait(GONE_S)
        except subprocess.TimeoutExpired:
            return "it speaks no more"
        return f"signal {-status}" if status < 0 else f"exit status {status}"


class DnstapApart:
    """Takes what any number of name servers log, through a receiver."""

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
        """Take what ``DnstapInput`` takes."""
        self.name = name
        self.sensor = sensor
        self.health = Health()
        #: The receiver that runs now.
        self.receiver: Receiver | None = None
        self._address = address
        self._given = {
            "name": name,
            "address": str(address),
            "sensor": sensor,
            "connections": connections,
            "silent_after": silent_after,
            "room": room,
        }
        self._failure: FluxhoundError | None = None
        self._complete = False
        self._pause_s = FIRST_PAUSE_S

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
            self.health.state, self.health.connections = ENDED, 0
        if self._failure:
            raise self._failure

    def _serve(self, server: socket.socket, outlet: Outlet, stop: threading.Event) -> None:
        """Have a receiver for *server*, and another whenever one ends by itself."""
        while not stop.is_set() and not self._failure:
            began = time.monotonic()
            self._complete = False
            try:
                how = self._have_one(server, outlet, stop)
            except OSError as error:
                how = error.strerror or str(error)
            if self._complete or self._failure:
                continue
            self._mourn(how, outlet)
            if time.monotonic() - began >= SOUND_S:
                self._pause_s = FIRST_PAUSE_S
            stop.wait(self._pause_s)
            self._pause_s = min(2 * self._pause_s, MOST_PAUSE_S)

    def _have_one(self, server: socket.socket, outlet: Outlet, stop: threading.Event) -> str:
        """Have one receiver to its end, and return how it ended."""
        level = logging.getLogger("fluxhound").getEffectiveLevel()
        with Receiver({**self._given, "level": level}, server) as one:
            self.receiver = one
            reading = threading.Thread(
                target=self._read,
                args=(one, outlet),
                name=f"{threading.current_thread().name} portions",
                daemon=True,
            )
            reading.start()
            ending = pressed = False
            while reading.is_alive():
                reading.join(LOOK_S)
                if stop.is_set() and not ending:
                    ending = True
                    one.tell(crossing.STOP)
                if outlet.pressed != pressed:
                    pressed = not pressed
                    one.tell(crossing.PRESSED if pressed else crossing.EASED)
            self.receiver = None
            return "" if self._complete or self._failure else one.ended_how()

    def _mourn(self, how: str, outlet: Outlet) -> None:
        """Tell and count that a receiver ended by itself."""
        self.health.connections = 0
        self.health.state = FAILING
        self.health.error = f"{self.name}: the receiver ended ({how}). It is started again."
        _log.error(
            "%s: the receiver ended (%s); what it had received and not handed over is lost. "
            "It is started again.",
            self.name,
            how,
        )
        tally = Tally(records=1)
        tally.reject(LOST)
        self._put(outlet, Portion(batches=(), tally=tally))

    # On the thread that reads.

    def _read(self, one: Receiver, outlet: Outlet) -> None:
        """Hand on what comes until the receiver is gone, or nothing more can be handed on."""
        with contextlib.suppress(BrokenError):
            while not self._failure:
                message = crossing.receive(one.channel)
                if message is None or not self._take(*message, outlet):
                    return

    def _take(self, kind: bytes, octets: memoryview, outlet: Outlet) -> bool:
        """Take one message; tell whether more will come."""
        if kind == crossing.PORTION:
            portion, state = crossing.unpacked(octets)
            crossing.set_health(self.health, state)
            self._put(outlet, portion)
        elif kind == crossing.HEALTH:
            crossing.set_health(self.health, orjson.loads(octets))
        elif kind == crossing.LOG:
            line = orjson.loads(octets)
            logging.getLogger(line["logger"]).log(line["level"], "%s", line["text"])
        elif kind == crossing.END:
            self._complete = True
            return False
        return True

    def _put(self, outlet: Outlet, portion: Portion) -> None:
        try:
            outlet.put(portion)
        except FluxhoundError as error:  # told where the input was started
            self._failure = error
