"""Received octets that wait to be cut: one thread pours in, another draws, and both are bounded.

The kernel holds so little of a Unix socket (some 270 messages, however small) that a thread that
also decodes reads too seldom: the server's queue overflows, and the server drops. So one thread
does nothing but move octets from the socket into memory.
"""

from __future__ import annotations

import threading
from collections import deque

#: Octets that may wait, of all connections of one input together. At 30,000 responses a second
#: this is some eight seconds. Chosen, not measured.
ROOM = 64 << 20
#: Seconds after which a full reservoir looks whether others have made room. Chosen, not measured.
LOOK_S = 0.05


class Room:
    """What several reservoirs may hold together."""

    def __init__(self, octets: int = ROOM) -> None:
        self.octets = octets
        self._used = 0
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        """Tell whether no more should be held."""
        return self._used >= self.octets

    def use(self, octets: int) -> None:
        """Note that so many more octets are held, or fewer, where they are less than 0."""
        with self._lock:
            self._used += octets


class Reservoir:
    """The octets of one connection, in their order."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """Return the octets that wait."""
        return self._held

    def pour(self, octets: bytes) -> bool:
        """Add octets as soon as there is room, and tell whether more are wanted.

        An empty reservoir has room for any: no connection can starve for the sake of others.
        """
        with self._changed:
            while self._held and self._room.full and not self._ended:
                self._changed.wait(LOOK_S)
            if self._ended:
                return False
            self._pieces.append(octets)
            self._held += len(octets)
            self._room.use(len(octets))
            self._changed.notify_all()
            return True

    def draw(self, most: int, wait_s: float) -> bytes | None:
        """Return what waits, about *most* octets; ``None`` where no more will come.

        Waits up to *wait_s* seconds for the first octets, and returns none if they do not come.
        """
        with self._changed:
            if not self._held and not self._ended:
                self._changed.wait(wait_s)
            drawn: list[bytes] = []
            size = 0
            while self._pieces and size < most:
                drawn.append(self._pieces.popleft())
                size += len(drawn[-1])
            if not drawn:
                return None if self._ended else b""
            self._held -= size
            self._room.use(-size)
            self._changed.notify_all()
        return b"".join(drawn) if len(drawn) > 1 else drawn[0]

    def end(self) -> None:
        """Take no more; what waits can still be drawn."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def clear(self) -> None:
        """End, and forget what waits."""
        with self._changed:
            self._ended = True
            self._room.use(-self._held)
            self._pieces.clear()
            self._held = 0
            self._changed.notify_all()
