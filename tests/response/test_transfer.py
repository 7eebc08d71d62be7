import contextlib
from collections.abc import Generator
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response import wire
from fluxhound.response.channel import Response
from fluxhound.response.refusals import PublishError
from fluxhound.response.transfer import read_soa, read_zone
from fluxhound.response.wire import DamagedError
from fluxhound.response.zone import Record

ZONE = "block.rpz.fluxhound"
SOA = f"{ZONE}. 60 IN SOA localhost. Host.localhost. 7 60 10 3600 60"
NS = f"{ZONE}. 60 IN NS localhost."


class StandIn:
    """A channel whose responses are given."""

    def __init__(self, *octets: bytes, verified: bool = True) -> None:
        self.verified = verified
        self._responses = [
            Response(each, wire.header(each), tuple(wire.records(each))) for each in octets
        ]

    def ask(self, message: bytes) -> Response:
        return self._responses[0]

    def transfer(self, message: bytes) -> Generator[Response, None, None]:
        yield from self._responses
        raise PublishError("no more came")


def response(*lines: str, rcode: int = 0) -> bytes:
    made = dns.message.make_response(dns.message.make_query(f"{ZONE}.", "AXFR"))
    made.set_rcode(dns.rcode.Rcode(rcode))
    for line in lines:
        name, ttl, klass, kind, value = line.split(" ", 4)
        made.answer.append(dns.rrset.from_text(name, int(ttl), klass, kind, value))
    return made.to_wire(max_size=65535)


def zone(*octets: bytes, verified: bool = True) -> Any:
    channel: Any = StandIn(*octets, verified=verified)
    return read_zone(channel, ZONE, 1, "The primary", "key")


def test_a_zone_is_read_over_several_messages() -> None:
    state = zone(
        response(SOA, NS, f"Bad.example.{ZONE}. 60 IN CNAME ."),
        response(f"*.bad.example.{ZONE}. 60 IN CNAME rpz-passthru."),
        response(f"{ZONE}. 60 IN TXT note", f"a.example.{ZONE}. 5 IN A 192.0.2.1", SOA),
    )
    assert state.soa.serial == 7
    assert b"\4Host" in state.soa.content  # as it was written, for it is compared
    assert state.records == {
        Record("bad.example", "CNAME", "."),
        Record("*.bad.example", "CNAME", "rpz-passthru."),
        Record("a.example", "A", "192.0.2.1", 5),
    }


def test_records_of_signatures_are_not_ours() -> None:
    nsec = f"a.example.{ZONE}. 60 IN NSEC {ZONE}. CNAME"
    assert zone(response(SOA, nsec, SOA)).records == frozenset()


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([response(SOA, NS)], "no more came"),
        ([response(NS, f"a.example.{ZONE}. 60 IN CNAME .", SOA)], "outside"),
        ([response(SOA, "a.example. 60 IN CNAME .", SOA)], "outside"),
        ([response(SOA, SOA.replace(" 7 ", " 8 "))], "another serial"),
        ([response(rcode=5)], "REFUSED"),
        ([response(rcode=9)], "NOTAUTH"),
    ],
)
def test_half_a_zone_is_none(messages: list[bytes], words: str) -> None:
    with pytest.raises(PublishError, match=words):
        zone(*messages)


def test_the_end_of_a_zone_has_to_be_signed() -> None:
    with pytest.raises(PublishError, match="not signed"):
        zone(response(SOA, SOA), verified=False)


def test_the_soa_record_alone() -> None:
    channel: Any = StandIn(response(SOA))
    assert read_soa(channel, ZONE, 1, "The primary", "key").serial == 7
    empty: Any = StandIn(response())
    with pytest.raises(PublishError, match="no zone"):
        read_soa(empty, ZONE, 1, "The primary", "key")


@given(st.data())
def test_a_damaged_zone_is_told(data: st.DataObject) -> None:
    octets = bytearray(response(SOA, NS, f"a.example.{ZONE}. 60 IN CNAME .", SOA))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(12, len(octets) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PublishError, DamagedError):
        zone(bytes(octets))
