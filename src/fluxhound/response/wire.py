"""DNS messages on the wire, as far as publishing needs them (RFC 1035 section 4).

A zone of policy rules has hundreds of thousands of records; written and read straight from the
wire they take a tenth of the time that a message library takes to make objects of them.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fluxhound.response.triggers import UnfitError, presented, split

HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")

#: Types and classes (RFC 1035 section 3.2, RFC 3596, RFC 8945, RFC 1995 section 2).
A, NS, CNAME, SOA, AAAA, TSIG, AXFR = 1, 2, 5, 6, 28, 250, 252
IN, NONE, ANY = 1, 254, 255
TYPES: Mapping[str, int] = {"A": A, "AAAA": AAAA, "CNAME": CNAME}
_KINDS = {number: name for name, number in TYPES.items()}

#: Most octets of a name (RFC 1035 section 2.3.4).
_MOST_OCTETS = 255
_PLAIN = re.compile(rb"[a-z0-9_-]+")


class DamagedError(ValueError):
    """A message does not follow the format."""


class Found(NamedTuple):
    """One record of a message: where it starts, and where its content is."""

    owner: str  # without final dot; "" is the root
    type: int
    klass: int
    ttl: int
    start: int
    content: int
    end: int


class Header(NamedTuple):
    """The head of a message."""

    id: int
    flags: int
    counts: tuple[int, int, int, int]

    @property
    def rcode(self) -> int:
        """Return the response code without its extension."""
        return self.flags & 0xF

    @property
    def response(self) -> bool:
        """Tell whether it is a response."""
        return bool(self.flags & 0x8000)

    @property
    def opcode(self) -> int:
        """Return the kind of query."""
        return self.flags >> 11 & 0xF


def name(text: str) -> bytes:
    """Return a name in presentation form as it stands in a message, without compression.

    Raises:
        UnfitError: it is no name.
    """
    if text in {"", "."}:
        return b"\0"
    return relative(text.removesuffix(".")) + b"\0"


def relative(text: str) -> bytes:
    """Return the labels of a name without the final zero.

    Raises:
        UnfitError: it is no name.
    """
    return b"".join(bytes((len(label),)) + label for label in split(text.replace("*", "\\*")))


def content(kind: str, value: str) -> bytes:
    """Return the content of an A, AAAA or CNAME record.

    Raises:
        UnfitError: the value does not fit the type.
    """
    if kind == "CNAME":
        return name(value)
    try:
        packed = ipaddress.ip_address(value).packed
    except ValueError:
        raise UnfitError("it is not an address") from None
    return packed


def record(owner: bytes, kind: int, klass: int, ttl: int, value: bytes) -> bytes:
    """Return one record; *owner* is on the wire already."""
    return owner + _FIXED.pack(kind, klass, ttl, len(value)) + value


def header(message: bytes) -> Header:
    """Return the head of *message*.

    Raises:
        DamagedError: it is shorter than a head.
    """
    if len(message) < HEADER.size:
        raise DamagedError("a message without a head")
    number, flags, *counts = HEADER.unpack_from(message)
    return Header(number, flags, (counts[0], counts[1], counts[2], counts[3]))


def records(message: bytes) -> Iterator[Found]:
    """Yield the records of all sections in order, questions left out.

    Raises:
        DamagedError: it does not follow the format.
    """
    questions, *others = header(message).counts
    known: dict[int, str] = {}
    at = HEADER.size
    try:
        for _ in range(questions):
            _, at = read_name(message, at, known)
            at += 4
        for _ in range(sum(others)):
            start = at
            owner, at = read_name(message, at, known)
            kind, klass, ttl, length = _FIXED.unpack_from(message, at)
            at += _FIXED.size
            if at + length > len(message):
                raise DamagedError("a record that does not end")
            yield Found(owner, kind, klass, ttl, start, at, at + length)
            at += length
    except (struct.error, IndexError):
        raise DamagedError("a record that does not end") from None


def read_name(message: bytes, at: int, known: dict[int, str]) -> tuple[str, int]:
    """Return the name at *at* as text, and where it ends; *known* remembers names by position.

    Raises:
        DamagedError: it points forward or is too long.
        IndexError: it does not end.
    """
    labels: list[tuple[int, str]] = []
    tail = ""
    after = 0
    bound = at
    while length := message[at]:
        if length >= 0xC0:  # noqa: PLR2004 - a pointer (RFC 1035 section 4.1.4)
            after = after or at + 2
            to = (length & 0x3F) << 8 | message[at + 1]
            if to >= bound:
                raise DamagedError("a name that points forward")
            at = bound = to
            if to in known:
                tail = known[to]
                break
            continue
        if length > 63 or at + length >= len(message):  # noqa: PLR2004 - longest label
            raise DamagedError("a label that is too long")
        labels.append((at, _label(message[at + 1 : at + 1 + length])))
        at += length + 1
        if len(labels) > _MOST_OCTETS // 2:
            raise DamagedError("a name that is too long")
    after = after or at + 1
    for place, label in reversed(labels):
        tail = f"{label}.{tail}" if tail else label
        known[place] = tail
    if len(tail) > 4 * _MOST_OCTETS:
        raise DamagedError("a name that is too long")
    return tail, after


def uncompressed(message: bytes, at: int) -> tuple[bytes, int]:
    """Return the name at *at* octet by octet, case kept, and where it ends.

    Raises:
        DamagedError: it points forward or is too long.
        IndexError: it does not end.
    """
    parts, after, bound = bytearray(), 0, at
    while length := message[at]:
        if length >= 0xC0:  # noqa: PLR2004 - a pointer
            after = after or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
            if at >= bound:
                raise DamagedError("a name that points forward")
            bound = at
            continue
        parts += message[at : at + 1 + length]
        at += 1 + length
        if len(parts) >= _MOST_OCTETS:
            raise DamagedError("a name that is too long")
    return bytes(parts) + b"\0", after or at + 1


def value(message: bytes, found: Found) -> tuple[str, str]:
    """Return type and value of a record as text; types that are not ours have no value.

    Raises:
        DamagedError: the content does not fit the type.
    """
    kind = _KINDS.get(found.type, "")
    octets = message[found.content : found.end]
    if kind == "CNAME":
        try:
            target, end = read_name(message, found.content, {})
        except IndexError:
            raise DamagedError("a name that does not end") from None
        if end != found.end:
            raise DamagedError("a name that is longer than its record")
        return kind, f"{target}."
    if len(octets) != {"A": 4, "AAAA": 16}.get(kind, len(octets)):
        raise DamagedError("an address of another length")
    return (kind, str(ipaddress.ip_address(octets))) if kind else (f"TYPE{found.type}", "")


def _label(octets: bytes) -> str:
    lower = octets.lower()
    return lower.decode("ascii") if _PLAIN.fullmatch(lower) else presented([lower])
