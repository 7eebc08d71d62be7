"""The pcap format: DNS messages in captured packets, over UDP and TCP.

A packet is DNS if one of its ports is 53. What is a response is told by the message, not by the
direction. Multicast DNS (port 5353) is passed over: it tells of the local network only. Packets
that are not DNS are not counted as records. A packet of pcapng's simple kind has no time and is
counted as bad.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.errors import FluxhoundError
from fluxhound.sources import addresses, capture, datagrams, link, network
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.fragments import Fragments
from fluxhound.sources.labels import padded
from fluxhound.sources.manymessages import Told
from fluxhound.sources.manyresponses import ManyResponses, above, batch, in_order, portions
from fluxhound.sources.octets import column
from fluxhound.sources.responses import Responses, vantage
from fluxhound.sources.segments import Segments, segment
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

DNS_PORT, MDNS_PORT = 53, 5353

MULTICAST_DNS = "mDNS"
#: Packets fewer than these are taken one by one: that costs less.
FEW = 32

OTHER_LINK_TYPE = "link type not supported"
FRAGMENT_MISSING = "fragment missing or overlapping"
HEADER_CUT = "packet header cut or malformed"

_ports = struct.Struct("!HH")
_udp = struct.Struct("!HHHxx")  # ports, length


def _is_dns(transport: bytes) -> bool:
    """Tell whether UDP or TCP, beginning with their ports, carry DNS."""
    return len(transport) >= _ports.size and DNS_PORT in _ports.unpack_from(transport)


class Conversation:
    """Takes packets and hands the DNS messages in them on."""

    def __init__(self, responses: Responses, tally: Tally, sensor: str | None) -> None:
        self._responses = responses
        self._tally = tally
        self._sensor = sensor
        self._fragments = Fragments()
        self._segments = Segments()

    def add(self, captured: capture.Packet) -> None:
        """Take one packet."""
        time, link_type, frame, cut = captured
        if link_type not in link.LINK_TYPES:
            self._tally.records += 1
            self._tally.pass_over(OTHER_LINK_TYPE)
            return
        start = link.ip_start(link_type, frame)
        packet = network.packet(frame, start) if start >= 0 else None
        if packet is None:
            return
        protocol, payload = packet.protocol, packet.payload
        if packet.fragment:
            whole = self._fragments.add(packet, time)
            self._count_fragments()
            behind = whole and network.transport(protocol, whole)
            if not behind:
                return
            protocol, payload = behind
        if protocol == network.UDP:
            self._add_udp(packet, payload, time, cut=cut or packet.cut)
        elif protocol == network.TCP:
            self._add_tcp(packet, payload, time)

    def finish(self) -> Iterator[None]:
        """Take what still waits for packets that did not come; pause after each message."""
        self._fragments.finish()
        self._count_fragments()
        for (source, destination, _, _), time, message in self._segments.finish():
            self._hand_on(source, destination, message, time)
            yield
        self._count_losses()

    def _add_udp(self, packet: network.Packet, payload: bytes, time: float, *, cut: bool) -> None:
        if len(payload) < _udp.size:
            if cut and _is_dns(payload):
                self._reject(HEADER_CUT)
            return
        source_port, destination_port, length = _udp.unpack_from(payload)
        if DNS_PORT in (source_port, destination_port):
            message = payload[_udp.size : length] if length >= _udp.size else payload[_udp.size :]
            self._hand_on(packet.source, packet.destination, message, time, cut=cut)
        elif MDNS_PORT in (source_port, destination_port):
            self._tally.records += 1
            self._tally.pass_over(MULTICAST_DNS)

    def _add_tcp(self, packet: network.Packet, payload: bytes, time: float) -> None:
        if not _is_dns(payload):
            return
        piece = segment(payload)
        if piece is None:
            self._reject(HEADER_CUT)
            return
        for moment, message in self._segments.add(packet.source, packet.destination, piece, time):
            self._hand_on(packet.source, packet.destination, message, moment)
        self._count_losses()

    def _hand_on(
        self, source: bytes, destination: bytes, message: bytes, time: float, *, cut: bool = False
    ) -> None:
        asker, responder = addresses.text(destination), addresses.text(source)
        self._responses.add(
            message,
            time=time,
            client=asker,
            sensor=self._sensor or vantage(message, asker, responder),
            cut=cut,
        )

    def _count_fragments(self) -> None:
        for protocol, octets in self._fragments.given_up():
            if protocol in (network.UDP, network.TCP) and _is_dns(octets):
                self._reject(FRAGMENT_MISSING)

    def _count_losses(self) -> None:
        for reason in self._segments.lost():
            self._reject(reason)

    def _reject(self, reason: str) -> None:
        self._tally.records += 1
        self._tally.reject(reason)


class Capture:
    """Takes runs of packets: most messages together, odd packets one by one."""

    def __init__(self, tally: Tally, sensor: str | None) -> None:
        self._tally = tally
        self._sensor = sensor
        self._responses = Responses(tally)
        self._conversation = Conversation(self._responses, tally, sensor)
        self._many = ManyResponses()

    def add(self, run: capture.Run) -> Iterator[pa.RecordBatch]:
        """Take a run; yield observations, in the order of their packets."""
        for numbers in portions(run.start, run.end):
            if len(numbers) < FEW:
                yield from self._alone(run, numbers)[0]
            else:
                yield from self._together(run, numbers)
            if self._responses.full:
                yield self._responses.take()

    def finish(self) -> Iterator[pa.RecordBatch]:
        """Yield what still waits: no more packets will come."""
        for _ in self._conversation.finish():
            if self._responses.full:
                yield self._responses.take()
        if len(self._responses):
            yield self._responses.take()

    def _alone(
        self, run: capture.Run, numbers: Iterable[int]
    ) -> tuple[list[pa.RecordBatch], list[int]]:
        """Take packets one by one; return full batches, and the packets of the rows that wait."""
        full: list[pa.RecordBatch] = []
        rows: list[int] = []
        for number in numbers:
            self._conversation.add(run.packet(number))
            rows += [number] * (len(self._responses) - len(rows))
            if self._responses.full:
                full.append(self._responses.take())
                rows.clear()
        return full, rows

    def _together(self, run: capture.Run, numbers: range) -> Iterator[pa.RecordBatch]:
        """Take packets together, and the odd ones of them one by one."""
        if len(self._responses):
            yield self._responses.take()
        part = slice(numbers.start, numbers.stop)
        start, end = run.start[part], run.end[part]
        offset = int(start[0])
        octets = padded(run.octets[offset : end[-1]])
        found = datagrams.find(octets, start - offset, end - offset, run.link_type)
        time = run.time[part][found.packet]
        told = self._many.read(octets, found.start, found.end, time, self._tally)
        found.odd[found.packet[told.odd]] = True
        self._tally.records += found.multicast
        self._tally.pass_over(MULTICAST_DNS, found.multicast)
        full, rows = self._alone(run, (np.flatnonzero(found.odd) + numbers.start).tolist())
        yield from full
        message = told.rows.message
        if not len(message):
            return
        self._tally.observations += len(message)
        batch = self._batch(told, found, time)
        if rows:
            packet = found.packet[message] + numbers.start
            batch = in_order(batch, packet, self._responses.take(), np.array(rows))
        yield batch

    def _batch(
        self, told: Told, found: datagrams.Datagrams, time: NDArray[np.float64]
    ) -> pa.RecordBatch:
        message = told.rows.message
        asker = found.destination[message]
        place = np.where(above(told.flags[message]), asker, found.source[message])
        client = found.texts.take(column(asker))
        sensor = (
            found.texts.take(column(place))
            if self._sensor is None
            else pa.repeat(pa.scalar(self._sensor, pa.string()), len(message))
        )
        return batch(told.rows, time=time[message], client=client, sensor=sensor)


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the observations in a capture file.

    Raises:
        FluxhoundError: after the last sound packet, where the input is damaged or no capture.
    """
    taken = Capture(tally, options.sensor)
    failure: FluxhoundError | None = None
    try:
        for run in capture.runs(Cursor(stream.blocks()), tally, stream.name):
            yield from taken.add(run)
    except FluxhoundError as error:
        failure = error
    yield from taken.finish()
    if failure:
        raise failure


FORMAT = Format(
    name="pcap",
    title="packet capture (pcap or pcapng)",
    matches=capture.is_capture,
    read=read,
)
