"""Messages of NetFlow v5, v9 and IPFIX cut out of a file, and out of captured packets.

A file holds messages one after the other, as RFC 5655 has it for IPFIX and as collectors write
what they receive. IPFIX tells its length and version 5 its number of records; version 9 tells only
its FlowSets, but 9 is no FlowSet of its own, so where one seems to begin the next message does
(RFC 3954 sections 5 and 6).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from fluxhound.sources import addresses, capture, link, network
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

V5, V9, IPFIX = 5, 9, 10
#: A message fits into a datagram.
MESSAGE_BYTES = 65_535
NO_MESSAGE = "no flow message"
CUT_SHORT = "message cut short"

_V5_HEADER, _V5_RECORD, _V9_HEADER, _IPFIX_HEADER, _SET_HEADER = 24, 48, 20, 16, 4
_FIRST_DATA_SET = 256
#: Seconds in which a message may have been exported: 2000-01-01 to 2100-01-01.
_TIMES = range(946_684_800, 4_102_444_800)
_words = struct.Struct("!HH").unpack_from
_UDP_HEADER = 8


class Export(NamedTuple):
    """One message, and who sent it as far as that is known."""

    octets: bytes
    exporter: str


def is_export(head: bytes) -> bool:
    """Tell a flow message by its first octets."""
    if len(head) < _IPFIX_HEADER + _SET_HEADER:
        return False
    version, second = _words(head)
    clock = int.from_bytes(head[4:8] if version == IPFIX else head[8:12], "big")
    if version not in (V5, V9, IPFIX) or clock not in _TIMES:
        return False
    if version == V5:
        return bool(1 <= second <= MESSAGE_BYTES // _V5_RECORD)
    start = _IPFIX_HEADER if version == IPFIX else _V9_HEADER
    if len(head) < start + _SET_HEADER or (version == IPFIX and second < start + _SET_HEADER):
        return False
    kind, length = _words(head, start)
    templates = (2, 3) if version == IPFIX else (0, 1)
    return bool(length >= _SET_HEADER and (kind in templates or kind >= _FIRST_DATA_SET))


def exports(stream: Stream, tally: Tally) -> Iterator[Export]:
    """Yield the messages of a file, or of the UDP packets in a capture file."""
    cursor = Cursor(stream.blocks())
    if capture.is_capture(stream.head):
        yield from _captured(cursor, tally, stream.name)
    else:
        yield from _written(cursor, tally)


def _written(cursor: Cursor, tally: Tally) -> Iterator[Export]:
    head = cursor.take(_SET_HEADER)
    while head:
        version, second = _words(head) if len(head) == _SET_HEADER else (0, 0)
        following = b""
        if version == V5:
            message = head + cursor.take(_V5_HEADER - _SET_HEADER + second * _V5_RECORD)
            whole = len(message) == _V5_HEADER + second * _V5_RECORD <= MESSAGE_BYTES
        elif version == IPFIX and second >= _IPFIX_HEADER:
            message = head + cursor.take(second - _SET_HEADER)
            whole = len(message) == second
        elif version == V9:
            message, following, whole = _ninth(head, cursor)
        else:
            tally.records += 1
            tally.reject(NO_MESSAGE if len(head) == _SET_HEADER else CUT_SHORT, head)
            return
        if not whole:
            tally.records += 1
            tally.reject(CUT_SHORT, message[:64])
            return
        yield Export(message, "")
        head = following or cursor.take(_SET_HEADER)


def _ninth(head: bytes, cursor: Cursor) -> tuple[bytes, bytes, bool]:
    """Return a message of version 9, the four octets after it, and whether it is whole."""
    rest = cursor.take(_V9_HEADER - _SET_HEADER)
    pieces, size = [head, rest], len(head) + len(rest)
    if size < _V9_HEADER:
        return b"".join(pieces), b"", False
    while following := cursor.take(_SET_HEADER):
        if len(following) < _SET_HEADER:
            return b"".join((*pieces, following)), b"", False
        kind, length = _words(following)
        if 1 < kind < _FIRST_DATA_SET:
            return b"".join(pieces), following, True
        body = cursor.take(length - _SET_HEADER) if length > _SET_HEADER else b""
        size += _SET_HEADER + len(body)
        pieces += [following, body]
        if length < _SET_HEADER or _SET_HEADER + len(body) < length or size > MESSAGE_BYTES:
            return b"".join(pieces), b"", False
    return b"".join(pieces), b"", True


def _captured(cursor: Cursor, tally: Tally, name: str) -> Iterator[Export]:
    """Yield the UDP payloads that are flow messages; other packets are none of our records."""
    for _, link_type, frame, cut in capture.packets(cursor, tally, name):
        start = link.ip_start(link_type, frame) if link_type in link.LINK_TYPES else link.NOT_IP
        packet = network.packet(frame, start) if start >= 0 else None
        if packet is None or packet.protocol != network.UDP or packet.fragment:
            continue
        message = packet.payload[_UDP_HEADER:]
        if not is_export(message):
            continue
        if cut or packet.cut:
            tally.records += 1
            tally.reject(CUT_SHORT, message[:64])
            continue
        yield Export(message, addresses.text(packet.source) or "")
