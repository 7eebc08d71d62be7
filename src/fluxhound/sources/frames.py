"""Frames cut out of received octets in bulk, whatever the pieces in which these arrive.

The frames are those of ``framestream``: a length of 32 bits in network order, then so many octets;
length 0 announces a control frame, which has a length of its own.
"""

from __future__ import annotations

import struct
from typing import NoReturn

from fluxhound.sources.framestream import CONTROL_BYTES, FRAME_BYTES

LENGTH = 4  # octets

_number = struct.Struct("!I").unpack_from

FRAME_TOO_LONG = "frame too long"
CONTROL_TOO_LONG = "control frame too long"


class FrameError(Exception):
    """A stream cannot be read on; the reason is a constant."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        #: Frames that were complete before.
        self.rest: list[bytes] = []


class Frames:
    """Cuts one stream of octets."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0  # octets in the pieces
        self._missing = LENGTH  # octets that there must be before cutting is worth a try

    @property
    def pending(self) -> int:
        """Return the octets of the frame that is not complete."""
        return self._held

    def cut(self, octets: bytes) -> tuple[list[bytes], bytes | None]:
        """Return the data frames that *octets* complete, up to the first control frame.

        The control frame is the second value, without its lengths; call again, with nothing, for
        what comes after it. ``None`` means that all was cut.

        Raises:
            FrameError: a length is out of bounds; the error has the frames before it.
        """
        if octets:
            self._pieces.append(octets)
            self._held += len(octets)
        if self._held < self._missing:
            return [], None
        stream = b"".join(self._pieces) if len(self._pieces) > 1 else self._pieces[0]
        found: list[bytes] = []
        control = None
        number, at, end = _number, 0, len(stream)
        self._missing = LENGTH
        while (start := at + LENGTH) <= end:
            size = number(stream, at)[0]
            if not size:
                control, start = self._control(stream, start, found)
                if control is not None:
                    at = start
                break
            if size > FRAME_BYTES:
                self._end(FRAME_TOO_LONG, found)
            stop = start + size
            if stop > end:
                self._missing = LENGTH + size
                break
            found.append(stream[start:stop])
            at = stop
        self._keep(stream[at:])
        return found, control

    def _control(self, stream: bytes, start: int, found: list[bytes]) -> tuple[bytes | None, int]:
        """Return the control frame whose length is at *start*, and where it ends."""
        inner = start + LENGTH
        if inner > len(stream):
            self._missing = 2 * LENGTH
            return None, start
        size = int.from_bytes(stream[start:inner], "big")
        if size > CONTROL_BYTES:
            self._end(CONTROL_TOO_LONG, found)
        stop = inner + size
        if stop > len(stream):
            self._missing = 2 * LENGTH + size
            return None, start
        return stream[inner:stop], stop

    def _end(self, reason: str, found: list[bytes]) -> NoReturn:
        error = FrameError(reason)
        error.rest = found
        raise error

    def _keep(self, rest: bytes) -> None:
        self._pieces = [rest] if rest else []
        self._held = len(rest)
