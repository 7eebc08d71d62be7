"""Hints found together are those of one message, or their record is odd."""

import struct
from ipaddress import ip_address

import dns.rdata
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import wire
from fluxhound.sources.labels import padded
from fluxhound.sources.manyhints import ADDRESSES, find


def together(*rdata: bytes) -> list[list[str] | None]:
    """Return the hints in each rdata; ``None`` for odd ones."""
    octets = b"".join(rdata)
    end = np.cumsum([len(each) for each in rdata]).astype(np.int64)
    size = np.array([len(each) for each in rdata], np.int64)
    found = find(padded(octets), end - size, end)
    told: list[list[str]] = [[] for _ in rdata]
    for record, wide, at in zip(found.record, found.wide, found.at, strict=True):
        told[record].append(str(ip_address(octets[at : at + (16 if wide else 4)])))
    return [None if odd else each for each, odd in zip(told, found.odd, strict=True)]


def alone(rdata: bytes) -> list[str]:
    """Return the same as one message is read."""
    record = b"\xc0\x0c" + struct.pack("!HHIH", wire.HTTPS, 1, 9, len(rdata)) + rdata
    header = b"\0\1\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1"
    parsed = wire.parse(header + record)
    assert isinstance(parsed, wire.Message)
    return [str(ip_address(text)) for *_, text in parsed.records]


def written(text: str) -> bytes:
    return bytes(dns.rdata.from_text("IN", "HTTPS", text).to_wire() or b"")


REAL = [
    written("1 . alpn=h2,h3 ipv4hint=104.16.1.2,104.16.3.4 ipv6hint=2606:4700::1,2606:4700::2"),
    written("0 target.example."),
    written("1 svc.a.example. port=8443 ipv6hint=2001:db8::1"),
    written("2 ."),
]


def test_real_records() -> None:
    assert together(*REAL) == [alone(each) for each in REAL]
    assert together(*REAL)[0] == ["104.16.1.2", "104.16.3.4", "2606:4700::1", "2606:4700::2"]
    assert together() == []


def test_malformed_and_huge_records_are_odd() -> None:
    many = b"\0\1\0\0\4" + struct.pack("!H", 4 * ADDRESSES + 4) + bytes(4 * ADDRESSES + 4)
    for odd in (b"", b"\0\1", b"\0\1\xc0\x0c", REAL[0][:-1], REAL[1][:-1], REAL[3] + b"\0", many):
        assert together(REAL[0], odd, REAL[2]) == [alone(REAL[0]), None, alone(REAL[2])]


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(REAL),
            st.lists(st.tuples(st.integers(0, 70), st.integers(0, 255)), max_size=3),
            st.integers(0, 9),
        ),
        max_size=5,
    )
)
def test_any_damage(changed: list[tuple[bytes, list[tuple[int, int]], int]]) -> None:
    rdata = []
    for each, changes, cut in changed:
        octets = bytearray(each)
        for at, value in changes:
            if at < len(octets):
                octets[at] = value
        rdata.append(bytes(octets[: max(0, len(octets) - cut)]))
    for each, found in zip(rdata, together(*rdata), strict=True):
        assert found is None or found == alone(each)
