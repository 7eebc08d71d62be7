"""One server's connection to the dnstap input: read in large pieces, cut, and handed on."""

from __future__ import annotations

import socket
import threading
import time

from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.frames import FrameError
from fluxhound.sources.framestream import FRAME_CUT_SHORT
from fluxhound.sources.handshake import Conversation, Stage
from fluxhound.sources.live import Health, Outlet
from fluxhound.sources.tapframes import TapFrames

#: Octets read at once.
READ = 1 << 20
#: Below this, reading rests for a moment: one large piece costs less than many small ones. Not
#: longer: the kernel holds some 270 messages of a Unix socket's writer, however small they are
#: (measured: with 5 ms, Unbound lost messages at 30,000 a second).
SMALL, REST_S = 16 << 10, 0.001
#: Seconds after which it is looked whether a portion is due. Chosen, not measured.
TICK_S = 0.05
#: Seconds in which a writer must have started its stream, or gone after its end, and those in
#: which a frame that began must be complete. Chosen, not measured.
HANDSHAKE_S, FRAME_S = 10.0, 30.0
#: Seconds in which a stopping input reads what the kernel still holds. Chosen, not measured.
DRAIN_S = 1.0

NOT_STARTED = "stream not started in time"
NOT_CLOSED = "stream stopped, connection not closed"
FRAME_LATE = "frame not complete in time"


class TapConnection:
    """Reads one connection to its end."""

    def __init__(
        self, connection: socket.socket, frames: TapFrames, outlet: Outlet, health: Health
    ) -> None:
        self._connection = connection
        self._frames = frames
        self._outlet = outlet
        self._health = health
        self._conversation = Conversation(CONTENT_TYPE)
        self._octets = bytearray(READ)
        self._started = self._moved = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Read until the writer ends, breaks the protocol or is too slow, or *stop* is set."""
        with self._connection:
            try:
                self._connection.settimeout(TICK_S)
                while not stop.is_set() and self._step():
                    self._emit()
                if stop.is_set():
                    self._drain()
            except FrameError as error:
                self._frames.add(error.rest, time.monotonic())
                self._frames.lose(error.reason)
            except OSError:  # the other end is gone: what it had sent counts
                self._note_rest()
        self._emit(last=True)

    def _step(self) -> bool:
        """Read once; tell whether there may be more."""
        size = self._receive()
        now = time.monotonic()
        if size == 0:
            self._note_rest()
            return False
        late = self._late(now)
        if late:
            self._frames.lose(late)
            return False
        if 0 < size < SMALL:
            time.sleep(REST_S)
        return True

    def _receive(self) -> int:
        """Read and take what is there; return its size, 0 at the end, -1 where nothing came."""
        try:
            size = self._connection.recv_into(self._octets)
        except (TimeoutError, BlockingIOError):
            return -1
        now = time.monotonic()
        frames, reply = self._conversation.receive(bytes(memoryview(self._octets)[:size]))
        if reply:
            self._connection.sendall(reply)
        if frames:
            self._health.last_record = now
            self._frames.shed(pressed=self._outlet.pressed)
            self._frames.add(frames, now)
        if frames or not self._conversation.pending:
            self._moved = now
        return size

    def _late(self, now: float) -> str | None:
        """Return what the writer let us wait for too long."""
        if self._conversation.stage is Stage.STARTED:
            self._started = now
        elif now - self._started > HANDSHAKE_S:
            return NOT_CLOSED if self._conversation.stage is Stage.STOPPED else NOT_STARTED
        return FRAME_LATE if now - self._moved > FRAME_S and self._conversation.pending else None

    def _drain(self) -> None:
        self._connection.setblocking(False)
        until = time.monotonic() + DRAIN_S
        while self._receive() > 0 and time.monotonic() < until:
            self._emit()

    def _note_rest(self) -> None:
        """Count the frame that the end of the connection cut short."""
        if self._conversation.pending:
            self._frames.lose(FRAME_CUT_SHORT)

    def _emit(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if last or self._frames.due(now):
            for portion in self._frames.take(now, last=last):
                self._outlet.put(portion)
