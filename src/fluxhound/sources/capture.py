"""Capture files: pcap in every byte order and resolution, and pcapng.

pcap is read as draft-ietf-opsawg-pcap describes it, pcapng as draft-ietf-opsawg-pcapng does. Every
length is bounded: a packet by ``PACKET_BYTES``; other blocks are passed over without being held.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that the docstrings cite

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fluxhound.errors import CorruptInputError, UnreadableInputError
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.packetheads import PACKET_BYTES, Heads
from fluxhound.sources.tally import Tally

#: What may stand around a packet in a pcapng block. Chosen, not measured.
OPTION_BYTES = 65_536
INTERFACES = 65_536  # a packet block of the older kind can name no more

CAPTURE_CUT_SHORT = "capture cut short"
UNKNOWN_INTERFACE = "unknown interface"

Ints = NDArray[np.int64]

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


@dataclass(frozen=True, slots=True)
class Run:
    """Packets of one kind of link that lie behind each other in memory."""

    link_type: int
    octets: bytes
    start: Ints
    end: Ints
    time: NDArray[np.float64]  # epoch seconds; 0 where the file does not say
    cut: NDArray[np.bool_]  # the capture kept less than was on the wire

    def __len__(self) -> int:
        """Return the number of packets."""
        return len(self.start)

    def packet(self, number: int) -> Packet:
        """Return one packet."""
        frame = self.octets[self.start[number] : self.end[number]]
        return Packet(float(self.time[number]), self.link_type, frame, bool(self.cut[number]))


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
    """Yield the packets of the capture file called *name*, one by one.

    Raises:
        FluxhoundError: as ``runs`` does.
    """
    for run in runs(cursor, tally, name):
        yield from map(run.packet, range(len(run)))


def runs(cursor: Cursor, tally: Tally, name: str) -> Iterator[Run]:
    """Yield the packets of the capture file called *name*, as many together as lie together.

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


def _pcap(cursor: Cursor, magic: bytes, tally: Tally, name: str) -> Iterator[Run]:
    order, units, extra = _MAGICS[magic]
    rest = cursor.take(20)
    if len(rest) < 20:
        _cut_short(tally)
        return
    link_type = struct.unpack_from(order + "I", rest, 16)[0] & 0xFFFF  # above: FCS length
    kept_at = struct.Struct(order + "I").unpack_from
    size = 16 + extra
    while True:
        octets, at = cursor.look()
        heads, after = Heads(octets, size, order).find(at)
        if not len(heads):  # the next packet crosses the border of a block
            head = cursor.take(size)
            if not head:
                return
            kept = kept_at(head, 8)[0] if len(head) == size else 0
            if kept > PACKET_BYTES:
                raise _damaged(name, f"a packet longer than {PACKET_BYTES} bytes")
            octets = head + cursor.take(kept)
            heads, _ = Heads(octets, size, order).find(0)
            if not len(heads):
                _cut_short(tally)
                return
        else:
            cursor.skip(after - at)
        fields = _words(octets, heads, 4, order)
        start = heads + size
        yield Run(
            link_type,
            octets,
            start,
            start + fields[:, 2],
            fields[:, 0] + fields[:, 1] / units,
            fields[:, 2] < fields[:, 3],
        )


def _words(octets: bytes, at: Ints, count: int, order: str) -> Ints:
    """Return so many numbers of 32 bits at each of the places *at*."""
    size = 4 * count
    every = np.ndarray((max(len(octets) - size + 1, 0),), f"V{size}", octets, strides=(1,))
    return every[at].view(order + "u4").reshape(len(at), count).astype(np.int64)


def _pcapng(cursor: Cursor, tally: Tally, name: str) -> Iterator[Run]:
    """Yield the packets of a pcapng file whose first block type was taken already."""
    interfaces: list[_Interface] = []
    order = _section(cursor, name)
    while order:
        run, size = _blocks(*cursor.look(), order, interfaces)
        if run is not None:
            cursor.skip(size)
            yield run
            continue
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
                yield _alone(packet)
    _cut_short(tally)


def _blocks(
    octets: bytes, at: int, order: str, interfaces: list[_Interface]
) -> tuple[Run | None, int]:
    """Return the packets in the sound packet blocks at *at*, and what these take.

    They end where a block is of another kind or not whole, or the kind of link changes.
    """
    found = _packet_blocks(octets, at, order)
    if not len(found):
        return None, 0
    _, size, index, high, low, kept, length = _words(octets, found, 7, order).T
    known = index < len(interfaces)
    index = np.where(known, index, 0)
    links = np.array([interface.link_type for interface in interfaces] or [0])[index]
    sound = known & (links == links[0]) & (_words(octets, found + size - 4, 1, order)[:, 0] == size)
    count = len(found) if sound.all() else int(sound.argmin())
    if not count:
        return None, 0
    start = found[:count] + 28
    end = np.minimum(start + kept[:count], start + size[:count] - 32)
    time = _times(high[:count] << 32 | low[:count], index[:count], interfaces)
    cut = end - start < length[:count]
    taken = int(found[count - 1] + size[count - 1]) - at
    return Run(int(links[0]), octets, start, end, time, cut), taken


def _packet_blocks(octets: bytes, at: int, order: str) -> Ints:
    """Return the places of the packet blocks from *at* on that are whole."""
    head = struct.Struct(order + "II").unpack_from
    found: list[int] = []
    end = len(octets) - 32
    while at <= end:
        kind, size = head(octets, at)
        if kind != _PACKET or size % 4 or not 32 <= size <= PACKET_BYTES + OPTION_BYTES:
            break
        found.append(at)
        at += size
    if found and at > len(octets):
        found.pop()
    return np.array(found, np.int64)


def _times(ticks: Ints, index: Ints, interfaces: list[_Interface]) -> NDArray[np.float64]:
    """Return epoch seconds; the quotients of whole numbers, rounded once."""
    exact = 1 << 53
    if ticks.max() < exact and ticks.min() >= 0 and max(i.units for i in interfaces) <= exact:
        units = np.array([float(interface.units) for interface in interfaces])[index]
        offsets = np.array([float(interface.offset) for interface in interfaces])[index]
        times: NDArray[np.float64] = ticks / units + offsets
        return times
    some = [interfaces[number] for number in index.tolist()]
    whole = ticks.astype(np.uint64).tolist()
    return np.array([t / each.units + each.offset for t, each in zip(whole, some, strict=True)])


def _alone(packet: Packet) -> Run:
    size = np.array([len(packet.frame)])
    time, cut = np.array([packet.time]), np.array([packet.cut])
    return Run(packet.link_type, packet.frame, size - size, size, time, cut)


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
