"""Frames and streams as name servers send them, and an outlet that keeps what it is given."""

from __future__ import annotations

import struct
import threading
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import dns.message
import dns.rrset
import dnstap_pb

from fluxhound.sources.dnstap import CONTENT_TYPE
from fluxhound.sources.framestream import START, STOP
from fluxhound.sources.handshake import control_frame
from fluxhound.sources.live import Portion

KINDS = dnstap_pb.Message
CLIENT, RESOLVER = KINDS.CLIENT_RESPONSE, KINDS.RESOLVER_RESPONSE


def response(name: str = "a.test.", *addresses: str, number: int = 1, rcode: str = "") -> bytes:
    """Return a DNS message; without addresses, one is made up."""
    head = f"id {number}\nflags QR RD RA\n" + (f"rcode {rcode}\n" if rcode else "")
    built = dns.message.from_text(f"{head};QUESTION\n{name} IN A")
    for each in addresses or ("192.0.2.1",):
        if not rcode:
            built.answer.append(dns.rrset.from_text(name, 9, "IN", "A", each))
    return built.to_wire()


def frame(
    kind: int, octets: bytes | None = None, *, identity: bytes = b"", asker: int = 1, **fields: Any
) -> bytes:
    """Return a data frame without its length."""
    content = {
        "type": kind,
        "query_address": b"\x0a\0\0" + bytes([asker]),
        "response_address": b"\xc0\0\2\x35",
        "response_time_sec": 100,
        "response_message": response() if octets is None else octets,
        **fields,
    }
    built = dnstap_pb.Dnstap(type=1, identity=identity, message=dnstap_pb.Message(**content))
    return bytes(built.SerializeToString())


def sized(*frames: bytes) -> bytes:
    """Return data frames with their lengths."""
    return b"".join(struct.pack("!I", len(each)) + each for each in frames)


def stream(*frames: bytes) -> bytes:
    """Return a whole unidirectional stream."""
    return control_frame(START, CONTENT_TYPE) + sized(*frames) + control_frame(STOP)


def cut(octets: bytes, places: Iterable[int]) -> list[bytes]:
    """Return *octets* in pieces that end at *places*."""
    borders = sorted({0, len(octets), *(place % (len(octets) + 1) for place in places)})
    return [octets[a:b] for a, b in pairwise(borders)]


class Kept:
    """An outlet that keeps the portions."""

    def __init__(self) -> None:
        self.portions: list[Portion] = []
        self.pressed = False
        self._lock = threading.Lock()

    def put(self, portion: Portion) -> None:
        with self._lock:
            self.portions.append(portion)

    @property
    def records(self) -> int:
        return sum(portion.tally.records for portion in self.portions)

    @property
    def bad(self) -> Counter[str]:
        return sum((portion.tally.bad for portion in self.portions), Counter())

    @property
    def passed_over(self) -> Counter[str]:
        return sum((portion.tally.passed_over for portion in self.portions), Counter())

    def rows(self) -> list[dict[str, Any]]:
        return [
            row for each in self.portions for batch in each.batches for row in batch.to_pylist()
        ]

    def asked(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for portion in self.portions:
            for batch in portion.asked:
                for row in batch.to_pylist():
                    found[row["name"], row["client"]] += row["count"]
        return found
