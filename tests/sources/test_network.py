"""IPv4 and IPv6 packets, with options and extension headers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import network
from fluxhound.sources.network import TCP, UDP, Fragment

PAYLOAD = b"payload!"


def ipv4(
    payload: bytes = PAYLOAD, *, options: bytes = b"", offset: int = 0, length: int | None = None
) -> bytes:
    size = 20 + len(options) + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, size, 99, offset, 64, UDP, 0)
    return head + b"\x0a\0\0\1" + b"\x0a\0\0\2" + options + payload


def ipv6(following: int, body: bytes, *, length: int | None = None) -> bytes:
    head = struct.pack("!IHBB", 6 << 28, len(body) if length is None else length, following, 64)
    return head + b"\1" * 16 + b"\2" * 16 + body


@pytest.mark.parametrize("options", [b"", b"\1" * 4, b"\1" * 40])
@pytest.mark.parametrize("padding", [b"", b"\0" * 18])
def test_ipv4_with_options_and_padding(options: bytes, padding: bytes) -> None:
    found = network.packet(b"xx" + ipv4(options=options) + padding, 2)
    assert found == network.Packet(
        b"\x0a\0\0\1", b"\x0a\0\0\2", UDP, PAYLOAD, fragment=None, cut=False
    )


def test_length_zero_means_the_rest_of_the_frame() -> None:
    found = network.packet(ipv4(length=0), 0)
    assert found is not None
    assert (found.payload, found.cut) == (PAYLOAD, False)


def test_cut_packets_are_told() -> None:
    four, six = network.packet(ipv4()[:-3], 0), network.packet(ipv6(UDP, PAYLOAD)[:-3], 0)
    assert four is not None
    assert six is not None
    assert (four.cut, four.payload, six.cut, six.payload) == (True, b"paylo", True, b"paylo")


@pytest.mark.parametrize(
    ("offset", "fragment"),
    [
        (0x4000, None),  # do not fragment
        (0x2000, Fragment(99, 0, more=True)),
        (0x2010, Fragment(99, 128, more=True)),
        (0x0010, Fragment(99, 128, more=False)),
    ],
)
def test_ipv4_fragments(offset: int, fragment: Fragment | None) -> None:
    found = network.packet(ipv4(offset=offset), 0)
    assert found is not None
    assert found.fragment == fragment


HOP = bytes([0, 0]) + b"\0" * 6
LONG = bytes([0, 1]) + b"\0" * 14
AUTHENTICATION = bytes([0, 4]) + b"\0" * 22


def chained(*headers: tuple[int, bytes], last: int = UDP) -> tuple[int, bytes]:
    """Return the first header's type and the octets of all of them."""
    kinds = [kind for kind, _ in headers] + [last]
    octets = b"".join(
        bytes([following]) + octets[1:]
        for (_, octets), following in zip(headers, kinds[1:], strict=True)
    )
    return kinds[0], octets


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((0, HOP),),
        ((0, HOP), (60, LONG), (43, HOP), (51, AUTHENTICATION)),
        ((44, b"\0" * 8),),  # a fragment that is the whole
        ((0, HOP), (44, b"\0" * 8), (60, LONG)),
    ],
)
def test_ipv6_with_extension_headers(headers: tuple[tuple[int, bytes], ...]) -> None:
    following, octets = chained(*headers)
    found = network.packet(ipv6(following, octets + PAYLOAD), 0)
    assert found == network.Packet(b"\1" * 16, b"\2" * 16, UDP, PAYLOAD, fragment=None, cut=False)


def test_ipv6_fragment_keeps_what_follows() -> None:
    following, octets = chained((0, HOP), (44, struct.pack("!BBHI", 0, 0, 16 | 1, 77)), last=60)
    found = network.packet(ipv6(following, octets + LONG), 0)
    assert found is not None
    assert (found.protocol, found.payload) == (60, LONG)
    assert found.fragment == Fragment(77, 16, more=True)


def test_headers_in_a_joined_datagram_are_passed() -> None:
    following, octets = chained((60, LONG), (51, AUTHENTICATION), last=TCP)
    assert network.transport(following, octets + PAYLOAD) == (TCP, PAYLOAD)
    assert network.transport(UDP, PAYLOAD) == (UDP, PAYLOAD)
    assert network.transport(60, b"\x3c") is None
    assert network.transport(60, bytes([60, 0, 0, 0, 0, 0, 0, 0]) * 40) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x45",
        b"\x55" + b"\0" * 60,
        b"\x44" + b"\0" * 60,  # header of 16 octets
        ipv4()[:19],
        b"\x4f" + ipv4()[1:],  # header longer than the packet
        ipv4(length=10),
        ipv6(UDP, b"")[:39],
        ipv6(0, b"\x11"),
        ipv6(0, bytes([17, 200]) + b"\0" * 6),
        ipv6(44, b"\x11\0\0"),
    ],
)
def test_malformed_packets_are_none(octets: bytes) -> None:
    assert network.packet(octets, 0) is None


def test_endless_extension_headers_end() -> None:
    found = network.packet(ipv6(0, HOP * 1000), 0)
    assert found is not None
    assert found.protocol == 0


@given(st.sampled_from([b"", b"\x45", b"\x60", b"\x4f"]), st.binary(max_size=120))
def test_any_octets_are_a_packet_or_none(start: bytes, octets: bytes) -> None:
    found = network.packet(start + octets, 0)
    assert found is None or len(found.payload) <= len(octets)
    assert network.transport(60, octets) is None or octets
