from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.protocols import Protocol, recognise
from tests.response.sinkhole.greeting import KNOWN


@pytest.mark.parametrize(
    ("octets", "protocol"),
    [
        (KNOWN["curl"].octets, Protocol.TLS),
        (b"GET / HTTP/1.1\r\n", Protocol.HTTP),
        (b"NICK bot\r\n", Protocol.OTHER),
        (bytes(5), Protocol.OTHER),
        (b"\x16", None),
        (b"GE", None),
        (b"", None),
    ],
)
def test_protocols_by_their_first_octets(octets: bytes, protocol: Protocol | None) -> None:
    assert recognise(octets) is protocol


def test_within_tls() -> None:
    assert recognise(b"GET / HTTP/1.1\r\n", sealed=True) is Protocol.HTTPS
    assert recognise(KNOWN["curl"].octets, sealed=True) is Protocol.OTHER


@given(st.binary(max_size=64))
def test_any_octets_are_something_or_wait(octets: bytes) -> None:
    assert recognise(octets) in (None, *Protocol)
