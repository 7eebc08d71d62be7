"""Fragments of IP datagrams, joined within bounds of number, size and time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from fluxhound.sources.addresses import IPV4_OCTETS
from fluxhound.sources.network import Packet

#: Seconds to wait for the missing part (RFC 8200 section 4.5; RFC 1122 section 3.3.2: 60 to 120).
PATIENCE = 60.0
#: Datagrams held at once, and the octets of all of them. Chosen, not measured.
DATAGRAMS = 1024
HELD_BYTES = 16 << 20
DATAGRAM_BYTES = 65_535
#: Parts of one datagram. Packets of 576 octets, which every host takes (RFC 791), make 119 of the
#: largest datagram. Chosen, not measured.
PARTS = 256

_Key = tuple[bytes, bytes, int, int]


@dataclass(slots=True)
class _Datagram:
    began: float
    protocol: int
    parts: dict[int, bytes] = field(default_factory=dict)  # offset -> octets
    size: int | None = None  # known when the last part is
    held: int = 0
    refused: bool = False  # overlapping or oversized: RFC 5722 drops all of it, also what comes


class Fragments:
    """The datagrams whose parts have not all come yet."""

    def __init__(self) -> None:
        self._table: OrderedDict[_Key, _Datagram] = OrderedDict()
        self._held = 0
        #: First parts of datagrams that were given up, to be told apart by who reads them.
        self._given_up: list[tuple[int, bytes]] = []

    def add(self, packet: Packet, time: float) -> bytes | None:
        """Take one fragment seen at *time*; return the datagram's octets when it is whole."""
        part = packet.fragment
        if part is None:
            return packet.payload
        self._expire(time)
        # RFC 8200 section 4.5 leaves the protocol out of the key for IPv6.
        protocol = packet.protocol if len(packet.source) == IPV4_OCTETS else 0
        key = packet.source, packet.destination, part.identification, protocol
        datagram = self._table.get(key)
        if datagram is None:
            datagram = self._table[key] = _Datagram(time, packet.protocol)
        if datagram.refused:
            return None
        if packet.cut or not self._place(datagram, part.offset, packet.payload, last=not part.more):
            self._refuse(datagram, part.offset, packet.payload)
            return None
        self._bound(key)
        if datagram.held != datagram.size:
            return None
        self._forget(key)
        return b"".join(octets for _, octets in sorted(datagram.parts.items()))

    def given_up(self) -> Iterator[tuple[int, bytes]]:
        """Yield protocol and first octets of the datagrams given up since the last call."""
        given_up, self._given_up = self._given_up, []
        yield from given_up

    def finish(self) -> None:
        """Give up every datagram: no more packets will come."""
        while self._table:
            self._give_up(next(iter(self._table)))

    def _place(self, datagram: _Datagram, offset: int, octets: bytes, *, last: bool) -> bool:
        """Put one part in its place; tell whether it fits there."""
        end = offset + len(octets)
        if datagram.parts.get(offset) == octets and not (last and datagram.size != end):
            return True  # the same packet seen twice (RFC 8200 section 4.5 allows it)
        if last:
            if datagram.size is not None or any(
                other + len(held) > end for other, held in datagram.parts.items()
            ):
                return False
            datagram.size = end
        if not octets or end > min(datagram.size or DATAGRAM_BYTES, DATAGRAM_BYTES):
            return False
        if len(datagram.parts) >= PARTS or any(
            offset < other + len(held) and other < end for other, held in datagram.parts.items()
        ):
            return False
        datagram.parts[offset] = octets
        datagram.held += len(octets)
        self._held += len(octets)
        return True

    def _refuse(self, datagram: _Datagram, offset: int, octets: bytes) -> None:
        if not offset:
            datagram.parts.setdefault(0, octets)
        self._note(datagram)
        self._held -= datagram.held
        datagram.parts.clear()
        datagram.held, datagram.refused = 0, True

    def _note(self, datagram: _Datagram) -> None:
        first = datagram.parts.get(0)
        if first and len(self._given_up) < DATAGRAMS:
            self._given_up.append((datagram.protocol, first[:8]))

    def _expire(self, time: float) -> None:
        while self._table:
            key, oldest = next(iter(self._table.items()))
            if time - oldest.began <= PATIENCE:
                return
            self._give_up(key)

    def _bound(self, newest: _Key) -> None:
        while len(self._table) > DATAGRAMS or self._held > HELD_BYTES:
            oldest = next(iter(self._table))
            if oldest == newest:
                return
            self._give_up(oldest)

    def _give_up(self, key: _Key) -> None:
        datagram = self._table[key]
        if not datagram.refused:
            self._note(datagram)
        self._forget(key)

    def _forget(self, key: _Key) -> None:
        self._held -= self._table.pop(key).held
