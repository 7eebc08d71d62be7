"""The sockets that listen, and what becomes of every connection on them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fluxhound.errors import UsageError
from fluxhound.response.sinkhole.certificates import Certificates
from fluxhound.response.sinkhole.conversation import Conversation
from fluxhound.response.sinkhole.crowd import Crowd, Guest
from fluxhound.response.sinkhole.destination import destination
from fluxhound.response.sinkhole.limits import Limits, Place, client_network
from fluxhound.response.sinkhole.pace import Pace
from fluxhound.response.sinkhole.visit import End, Visit
from fluxhound.response.sinkhole.wire import Wire

logger = logging.getLogger(__name__)

#: Connections taken at once of one socket, before those that are under way get their turn.
_AT_ONCE = 32
#: What the system queues before it drops; it cuts this to net.core.somaxconn. Chosen.
_BACKLOG = 4_096
#: Files that the rest of the program has open. Chosen: some tens were counted.
_SPARE_FILES = 128
#: How long nothing is taken after the system had no room for one more.
_PAUSE_S = 0.05
#: The system has no more files, or no more memory for sockets.
_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@dataclass(slots=True)
class Counts:
    """What happened since the start."""

    connections: int = 0
    evicted: int = 0
    hurried: int = 0  # closed at once, as their network came too fast
    ends: dict[str, int] = field(default_factory=dict)
    protocols: dict[str, int] = field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        """Count one connection that is over."""
        self.ends[visit.end.value] = self.ends.get(visit.end.value, 0) + 1
        kind = visit.protocol.value
        self.protocols[kind] = self.protocols.get(kind, 0) + 1


class Listener:
    """Takes connections and holds a conversation on each; runs in one event loop."""

    def __init__(
        self,
        *,
        limits: Limits,
        certificates: Certificates,
        answers: tuple[bytes, bytes],
        record: Callable[[Visit], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Hand every connection that is over to *record*, which must not wait."""
        self._limits = limits
        self._certificates = certificates
        self._answers = answers
        self._record = record
        self._clock = clock
        self._crowd = Crowd(limits)
        self._pace = Pace(limits)
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._guests: dict[Visit, Guest] = {}
        self._stopping = False
        self.counts = Counts()

    def __len__(self) -> int:
        """Return how many connections there are."""
        return len(self._crowd)

    def open(self, sockets: Sequence[socket.socket]) -> None:
        """Take connections of *sockets*, which listen; call it in the event loop."""
        loop = asyncio.get_running_loop()
        for each in sockets:
            each.setblocking(False)
            self._sockets.append(each)
            loop.add_reader(each, self._take, each)

    async def close(self) -> None:
        """Take no more, end all that are under way, and wait for them."""
        self._stopping = True
        loop = asyncio.get_running_loop()
        for each in self._sockets:
            loop.remove_reader(each)
            each.close()
        self._sockets.clear()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, (client, port, *_rest) = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _FULL:
                    self._pause(listening, error)
                    return
                logger.debug("a connection was lost before it was taken: %s", error)
                return
            address = str(client).partition("%")[0]
            network = client_network(address)
            if self._pace.allows(network, now=time.monotonic()):
                self._begin(connection, Guest(address, network, _nothing), int(port))
            else:
                self.counts.hurried += 1
                connection.close()

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        """Make room, and let the connection that does not fit wait in the system's queue."""
        logger.warning("no room for one more connection (%s): the oldest goes", error.strerror)
        self._crowd.evict_oldest()
        loop = asyncio.get_running_loop()
        loop.remove_reader(listening)
        loop.call_later(_PAUSE_S, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        if not self._stopping:
            asyncio.get_running_loop().add_reader(listening, self._take, listening)

    def _begin(self, connection: socket.socket, guest: Guest, port: int) -> None:
        connection.setblocking(False)
        self.counts.connections += 1
        address, called = destination(connection)
        visit = Visit(
            time=self._clock(), client=guest.client, client_port=port, address=address, port=called
        )
        task = asyncio.get_running_loop().create_task(self._converse(connection, visit))
        guest.leave = lambda: _end(task)
        begun = time.monotonic()
        task.add_done_callback(lambda done: self._over(done, connection, visit, guest, begun))
        self._guests[visit] = guest
        self._tasks.add(task)
        self._crowd.admit(guest)
        self.counts.evicted = self._crowd.evicted

    async def _converse(self, connection: socket.socket, visit: Visit) -> None:
        wire = Wire(connection, most=self._limits.octets)
        conversation = Conversation(
            visit,
            wire,
            limits=self._limits,
            certificates=self._certificates,
            answers=self._answers,
            answered=lambda: self._finish(visit),
        )
        await conversation.hold()

    def _finish(self, visit: Visit) -> None:
        guest = self._guests.get(visit)
        if guest is not None:
            self._crowd.finish(guest)

    def _over(
        self,
        task: asyncio.Task[None],
        connection: socket.socket,
        visit: Visit,
        guest: Guest,
        begun: float,
    ) -> None:
        """Close and record a connection; also one that was evicted before it had its turn."""
        connection.close()
        self._tasks.discard(task)
        self._guests.pop(visit, None)
        self._crowd.remove(guest)
        if task.cancelled():
            if visit.end is not End.ANSWERED:
                visit.end = End.STOPPED if self._stopping else End.EVICTED
        elif (error := task.exception()) is not None:
            logger.error("defect in a conversation: %r", error, exc_info=error)
        visit.seconds = time.monotonic() - begun
        self.counts.add(visit)
        self._record(visit)


def _nothing() -> None:
    """Stand where there is nothing to end yet."""


def _end(task: asyncio.Task[None]) -> None:
    task.cancel()


def open_sockets(places: Sequence[Place]) -> list[socket.socket]:
    """Return sockets that listen at *places*.

    Raises:
        UsageError: one cannot be listened at; none is then open.
    """
    opened: list[socket.socket] = []
    try:
        for place in places:
            opened.append(_open(place))
    except OSError as error:
        for each in opened:
            each.close()
        hint = (
            "Ports below 1024 need root or CAP_NET_BIND_SERVICE: see fluxhound sinkhole setup."
            if error.errno == errno.EACCES
            else "Check that the address is one of this machine, and the port free."
        )
        raise UsageError(
            f"{place.address} port {place.port} cannot be listened at ({error.strerror}). {hint}"
        ) from error
    return opened


def _open(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((place.address, place.port))
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


def allow_files(connections: int) -> int:
    """Let this process have enough files for *connections*; return for how many it has.

    The soft limit is raised as far as the hard limit lets.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(min(connections, soft - _SPARE_FILES), 16)
