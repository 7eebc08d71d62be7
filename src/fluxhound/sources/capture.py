"""Capture files: pcap in every byte order and resolution, and pcapng.

pcap is read as draft-ietf-opsawg-pcap describes it, pcapng as draft-ietf-opsawg-pcapng does. Every
length is bounded: a packet by ``PACKET_BYTES``; other blocks are passed over without being held.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that the docstrings cite

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.tally import Tally

#: The largest packet that libpcap takes (its MAXIMUM_SNAPLEN), in bytes.
PACKET_BYTES = 262_144
#: What may stand around a packet in a pcapng block. Chosen, not measured.
OPTION_BYTES = 65_536
INTERFACES = 65_536  # a packet block of the older kind can name no more

CAPTURE_CUT_SHORT = "capture cut short"
UNKNOWN_INTERFACE = "unknown interface"

#: First four bytes of a pcap file: byte order, seconds in one unit of its clock, bytes between the
#: lengths and the packet (8 more in the modified format of Kuznetzov's patch, magic 0xa1b2cd34).
_MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000, 0),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000, 0),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000, 0),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000, 0),
    b"\xa1\xb2\xcd\x34": (">", 1_000_000, 8),
    b"\x34\xcd\xb2\xa1": ("<", 1_000_000, 8),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_INTERFACE_BLOCK, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6
_END_OF_OPTIONS, _TIME_RESOLUTION, _TIME_OFFSET = 0, 9, 14


class Packet(NamedTuple):
    """One captured packet."""

    time: float  # epoch seconds; 0 where the file does not say
    link_type: int
    frame: bytes
    cut: bool  # the capture kept less than was on the wire


class _Interface(NamedTuple):
    link_type: int
    snaplen: int  # 0: no limit
    units: int  # of the clock, in a second
    offset: int  # seconds to add


class _Block(NamedTuple):
    """The body of a pcapng block that we read, without its two lengths."""

    kind: int
    body: bytes


def is_capture(head: bytes) -> bool:
    """Tell whether *head*, the first bytes of an input, begins a pcap or pcapng file."""
    return head[:4] in _MAGICS or (head[:4] == _SECTION and head[8:12] in _ORDERS)


def packets(cursor: Cursor, tally: Tally, name: str) -> Iterator[Packet]:
    """Yield the packets of the capture file called *name*.

    Raises:
        UnreadableInputError: it is no capture file.
        CorruptInputError: after the last sound packet, where the file is damaged.
    """
    magic = cursor.take(4)
    if magic in _MAGICS:
        yield from _pcap(cursor, magic, tally, name)
    elif magic == _SECTION:
        yield from _pcapng(cursor, tally, name)
    else:
        raise UnreadableInputError(
            f"{name}: this is no pcap or pcapng file. Leave out --input-format to have the "
            "format recognised."
        )


def _cut_short(tally: Tally) -> None:
    tally.records += 1
    tally.reject(CAPTURE_CUT_SHORT)


def _damaged(name: str, what: str) -> CorruptInputError:
    return CorruptInputError(
        f"{name}: the capture is damaged ({what}). Everything before the damage was read; "
        "to save the rest, try pcapfix or take the capture again."
    )


def _pcap(cursor: Cursor, magic: bytes, tally: Tally, name: str) -> Iterator[Packet]:
    order, units, extra = _MAGICS[magic]
    rest = cursor.take(20)
    if len(rest) < 20:
        _cut_short(tally)
        return
    link_type = struct.unpack_from(order + "I", rest, 16)[0] & 0xFFFF  # above: FCS length
    header = struct.Struct(order + "4I")
    size = header.size + extra
    while head := cursor.take(size):
        if len(head) < size:
            _cut_short(tally)
            return
        seconds, fraction, kept, length = header.unpack_from(head)
        if kept > PACKET_BYTES:
            raise _damaged(name, f"a packet longer than {PACKET_BYTES} bytes")
        frame = cursor.take(kept)
        if len(frame) < kept:
            _cut_short(tally)
            return
        yield Packet(seconds + fraction / units, link_type, frame, kept < length)


def _pcapng(cursor: Cursor, tally: Tally, name: str) -> Iterator[Packet]:
    """Yield the packets of a pcapng file whose first block type was taken already."""
    interfaces: list[_Interface] = []
    order = _section(cursor, name)
    while order:
        kind = cursor.take(4)
        if kind == _SECTION:
            interfaces.clear()
            order = _section(cursor, name)
            continue
        if not kind:
            return
        block = _block(cursor, order, kind, name)
        if block is None:
            break
        if block.kind == _INTERFACE_BLOCK:
            if len(interfaces) < INTERFACES:
                interfaces.append(_interface(block.body, order))
            continue
        if block.kind in (_OLD_PACKET, _SIMPLE_PACKET, _PACKET):
            packet = _packet(block, order, interfaces)
            if packet is None:
                tally.records += 1
                tally.reject(UNKNOWN_INTERFACE)
            else:
                yield packet
    _cut_short(tally)


def _section(cursor: Cursor, name: str) -> str:
    """Read a section header after its type; return its byte order, empty where the file ends."""
    head = cursor.take(8)
    if len(head) < 8:
        return ""
    order = _ORDERS.get(head[4:])
    if order is None:
        raise _damaged(name, "a section without byte order")
    length = struct.unpack_from(order + "I", head)[0]
    if length < 28 or length % 4:
        raise _damaged(name, "a section header of impossible length")
    return order if cursor.skip(length - 12) else ""


def _block(cursor: Cursor, order: str, kind: bytes, name: str) -> _Block | None:
    """Read the block of that *kind*; ``None`` where the file ends in it.

    Blocks of other kinds are passed over, and come back without a body.
    """
    head = cursor.take(4)
    if len(kind) < 4 or len(head) < 4:
        return None
    number, length = struct.unpack(order + "II", kind + head)
    if length < 12 or length % 4:
        raise _damaged(name, "a block of impossible length")
    if number not in (_INTERFACE_BLOCK, _OLD_PACKET, _SIMPLE_PACKET, _PACKET):
        return _Block(number, b"") if cursor.skip(length - 8) else None
    if length > PACKET_BYTES + OPTION_BYTES:
        raise _damaged(name, f"a packet longer than {PACKET_BYTES} bytes")
    body = cursor.take(length - 8)
    if len(body) < length - 8:
        return None
    if body[-4:] != head:
        raise _damaged(name, "a block whose two lengths differ")
    return _Block(number, body[:-4])


def _interface(body: bytes, order: str) -> _Interface:
    """Return what an interface description says; what is missing has its default."""
    link_type, _, snaplen = struct.unpack_from(order + "HHI", body.ljust(8, b"\0"))
    units, offset = 1_000_000, 0
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        if code == _END_OF_OPTIONS:
            break
        value = body[at + 4 : at + 4 + size]
        if code == _TIME_RESOLUTION and len(value) == 1:
            exponent = value[0] & 0x7F
            units = 2**exponent if value[0] & 0x80 else 10**exponent
        elif code == _TIME_OFFSET and len(value) == 8:
            offset = struct.unpack(order + "q", value)[0]
        at += 4 + size + -size % 4
    return _Interface(link_type, snaplen, units, offset)


def _packet(block: _Block, order: str, interfaces: list[_Interface]) -> Packet | None:
    """Return the packet in *block*; ``None`` where it names no interface or is malformed."""
    kind, body = block
    try:
        if kind == _PACKET:
            index, high, low, kept, length = struct.unpack_from(order + "5I", body)
            start = 20
        elif kind == _OLD_PACKET:
            index, _, high, low, kept, length = struct.unpack_from(order + "HH4I", body)
            start = 20
        else:  # a simple packet has no time
            index, high, low, start = 0, 0, 0, 4
            length = struct.unpack_from(order + "I", body)[0]
            kept = min(length, len(body) - 4, interfaces[0].snaplen or length)
        interface = interfaces[index]
    except (struct.error, IndexError):
        return None
    frame = body[start : start + kept]
    ticks = high << 32 | low
    time = ticks / interface.units + interface.offset if kind != _SIMPLE_PACKET else 0.0
    return Packet(time, interface.link_type, frame, len(frame) < length)
