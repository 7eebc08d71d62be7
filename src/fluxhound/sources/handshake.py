"""What the reader of a frame stream says to its writer, and in what order the writer must speak.

The protocol of the fstrm library. Bidirectional: READY, ACCEPT (ours), START, data, STOP, FINISH
(ours); BIND and Unbound speak so. Unidirectional: START, data, STOP; so does PowerDNS.
"""

from __future__ import annotations

import struct
from enum import Enum

from fluxhound.sources import framestream
from fluxhound.sources.frames import FrameError, Frames

BAD_CONTROL = "malformed control frame"
OTHER_CONTENT = "other content than dnstap"
DATA_BEFORE_START = "data before the start"
OUT_OF_TURN = "control frame out of turn"
TOO_MANY = "too many control frames"

#: Control frames in one conversation: a writer needs three. Chosen, not measured.
CONTROLS = 64


class Stage(Enum):
    """How far a conversation is."""

    SILENT = "nothing heard"
    READY = "offered and accepted"
    STARTED = "data follows"
    STOPPED = "over"


class Conversation:
    """One writer's stream: octets in, data frames and replies out."""

    def __init__(self, content_type: bytes) -> None:
        self.stage = Stage.SILENT
        self._content_type = content_type
        self._frames = Frames()
        self._bidirectional = False
        self._controls = 0

    @property
    def pending(self) -> int:
        """Return the octets of the frame that is not complete."""
        return self._frames.pending

    def receive(self, octets: bytes) -> tuple[list[bytes], bytes]:
        """Return the data frames that *octets* complete, and what is to be replied.

        A stream that was stopped may start anew.

        Raises:
            FrameError: the stream cannot be read on; the error has the data frames before.
        """
        found: list[bytes] = []
        reply = b""
        try:
            while True:
                frames, control = self._frames.cut(octets)
                self._take(frames, found)
                if control is None:
                    return found, reply
                reply += self._answer(control)
                octets = b""
        except FrameError as error:
            if self.stage is Stage.STARTED:
                found += error.rest
            error.rest = found
            raise

    def _take(self, frames: list[bytes], found: list[bytes]) -> None:
        if frames and self.stage is not Stage.STARTED:
            raise FrameError(DATA_BEFORE_START)
        found += frames

    def _answer(self, octets: bytes) -> bytes:
        self._controls += 1
        if self._controls > CONTROLS:
            raise FrameError(TOO_MANY)
        control = framestream.control_frame(octets)
        if control is None:
            raise FrameError(BAD_CONTROL)
        kind, content = control
        if kind in (framestream.READY, framestream.START):
            if content and self._content_type not in content:
                raise FrameError(OTHER_CONTENT)
            return self._begin(kind)
        if kind == framestream.STOP and self.stage is Stage.STARTED:
            self.stage = Stage.STOPPED
            return control_frame(framestream.FINISH) if self._bidirectional else b""
        raise FrameError(OUT_OF_TURN)

    def _begin(self, kind: int) -> bytes:
        if kind == framestream.START and self.stage is not Stage.STARTED:
            self.stage = Stage.STARTED
            return b""
        if kind == framestream.READY and self.stage in (Stage.SILENT, Stage.STOPPED):
            self.stage = Stage.READY
            self._bidirectional = True
            return control_frame(framestream.ACCEPT, self._content_type)
        raise FrameError(OUT_OF_TURN)


def control_frame(kind: int, content_type: bytes = b"") -> bytes:
    """Return a control frame with its escape and length."""
    fields = b""
    if content_type:
        fields = struct.pack("!II", framestream.CONTENT_TYPE, len(content_type)) + content_type
    return struct.pack("!III", 0, 4 + len(fields), kind) + fields
