"""DNS messages in many captured packets, found together: UDP without fragments or extensions.

What else a packet may be is told apart too: without DNS, or for ``pcap`` to take on its own.
"""

# ruff: noqa: PLR2004 - numbers are sizes, offsets and numbers of the layouts that ``network`` cites

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.sources import link, network
from fluxhound.sources.addresstexts import distinct_ipv4, distinct_ipv6, known
from fluxhound.sources.labels import Ints, Mask
from fluxhound.sources.octets import Octets, cells

DNS_PORT, MDNS_PORT = 53, 5353

#: Where the type of the payload stands in a frame, and where the payload begins.
_TYPED = {link.ETHERNET: (12, 14), link.LINUX_SLL: (14, 16), link.LINUX_SLL2: (0, 20)}
#: Where the IP packet begins in frames of a kind that needs no look at them.
_UNTYPED = {0: 4, 108: 4, 12: 0, 14: 0, 101: 0, 228: 0, 229: 0}
_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_TAGS = np.array([0x8100, 0x88A8, 0x9100, 0x9200])
_EXTENSIONS = np.array([0, 43, 44, 51, 60, 135, 139, 140, 253, 254])

_PORTS = [("source_port", ">u2"), ("destination_port", ">u2"), ("size", ">u2")]
_V4 = np.dtype(
    {
        "names": ["version", "length", "part", "protocol", "source", "destination"]
        + [name for name, _ in _PORTS],
        "formats": ["u1", ">u2", ">u2", "u1", ">u4", ">u4", ">u2", ">u2", ">u2"],
        "offsets": [0, 2, 6, 9, 12, 16, 20, 22, 24],
    }
)
_V6 = np.dtype(
    {
        "names": ["length", "protocol"] + [name for name, _ in _PORTS],
        "formats": [">u2", "u1", ">u2", ">u2", ">u2"],
        "offsets": [4, 6, 40, 42, 44],
    }
)
_WORD = np.dtype([("word", ">u2")])


@dataclass(slots=True)
class Datagrams:
    """DNS messages among packets."""

    odd: Mask  # packets that must be taken one by one
    multicast: int  # packets of mDNS
    packet: Ints  # number of the packet of each message
    start: Ints
    end: Ints
    texts: pa.StringArray  # of addresses; null for what is none
    source: Ints  # of each message: number of the text
    destination: Ints


class _Packets:
    """What becomes of each packet."""

    def __init__(self, octets: Octets, end: Ints, odd: Mask) -> None:
        self._octets, self._limit, self.odd = octets, end, odd
        self.multicast = 0
        self._start, self._end = np.full(len(end), -1), np.zeros(len(end), np.int64)
        self._source, self._destination = np.zeros((2, len(end)), np.int64)
        self._texts: list[pa.StringArray] = []

    def add_v4(self, number: Ints, at: Ints) -> None:
        """Take the packets of that *number*, which begin at the places *at*."""
        found = cells(self._octets, at, _V4)
        length = found["length"].astype(np.int64)
        tail = np.where(length == 0, self._limit[number], at + length)
        strange = (found["version"] != 0x45) | (found["part"] & 0x3FFF != 0)
        dns = self._transport(number, found, at + 20, tail, strange)
        sides = [found[side][dns].astype(np.uint32) for side in ("source", "destination")]
        text, code = distinct_ipv4(np.concatenate(sides))
        self._name(number[dns], known(text), code)

    def add_v6(self, number: Ints, at: Ints) -> None:
        """Take the packets of that *number*, which begin at the places *at*."""
        found = cells(self._octets, at, _V6)
        length = found["length"].astype(np.int64)
        tail = np.where(length == 0, self._limit[number], at + 40 + length)
        strange = np.isin(found["protocol"], _EXTENSIONS)
        dns = self._transport(number, found, at + 40, tail, strange)
        text, code = distinct_ipv6(self._octets, np.concatenate([at[dns] + 8, at[dns] + 24]))
        self._name(number[dns], known(text), code)

    def done(self) -> Datagrams:
        """Return what was found."""
        packet = np.flatnonzero(self._start >= 0)
        return Datagrams(
            odd=self.odd,
            multicast=self.multicast,
            packet=packet,
            start=self._start[packet],
            end=self._end[packet],
            texts=pa.concat_arrays([*self._texts, pa.nulls(1, pa.string())]),
            source=self._source[packet],
            destination=self._destination[packet],
        )

    def _transport(
        self, number: Ints, found: NDArray[np.void], at: Ints, tail: Ints, strange: Mask
    ) -> Ints:
        """Read what begins at the places *at*; return which of the packets hold DNS over UDP."""
        limit = np.minimum(tail, self._limit[number])
        protocol = found["protocol"]
        ports = found["source_port"], found["destination_port"]
        udp, tcp = protocol == network.UDP, protocol == network.TCP
        dns = (ports[0] == DNS_PORT) | (ports[1] == DNS_PORT)
        strange = strange | (udp & (at + 8 > limit)) | (tcp & dns) | (at > limit)
        udp &= ~strange
        multicast = udp & ~dns & ((ports[0] == MDNS_PORT) | (ports[1] == MDNS_PORT))
        self.multicast += int(multicast.sum())
        self.odd[number[strange]] = True
        some = np.flatnonzero(udp & dns)
        size = found["size"][some].astype(np.int64)
        told = np.where(size >= 8, at[some] + size, limit[some])
        self._start[number[some]] = at[some] + 8
        self._end[number[some]] = np.minimum(told, limit[some])
        return some

    def _name(self, number: Ints, text: pa.StringArray, code: Ints) -> None:
        """Keep the texts of the sources, and behind them those of the destinations."""
        code = code + sum(map(len, self._texts))
        self._source[number], self._destination[number] = code[: len(number)], code[len(number) :]
        self._texts.append(text)


def find(octets: Octets, start: Ints, end: Ints, link_type: int) -> Datagrams:
    """Return the messages in the frames of that *link_type*, from *start* to *end* each.

    ``labels.PAD`` octets follow the last.
    """
    at, odd = _ip_starts(octets, start, end, link_type)
    packets = _Packets(octets, end, odd)
    version = octets[at] >> 4
    for kind, add in ((4, packets.add_v4), (6, packets.add_v6)):
        number = np.flatnonzero((version == kind) & ~odd & (at >= 0))
        if len(number):
            add(number, at[number])
    return packets.done()


def _ip_starts(octets: Octets, start: Ints, end: Ints, link_type: int) -> tuple[Ints, Mask]:
    """Return where the IP packets begin, -1 where none does, and which frames are odd."""
    odd = np.zeros(len(start), bool)
    if link_type in _UNTYPED:
        at = start + _UNTYPED[link_type]
        return at, at >= end
    if link_type not in _TYPED:
        return start, ~odd
    type_at, begins = _TYPED[link_type]
    kind = cells(octets, start + type_at, _WORD)["word"]
    at = start + begins
    for _ in range(2):  # tags; more are odd
        if not ((kind != _IPV4) & (kind != _IPV6)).any():
            break
        tagged = np.flatnonzero(np.isin(kind, _TAGS))
        kind = kind.copy()
        kind[tagged] = cells(octets, at[tagged] + 2, _WORD)["word"]
        at[tagged] += 4
    odd = (at >= end) | (kind == _PPPOE) | np.isin(kind, _TAGS)
    return np.where((kind == _IPV4) | (kind == _IPV6), at, -1), odd
