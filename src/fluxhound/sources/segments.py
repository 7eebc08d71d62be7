"""TCP segments put in order and cut into DNS messages, within bounds of number, size and time.

Each direction of a connection is a stream of its own. Messages follow each other, each after its
length in two octets (RFC 7766 section 8). A stream whose beginning was not captured, or that has a
gap, is picked up again at a segment that looks like the beginning of a message.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that the docstrings cite

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

#: Streams held at once, and the octets waiting in all of them. Chosen, not measured.
STREAMS = 8192
HELD_BYTES = 32 << 20
#: Segments that came early and wait for what is missing, in one stream: number and octets.
EARLY_SEGMENTS = 256
EARLY_BYTES = 256 << 10
#: Seconds until what is missing is taken for lost, and until an idle stream is taken for another
#: connection (RFC 1122 section 4.2.3.5 lets a sender retry for 100 s and more).
PATIENCE = 30.0
IDLE = 120.0
#: Distance from the expected sequence number that no window explains: another connection.
FAR = 4 << 20

FIN, SYN, RST = 1, 2, 4
GAP = "gap in TCP stream"
UNFINISHED = "TCP stream ends within a message"
NOT_A_MESSAGE = "TCP stream without message start"

_header = struct.Struct("!HHI4xBB").unpack_from
_length = struct.Struct("!H").unpack_from
_start = struct.Struct("!HxxBB4H").unpack_from

_Key = tuple[bytes, bytes, int, int]


class Segment(NamedTuple):
    """One TCP segment, without options."""

    source_port: int
    destination_port: int
    sequence: int
    flags: int
    payload: bytes


@dataclass(slots=True)
class _Stream:
    first: int  # sequence number of the first octet
    expected: int  # sequence number of the next octet
    seen: float  # time of the last segment
    synchronised: bool  # the next octet begins a message, or ``buffer`` does
    buffer: bytearray = field(default_factory=bytearray)
    early: dict[int, tuple[float, bytes]] = field(default_factory=dict)  # sequence -> time, octets
    held: int = 0  # octets in ``buffer`` and ``early``
    ends: int | None = None  # sequence number of the FIN
    noted: bool = False  # what is missing before the next message was counted already


def segment(octets: bytes) -> Segment | None:
    """Return the TCP segment in *octets*; ``None`` if it is malformed. Never raises."""
    if len(octets) < 20:
        return None
    source, destination, sequence, offset, flags = _header(octets)
    start = (offset >> 4) * 4
    if start < 20 or start > len(octets):
        return None
    return Segment(source, destination, sequence, flags, octets[start:])


def begins_message(octets: bytes | bytearray) -> bool:
    """Tell whether *octets* look like a length and the header of a DNS message.

    Each record takes 11 octets at least, each question 5; more counted than the length can hold
    shows that this is no header.
    """
    if len(octets) < 14:
        return False
    length, high, low, questions, *records = _start(octets)
    return (
        length >= 12 + 5 * questions + 11 * sum(records)
        and questions <= 1
        and high >> 3 & 15 <= 6
        and not low & 0x40
    )


class Segments:
    """The TCP streams that are followed at present."""

    def __init__(self) -> None:
        self._streams: OrderedDict[_Key, _Stream] = OrderedDict()
        self._held = 0
        self._lost: list[str] = []

    def add(
        self, source: bytes, destination: bytes, segment: Segment, time: float
    ) -> Iterator[tuple[float, bytes]]:
        """Take one segment seen at *time*; yield time and octets of the messages now complete."""
        key = source, destination, segment.source_port, segment.destination_port
        stream = self._streams.get(key)
        if segment.flags & RST:
            if stream is not None:
                self._settle(stream)
            return
        sequence = segment.sequence
        if segment.flags & SYN:
            sequence = sequence + 1 & 0xFFFF_FFFF
            if stream is None or stream.first != sequence:  # else it was sent again
                stream = self._open(key, sequence, time, synchronised=True)
        elif stream is None or self._is_another(stream, sequence, time):
            if not segment.payload:
                return
            stream = self._open(key, sequence, time, synchronised=False)
        self._streams.move_to_end(key)
        stream.seen = time
        if segment.flags & FIN:
            stream.ends = sequence + len(segment.payload) & 0xFFFF_FFFF
        if segment.payload:
            yield from self._take(stream, sequence, time, segment.payload)
        if stream.ends == stream.expected:
            self._settle(stream)
        self._bound()

    def finish(self) -> Iterator[tuple[_Key, float, bytes]]:
        """Yield key, time and octets of the messages behind gaps: no more segments will come."""
        for key, stream in self._streams.items():
            while stream.early:
                for time, message in self._jump(stream):
                    yield key, time, message
            if stream.buffer:
                self._lost.append(UNFINISHED)
        self._streams.clear()
        self._held = 0

    def lost(self) -> Iterator[str]:
        """Yield a reason for each loss since the last call."""
        lost, self._lost = self._lost, []
        yield from lost

    def _open(self, key: _Key, sequence: int, time: float, *, synchronised: bool) -> _Stream:
        if key in self._streams:
            self._close(key)
        stream = self._streams[key] = _Stream(sequence, sequence, time, synchronised)
        return stream

    def _close(self, key: _Key) -> None:
        self._settle(self._streams.pop(key))

    def _settle(self, stream: _Stream) -> None:
        """Give up what waits in a stream. One that has ended stays, to know what is sent again."""
        if stream.buffer or stream.early:
            self._lost.append(GAP if stream.early else UNFINISHED)
        stream.buffer.clear()
        stream.early.clear()
        self._hold(stream, -stream.held)

    def _bound(self) -> None:
        while len(self._streams) > STREAMS or self._held > HELD_BYTES:
            self._close(next(iter(self._streams)))

    @staticmethod
    def _is_another(stream: _Stream, sequence: int, time: float) -> bool:
        """Tell whether a segment belongs to a later connection of the same addresses and ports."""
        ahead = sequence - stream.expected & 0xFFFF_FFFF
        return FAR < ahead < 0x1_0000_0000 - FAR or time - stream.seen > IDLE

    def _take(
        self, stream: _Stream, sequence: int, time: float, octets: bytes
    ) -> Iterator[tuple[float, bytes]]:
        ahead = sequence - stream.expected & 0xFFFF_FFFF
        if ahead >= 0x8000_0000:  # sent before; perhaps more than before
            octets = octets[0x1_0000_0000 - ahead :]
            ahead = 0
        if not ahead:
            if octets:
                yield from self._append(stream, time, octets)
            yield from self._append_early(stream, time)
        elif len(stream.early.get(sequence, (time, b""))[1]) < len(octets):
            self._wait(stream, sequence, time, octets)
            if self._has_gap(stream, time):
                yield from self._jump(stream)

    def _hold(self, stream: _Stream, octets: int) -> None:
        stream.held += octets
        self._held += octets

    def _wait(self, stream: _Stream, sequence: int, time: float, octets: bytes) -> None:
        replaced = stream.early.pop(sequence, (time, b""))[1]
        stream.early[sequence] = time, octets
        self._hold(stream, len(octets) - len(replaced))

    @staticmethod
    def _has_gap(stream: _Stream, time: float) -> bool:
        first = next(iter(stream.early.values()))[0]
        return (
            time - first > PATIENCE
            or len(stream.early) > EARLY_SEGMENTS
            or stream.held - len(stream.buffer) > EARLY_BYTES
        )

    def _append_early(self, stream: _Stream, now: float) -> Iterator[tuple[float, bytes]]:
        """Append the segments that waited for the one that came *now*."""
        while stream.early:
            sequence = min(stream.early, key=lambda s: s - stream.expected + FAR & 0xFFFF_FFFF)
            behind = stream.expected - sequence & 0xFFFF_FFFF
            if behind >= 0x8000_0000:
                return
            time, octets = stream.early.pop(sequence)
            self._hold(stream, -len(octets))
            if len(octets) > behind:
                yield from self._append(stream, max(time, now), octets[behind:])

    def _jump(self, stream: _Stream) -> Iterator[tuple[float, bytes]]:
        """Give up what is missing and go on behind it."""
        self._lost.append(GAP)
        self._hold(stream, -len(stream.buffer))
        stream.buffer.clear()
        stream.synchronised, stream.noted = False, True
        stream.expected = min(stream.early, key=lambda s: s - stream.expected & 0xFFFF_FFFF)
        yield from self._append_early(stream, 0.0)

    def _append(self, stream: _Stream, time: float, octets: bytes) -> Iterator[tuple[float, bytes]]:
        """Append octets in their turn; yield the messages that are now complete."""
        stream.expected = stream.expected + len(octets) & 0xFFFF_FFFF
        if not stream.synchronised:
            if not begins_message(octets):
                if not stream.noted:
                    self._lost.append(NOT_A_MESSAGE)
                stream.noted = True
                return
            stream.synchronised, stream.noted = True, False
        stream.buffer += octets
        self._hold(stream, len(octets))
        at = 0
        while at + 2 <= len(stream.buffer):
            end = at + 2 + _length(stream.buffer, at)[0]
            if end > len(stream.buffer):
                break
            yield time, bytes(stream.buffer[at + 2 : end])
            at = end
        del stream.buffer[:at]
        self._hold(stream, -at)
