"""One server's connection to the dnstap input: received by one thread, cut and decoded by another.

The thread that receives does nothing else, so that the kernel's small buffer never has to wait for
decoding; between the two is a bounded ``Reservoir``. When that is full, nothing is read.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time

from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.frames import FrameError
from fluxhound.sources.framestream import FRAME_CUT_SHORT
from fluxhound.sources.handshake import Conversation, Stage
from fluxhound.sources.live import Health, Outlet
from fluxhound.sources.reservoir import Reservoir, Room
from fluxhound.sources.tapframes import TapFrames

#: Octets received at once, and octets cut and decoded at once.
READ, CUT = 256 << 10, 1 << 20
#: Seconds for which the kernel fills one piece. It does so without the interpreter, which the
#: threads share: a piece is two switches of threads, however many messages it holds. Between two
#: pieces the kernel holds some 270 messages of a Unix socket's writer, however small they are.
#: Chosen, not measured.
FILL_S = 0.02
#: Decoding rests longer while there is little to do: nobody waits for it. Measured: at 2,000 frames
#: a second, rests of 10 ms take twice the processor time.
LITTLE, PAUSE_S = 64 << 10, 0.04
#: Seconds after which it is looked whether a portion is due. Chosen, not measured.
TICK_S = 0.05
#: Seconds in which a writer must have started its stream, or gone after its end, and those in
#: which a frame that began must be complete. Chosen, not measured.
HANDSHAKE_S, FRAME_S = 10.0, 30.0
#: Seconds in which a stopping input receives what the kernel still holds. Chosen, not measured.
DRAIN_S = 1.0

NOT_STARTED = "stream not started in time"
NOT_CLOSED = "stream stopped, connection not closed"
FRAME_LATE = "frame not complete in time"

_FILL = struct.pack("@ll", 0, round(FILL_S * 1e6))  # a timeval


class TapConnection:
    """Reads one connection to its end."""

    def __init__(
        self,
        connection: socket.socket,
        frames: TapFrames,
        outlet: Outlet,
        health: Health,
        room: Room | None = None,
    ) -> None:
        """Read *connection*; what is received and not yet cut takes of the *room*."""
        self._connection = connection
        self._frames = frames
        self._outlet = outlet
        self._health = health
        self._waiting = Reservoir(room or Room())
        self._conversation = Conversation(CONTENT_TYPE)
        self._idle = select.poll()
        self._stop_by = float("inf")
        self._started = self._moved = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Read until the writer ends, breaks the protocol or is too slow, or *stop* is set."""
        with self._connection:
            self._connection.settimeout(None)  # that of the kernel takes half the calls
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _FILL)
            self._idle.register(self._connection, select.POLLIN)
            receiving = threading.Thread(
                target=self._receive, name=f"{threading.current_thread().name} socket", daemon=True
            )
            receiving.start()
            try:
                while self._step(stop):
                    self._emit()
            except FrameError as error:
                self._frames.add(error.rest, time.monotonic())
                self._frames.lose(error.reason)
            except OSError:  # a reply could not be sent: the other end is gone
                self._take_rest()
            finally:
                self._waiting.clear()
                self._hang_up(socket.SHUT_RDWR)
                receiving.join()
        self._emit(last=True)

    # On the receiving thread.

    def _receive(self) -> None:
        """Move octets into the reservoir until the connection ends or no more are wanted."""
        octets = memoryview(bytearray(READ))
        with contextlib.suppress(OSError):  # the other end is gone: what it had sent counts
            while time.monotonic() < self._stop_by:
                size = self._fill(octets)
                if not size or not self._waiting.pour(bytes(octets[:size])):
                    break
        self._waiting.end()

    def _fill(self, octets: memoryview) -> int:
        """Receive a piece, as large as ``FILL_S`` makes it once data flows; return its size."""
        started = self._conversation.stage is Stage.STARTED
        while True:
            with contextlib.suppress(BlockingIOError):  # nothing came
                return self._connection.recv_into(octets, 0, socket.MSG_WAITALL if started else 0)
            self._idle.poll()

    # On the thread that cuts.

    def _step(self, stop: threading.Event) -> bool:
        """Take what waits, at most ``CUT``; tell whether there may be more."""
        if stop.is_set() and self._stop_by == float("inf"):
            # The kernel hands out what it holds, and then tells the end.
            self._stop_by = time.monotonic() + DRAIN_S
            self._hang_up(socket.SHUT_RD)
        octets = self._waiting.draw(CUT, TICK_S)
        if octets is None:
            if not stop.is_set():
                self._note_rest()
            return False
        now = time.monotonic()
        self._take(octets, now)
        late = None if stop.is_set() else self._late(now)
        if late:
            self._frames.lose(late)
            return False
        if 0 < len(octets) < LITTLE and self._conversation.stage is Stage.STARTED:
            stop.wait(PAUSE_S)
        return True

    def _take(self, octets: bytes, now: float) -> None:
        """Cut and decode *octets*, and reply where the protocol wants it."""
        if not octets:
            return
        frames, reply = self._conversation.receive(octets)
        if frames:
            self._health.last_record = now
            self._frames.shed(pressed=self._outlet.pressed)
            self._frames.add(frames, now)
        if frames or not self._conversation.pending:
            self._moved = now
        if reply:
            self._connection.sendall(reply)

    def _take_rest(self) -> None:
        """Take what waits of a connection that is gone."""
        self._hang_up(socket.SHUT_RDWR)
        try:
            while (octets := self._waiting.draw(CUT, TICK_S)) is not None:
                with contextlib.suppress(OSError):
                    self._take(octets, time.monotonic())
                self._emit()
        except FrameError as error:
            self._frames.add(error.rest, time.monotonic())
            self._frames.lose(error.reason)
        else:
            self._note_rest()

    def _late(self, now: float) -> str | None:
        """Return what the writer let us wait for too long."""
        if self._conversation.stage is Stage.STARTED:
            self._started = now
        elif now - self._started > HANDSHAKE_S:
            return NOT_CLOSED if self._conversation.stage is Stage.STOPPED else NOT_STARTED
        return FRAME_LATE if now - self._moved > FRAME_S and self._conversation.pending else None

    def _note_rest(self) -> None:
        """Count the frame that the end of the connection cut short."""
        if self._conversation.pending:
            self._frames.lose(FRAME_CUT_SHORT)

    def _hang_up(self, how: int) -> None:
        with contextlib.suppress(OSError):  # the other end was first
            self._connection.shutdown(how)

    def _emit(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if last or self._frames.due(now):
            for portion in self._frames.take(now, last=last):
                self._outlet.put(portion)
