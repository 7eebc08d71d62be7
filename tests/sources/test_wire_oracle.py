"""Every DNS message in every capture is read as dnspython reads it."""

import gzip
from collections import Counter
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

from fluxhound.sources import capture, pcap, wire
from fluxhound.sources.cursor import Cursor
from fluxhound.sources.responses import Responses
from fluxhound.sources.tally import Tally

CAPTURES = Path(__file__).parent.parent / "captures"
FILES = sorted(CAPTURES.glob("*/*.pcap*"))

# Exceptions: none is known that concerns the header, the question or the records compared here.
# Where dnspython refuses a message for a type that we skip (a malformed SVCB, LOC or OPT), or for
# damage after the answers, there is nothing to compare with.


class Collector(Responses):
    """Keeps the messages instead of reading them."""

    def __init__(self) -> None:
        super().__init__(Tally())
        self.messages: list[bytes] = []

    def add(
        self,
        message: bytes,
        *,
        time: float,
        client: str | None,
        sensor: str | None,
        cut: bool = False,
    ) -> None:
        self.messages.append(message)


def messages(path: Path) -> list[bytes]:
    octets = path.read_bytes()
    if path.suffix == ".gz":
        octets = gzip.decompress(octets)
    collector = Collector()
    conversation = pcap.Conversation(collector, Tally(), None)
    for packet in capture.packets(Cursor(iter([octets])), Tally(), path.name):
        conversation.add(packet)
    list(conversation.finish())
    return collector.messages


def octets_of(name: dns.name.Name | str) -> bytes:
    """Return the wire form of a name, in lower case."""
    read = dns.name.from_text(name) if isinstance(name, str) else name
    return b"".join(bytes([len(label)]) + label.lower() for label in read.labels)


def expected(message: dns.message.Message) -> Counter[tuple[int, bytes, int, int, bytes | str]]:
    found: Counter[tuple[int, bytes, int, int, bytes | str]] = Counter()
    for section, rrsets in enumerate((message.answer, message.authority, message.additional)):
        for rrset in rrsets:
            if rrset.rdclass != dns.rdataclass.IN or rrset.deleting:
                continue
            owner = octets_of(rrset.name)
            for rdata in rrset:
                for kind, text in values(rdata):
                    found[section, owner, kind, rrset.ttl, text] += 1
    return found


def values(rdata: dns.rdata.Rdata) -> list[tuple[int, bytes | str]]:
    kind = int(rdata.rdtype)
    if kind in (wire.A, wire.AAAA):
        return [(kind, rdata.address)]  # type: ignore[attr-defined]
    if kind in (wire.NS, wire.CNAME):
        return [(kind, octets_of(rdata.target))]  # type: ignore[attr-defined]
    if kind in (wire.SVCB, wire.HTTPS):
        params = rdata.params  # type: ignore[attr-defined]
        hints = ((wire.A, params.get(4)), (wire.AAAA, params.get(6)))
        return [(kind, address) for kind, hint in hints if hint for address in hint.addresses]
    return []


def ours(message: wire.Message) -> Counter[tuple[int, bytes, int, int, bytes | str]]:
    names = (wire.NS, wire.CNAME)
    return Counter(
        (section, octets_of(owner), kind, ttl, octets_of(rdata) if kind in names else rdata)
        for section, owner, kind, ttl, rdata in message.records
    )


def assert_agrees(octets: bytes) -> bool:
    """Compare one message; tell whether dnspython could read it."""
    try:
        oracle = dns.message.from_wire(
            octets, keyring=False, ignore_trailing=True, one_rr_per_rrset=True
        )
    except dns.exception.DNSException:
        assert isinstance(wire.parse(octets), (str, wire.Message))
        return False
    message = wire.parse(octets)
    assert isinstance(message, wire.Message), (message, octets)
    assert message.damage is None
    assert message.id == oracle.id
    assert message.flags & 0x7FF0 & ~0x7800 == int(oracle.flags) & 0x7FF0 & ~0x7800
    assert message.opcode == oracle.opcode()
    assert message.rcode == oracle.rcode()
    assert message.questions == len(oracle.question)
    if oracle.question:
        asked = oracle.question[0]
        assert dns.name.from_text(message.name).to_wire() == asked.name.to_wire()
        assert (message.type, message.klass) == (int(asked.rdtype), int(asked.rdclass))
    assert ours(message) == expected(oracle)
    return True


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_agrees_with_dnspython(path: Path) -> None:
    for octets in messages(path):
        assert_agrees(octets)


def test_most_messages_could_be_compared() -> None:
    all_messages = [octets for path in FILES for octets in messages(path)]
    compared = sum(assert_agrees(octets) for octets in all_messages)
    assert len(all_messages) > 2000
    assert compared > 0.97 * len(all_messages)
