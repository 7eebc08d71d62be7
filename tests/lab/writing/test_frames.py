from __future__ import annotations

import struct

import dns.message
import dnstap_pb

from fluxhound.lab.writing.frames import FOOT, HEAD, frames
from fluxhound.lab.writing.responses import responses
from fluxhound.sources import framestream
from tests.lab.writing.made import START, Row, batch, row


def frame(given: Row, *, above: bool) -> dnstap_pb.Dnstap:
    (octets,), left_out = frames(responses(batch([given])), above=above)
    content = octets.as_py()
    assert not left_out
    assert struct.unpack_from("!I", content)[0] == len(content) - 4
    return dnstap_pb.Dnstap.FromString(content[4:])


def test_a_frame_is_as_the_schema_has_it() -> None:
    found = frame(row(time=START + 0.000001), above=False)
    message = found.message
    assert found.type == dnstap_pb.Dnstap.MESSAGE
    assert message.type == dnstap_pb.Message.CLIENT_RESPONSE
    assert (message.socket_family, message.socket_protocol) == (1, 1)
    assert message.query_address == b"\x0a\x00\x01\x07"
    assert message.response_address == b"\x0a\x00\x00\x35"
    assert (message.response_time_sec, message.response_time_nsec) == (START, 1000)
    assert message.response_port == 53
    assert message.query_port >= 1024
    assert dns.message.from_wire(message.response_message).answer[0].ttl == 300
    assert not found.HasField("identity")


def test_above_a_resolver_it_is_what_the_resolver_got() -> None:
    message = frame(row(sensor="2001:db8::53"), above=True).message
    assert message.type == dnstap_pb.Message.RESOLVER_RESPONSE
    assert len(message.query_address) == 16
    assert message.socket_family == 2


def test_a_sensor_that_is_no_address_is_the_identity() -> None:
    found = frame(row(sensor="berlin"), above=False)
    assert found.identity == b"berlin"
    assert len(found.message.response_address) == 4


def test_the_stream_begins_and_ends() -> None:
    assert framestream.begins(HEAD, b"protobuf:dnstap.Dnstap")
    assert framestream.control_frame(FOOT[8:]) == (framestream.STOP, [])
    rows = [row(name=f"{'a' * n}.example", answers=",".join(["192.0.2.1"] * 9)) for n in (1, 60)]
    found, left_out = frames(responses(batch([*rows, row(name="a..b")])), above=False)
    assert len(found) == 2
    assert left_out
    for octets in found.to_pylist():
        assert dnstap_pb.Dnstap.FromString(octets[4:]).message.response_message
