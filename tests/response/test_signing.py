"""What we sign is what another library believes."""

from __future__ import annotations

import sys

import dns.exception
import dns.message
import dns.tsig
import pytest

from fluxhound.errors import MissingExtraError
from fluxhound.response.primary import ALGORITHMS, Key
from fluxhound.response.signing import library_key, signature_library, signed
from fluxhound.response.updates import question

SECRET = b"a key for tests, thirty-two long"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signed_message_is_believed(algorithm: str) -> None:
    key = library_key(Key("fluxhound", SECRET, algorithm))
    octets, mac = signed(question(9, "block.rpz", 6), key, "fluxhound", 1_700_000_000.7)
    ring = dns.tsig.Key("fluxhound.", SECRET, algorithm)
    with pytest.raises(dns.tsig.BadTime):  # all else is right: the time is looked at last
        dns.message.from_wire(octets, keyring=ring)
    assert len(mac) >= 28
    other = dns.tsig.Key("fluxhound.", SECRET[::-1], algorithm)
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(octets, keyring=other)


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dns.tsig", None)
    with pytest.raises(MissingExtraError, match=r"fluxhound\[respond\]"):
        signature_library()
