from __future__ import annotations

import struct

import dns.message

from fluxhound.lab.writing.packets import HEAD, packets
from fluxhound.lab.writing.responses import responses
from tests.lab.writing.made import START, batch, row


def test_a_packet_goes_from_the_resolver_to_the_client() -> None:
    (packet,), left_out = packets(responses(batch([row(time=START + 0.25)])), above=False)
    octets = packet.as_py()
    assert not left_out
    seconds, micros, size, whole = struct.unpack_from("<IIII", octets)
    assert (seconds, micros) == (int(START), 250_000)
    assert size == whole == len(octets) - 16
    ip = octets[30:50]
    assert octets[28:30] == b"\x08\x00"
    assert struct.unpack_from(">H", ip, 2)[0] == len(octets) - 30
    assert sum(struct.unpack(">10H", ip)) % 0xFFFF == 0  # RFC 1071: the checksum is right
    assert (ip[12:16], ip[16:]) == (b"\x0a\x00\x00\x35", b"\x0a\x00\x01\x07")
    source, target, length, checksum = struct.unpack_from(">4H", octets, 50)
    assert (source, length, checksum) == (53, len(octets) - 50, 0)
    assert target >= 1024
    assert dns.message.from_wire(octets[58:]).question[0].name.to_text() == "a.example."


def test_packets_of_what_is_left() -> None:
    found, left_out = packets(responses(batch([row(name="a..b"), row(time=START + 9)])), above=True)
    assert len(found) == sum(left_out.values()) == 1
    assert struct.unpack_from("<I", found[0].as_py())[0] == START + 9
    assert len(HEAD) == 24
