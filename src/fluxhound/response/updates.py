"""Dynamic updates (RFC 2136) that carry a zone from one serial to the next, as plain messages.

Each message holds only for the SOA record that it was made for (a prerequisite) and sets the next
one. So a message never meets a zone that somebody changed meanwhile, one that is sent twice does
nothing the second time, and the state after each is known.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from fluxhound.response.wire import (
    ANY,
    HEADER,
    IN,
    NONE,
    SOA,
    TYPES,
    content,
    name,
    record,
    relative,
)
from fluxhound.response.zone import Record

UPDATE = 5
_FLAGS = UPDATE << 11
#: A message over TCP has at most 65,535 octets (RFC 1035 section 4.2.2); room for the signature.
MOST_OCTETS = 64_000
#: Changes in one message; chosen, so that a primary is not stopped for long by one of them.
MOST_CHANGES = 4_000
#: Where every message has the zone's name: right after its head, for compression to point at.
_ZONE = b"\xc0\x0c"
_SERIAL = struct.Struct("!I")
#: Serial, refresh, retry, expire and minimum end the record (RFC 1035 section 3.3.13).
_NUMBERS = 20


@dataclass(frozen=True, slots=True)
class Soa:
    """An SOA record as it was read, names uncompressed."""

    ttl: int
    content: bytes

    @property
    def serial(self) -> int:
        """Return its serial."""
        found: int = _SERIAL.unpack_from(self.content, len(self.content) - _NUMBERS)[0]
        return found

    def renumbered(self, serial: int) -> Soa:
        """Return the same record with another serial."""
        at = len(self.content) - _NUMBERS
        return Soa(self.ttl, self.content[:at] + _SERIAL.pack(serial) + self.content[at + 4 :])


@dataclass(frozen=True, slots=True)
class Step:
    """Changes that go into one message."""

    removed: tuple[Record, ...]
    added: tuple[Record, ...]


def steps(removed: Iterable[Record], added: Iterable[Record], zone: str) -> Iterator[Step]:
    """Yield changes in messages' worth: first names that lose all, then those that get something.

    What changes at one name stays in one message, so that no moment sees half of it.
    """
    gone, new = _by_owner(removed), _by_owner(added)
    order = [*sorted(gone.keys() - new.keys()), *sorted(new)]
    base = len(name(zone)) + 512
    size = base
    lost: list[Record] = []
    got: list[Record] = []
    for owner in order:
        here, there = gone.get(owner, ()), new.get(owner, ())
        octets = _octets(owner, (*here, *there))
        full = len(lost) + len(got) + len(here) + len(there) > MOST_CHANGES
        if (lost or got) and (full or size + octets > MOST_OCTETS):
            yield Step(tuple(lost), tuple(got))
            size, lost, got = base, [], []
        size += octets
        lost += here
        got += there
    if lost or got:
        yield Step(tuple(lost), tuple(got))


def message(number: int, zone: str, before: Soa, after: Soa, step: Step) -> bytes:
    """Return the update that turns a zone with the SOA *before* into one with *after*.

    Removals come first: an alias cannot be added beside other records (RFC 2136 section 3.4.2.2).
    """
    parts = [*map(_removal, step.removed), *map(_addition, step.added)]
    parts.append(record(_ZONE, SOA, IN, after.ttl, after.content))
    head = HEADER.pack(number, _FLAGS, 1, 1, len(parts), 0)
    zone_section = name(zone) + struct.pack("!HH", SOA, IN)
    condition = record(_ZONE, SOA, IN, 0, before.content)
    return b"".join((head, zone_section, condition, *parts))


def question(number: int, zone: str, kind: int) -> bytes:
    """Return a plain query for one type at the zone's apex."""
    return HEADER.pack(number, 0, 1, 0, 0, 0) + name(zone) + struct.pack("!HH", kind, IN)


def _removal(gone: Record) -> bytes:
    owner = relative(gone.owner) + _ZONE
    kind = TYPES.get(gone.type)
    if kind is None:  # not of our making: the whole RRset goes (RFC 2136 section 2.5.2)
        return record(owner, int(gone.type.removeprefix("TYPE")), ANY, 0, b"")
    return record(owner, kind, NONE, 0, _content(gone))


def _addition(new: Record) -> bytes:
    return record(relative(new.owner) + _ZONE, TYPES[new.type], IN, new.ttl, _content(new))


def _content(each: Record) -> bytes:
    return _ALIASES[each.value] if each.value in _ALIASES else content(each.type, each.value)


_VALUE_OCTETS = {"A": 4, "AAAA": 16, "CNAME": 2}
_ALIASES = {text: name(text) for text in (".", "*.", "rpz-passthru.")}


def _octets(owner: str, changes: Iterable[Record]) -> int:
    """Return no less than the octets that the changes take: text is never shorter than wire."""
    return sum(
        len(owner) + 13 + _VALUE_OCTETS.get(each.type, 0) + len(each.value) * (each.type == "CNAME")
        for each in changes
    )


def _by_owner(changes: Iterable[Record]) -> dict[str, tuple[Record, ...]]:
    in_order = sorted(changes)
    return {owner: tuple(each) for owner, each in groupby(in_order, attrgetter("owner"))}
