import struct

import dns.message
import dns.name
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response import wire
from fluxhound.response.triggers import UnfitError
from fluxhound.response.wire import DamagedError

LABEL = st.binary(min_size=1, max_size=40)
NAME = st.lists(LABEL, max_size=4).map(lambda labels: dns.name.Name([*labels, b""]))


def message(*rrsets: dns.rrset.RRset) -> bytes:
    made = dns.message.make_response(dns.message.make_query("block.rpz.", "AXFR"))
    made.answer.extend(rrsets)
    return made.to_wire(max_size=65535)


@given(st.lists(st.tuples(NAME, NAME), min_size=1, max_size=5))
def test_records_are_read_as_another_library_wrote_them(
    pairs: list[tuple[dns.name.Name, dns.name.Name]],
) -> None:
    rrsets = [
        dns.rrset.from_text(name, 60, "IN", "CNAME", target.to_text()) for name, target in pairs
    ]
    octets = message(*rrsets)
    found = list(wire.records(octets))
    assert len(found) == len(rrsets)
    for each, (name, target) in zip(found, pairs, strict=True):
        kind, value = wire.value(octets, each)
        assert dns.name.from_text(each.owner or ".") == name.canonicalize()
        assert (kind, dns.name.from_text(value)) == ("CNAME", target.canonicalize())
        assert each.ttl == 60


@given(NAME)
def test_names_come_back_octet_by_octet(name: dns.name.Name) -> None:
    octets = message(dns.rrset.from_text(name, 60, "IN", "CNAME", name.to_text()))
    found = next(wire.records(octets))
    assert wire.uncompressed(octets, found.content)[0] == name.to_wire()
    assert wire.uncompressed(octets, found.start)[0].lower() == wire.name(found.owner)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("A", "192.0.2.1", ("A", "192.0.2.1")),
        ("AAAA", "2001:DB8:0::1", ("AAAA", "2001:db8::1")),
        ("TXT", '"a note"', ("TYPE16", "")),
    ],
)
def test_values_have_one_form(kind: str, text: str, expected: tuple[str, str]) -> None:
    octets = message(dns.rrset.from_text("a.block.rpz.", 60, "IN", kind, text))
    assert wire.value(octets, next(wire.records(octets))) == expected


@given(st.binary(max_size=120), st.binary(max_size=60))
def test_damage_is_told_and_nothing_else_happens(octets: bytes, more: bytes) -> None:
    whole = message(dns.rrset.from_text("a.block.rpz.", 60, "IN", "CNAME", "b.block.rpz."))
    for hostile in (octets, whole[: len(octets)], whole[:40] + octets + more, whole + more):
        try:
            for each in wire.records(hostile):
                wire.value(hostile, each)
                wire.uncompressed(hostile, each.start)
        except (DamagedError, IndexError):
            pass


def test_a_pointer_to_itself_is_damage() -> None:
    octets = (
        wire.HEADER.pack(1, 0x8000, 0, 1, 0, 0) + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 0)
    )
    with pytest.raises(DamagedError, match="points forward"):
        list(wire.records(octets))


@pytest.mark.parametrize("length", [3, 5])
def test_an_address_of_another_length_is_damage(length: int) -> None:
    octets = wire.HEADER.pack(1, 0x8000, 0, 1, 0, 0) + wire.record(b"\0", 1, 1, 0, b"x" * length)
    with pytest.raises(DamagedError, match="another length"):
        wire.value(octets, next(wire.records(octets)))


def test_names_are_written_with_their_asterisk() -> None:
    assert wire.name("*.") == b"\1*\0"
    assert wire.name(".") == b"\0"
    assert wire.relative("*.bad.example") == b"\1*\3bad\7example"


def test_content_has_to_fit() -> None:
    with pytest.raises(UnfitError):
        wire.content("A", "not an address")


def test_a_head_tells_what_it_is() -> None:
    head = wire.header(wire.HEADER.pack(7, 0xA809, 1, 2, 3, 4))
    assert (head.id, head.response, head.opcode, head.rcode) == (7, True, 5, 9)
    with pytest.raises(DamagedError, match="without a head"):
        wire.header(b"short")
