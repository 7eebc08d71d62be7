r"""DNS messages as they travel: a bounded parser for the few records the detector uses.

It follows RFC 1035 section 4 (messages, compression), RFC 3596 (AAAA), RFC 2181 section 8 (TTLs),
RFC 6891 (EDNS), RFC 3597 (unknown types are skipped by their length) and RFC 9460 (the address
hints of SVCB and HTTPS, taken for A and AAAA records of their owner).

A message is refused whole where its header, question or answer section is damaged: half an RRset
would look like a change of its addresses. Where the damage comes after the answers, the sections
before the damaged one are kept and ``Message.damage`` tells the reason.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that the docstrings cite

from __future__ import annotations

import struct
from bisect import bisect_left
from functools import lru_cache
from socket import AF_INET6, inet_ntoa, inet_ntop
from typing import NamedTuple

ANSWER, AUTHORITY, ADDITIONAL = range(3)

A, NS, CNAME, AAAA, OPT, SVCB, HTTPS = 1, 2, 5, 28, 41, 64, 65
IN = 1
_IN_A, _IN_NS, _IN_CNAME = A << 16 | IN, NS << 16 | IN, CNAME << 16 | IN
_IN_AAAA, _IN_SVCB, _IN_HTTPS = AAAA << 16 | IN, SVCB << 16 | IN, HTTPS << 16 | IN

RESPONSE, AUTHORITATIVE, TRUNCATED = 0x8000, 0x0400, 0x0200
RECURSION_DESIRED, RECURSION_AVAILABLE = 0x0100, 0x0080

HEADER_OCTETS = 12
NAME_OCTETS = 255  # RFC 1035 section 2.3.4
#: Pointers followed for one name. A name holds at most 127 labels; an encoder that shares every
#: one of them needs as many pointers.
POINTERS = 127
TTL_LIMIT = 0x7FFF_FFFF  # RFC 2181 section 8: a larger one means zero
#: Question names kept decoded. Chosen, not measured.
NAMES_KEPT = 16_384

TOO_SHORT = "message too short"
CUT_SHORT = "message cut short"
BAD_LABEL = "bad label type"
BAD_POINTER = "compression pointer not backwards"
NAME_TOO_LONG = "name too long"
BAD_LENGTH = "bad record length"

#: Octets that stand for themselves in a name's text. Comma, backslash and dot are not among them.
_PLAIN = bytes(set(range(0x21, 0x7F)) - set(b",\\."))
#: The same with the dot, which parts the labels of a joined name.
_PLAIN_OR_DOT = _PLAIN + b"."
_ESCAPED = tuple(
    "\\." if octet == 0x2E else chr(octet) if octet in _PLAIN else f"\\{octet:03}"
    for octet in range(256)
)

_header = struct.Struct("!6H").unpack_from
_question = struct.Struct("!HH").unpack_from
_fixed = struct.Struct("!IIH").unpack_from  # type and class in one, TTL, length of the rdata
_pointed = struct.Struct("!HIIH").unpack_from  # the same after an owner that is a pointer
_pair = struct.Struct("!HH").unpack_from

#: Section, owner, type, TTL in seconds, rdata as text. A plain tuple: one is made for each record.
Record = tuple[int, str, int, int, str]
#: Text and length in octets of the names decoded so far, by their offset in the message.
_Names = dict[int, tuple[str, int]]


class Message(NamedTuple):
    """What we use of one DNS message.

    Names are text without a trailing dot, in the case of the message, with every octet that is not
    plain escaped (RFC 1035 section 5.1). The root is the empty text.
    """

    id: int
    flags: int  # the second 16 bits of the header
    rcode: int  # with the upper bits from EDNS
    questions: int
    answers: int  # records in the answer section, of any type
    name: str  # the first question; empty without one
    type: int  # 0 without a question
    klass: int  # 0 without a question
    records: list[Record]
    damage: str | None  # why sections after the answers are missing
    places: list[int]  # offset of the TTL of each of the records
    #: Start and end of the octets that the records above do not depend on but for their TTLs: TTLs,
    #: and rdata that is not read (EDNS cookies, signatures). Nothing where there is damage.
    idle: list[tuple[int, int]]

    @property
    def opcode(self) -> int:
        """Return the kind of message: 0 is a standard query."""
        return self.flags >> 11 & 15


class _DamageError(Exception):
    """The reason why a message could not be read on; never leaves this module."""


def flags(message: bytes) -> int:
    """Return the flags of a *message* that need not be whole; 0 where it is too short for them."""
    return message[2] << 8 | message[3] if len(message) > 3 else 0


def parse(message: bytes) -> Message | str:
    """Return the parsed *message*, or the reason why it cannot be used. Never raises."""
    if len(message) < HEADER_OCTETS:
        return TOO_SHORT
    ident, bits, questions, *counts = _header(message)
    names: _Names = {}
    records: list[Record] = []
    places: list[int] = []
    idle: list[tuple[int, int]] = []
    try:
        name, kind, klass, at = _questions(message, questions, names)
    except _DamageError as error:
        return str(error)
    except (IndexError, struct.error):
        return CUT_SHORT
    damage = None
    rcode = bits & 15
    for section, count in enumerate(counts):
        if not count:
            continue
        whole = len(records)
        try:
            at, extended = _section(message, at, section, count, names, records, places, idle)
        except _DamageError as error:
            damage = str(error)
        except (IndexError, struct.error):
            damage = CUT_SHORT
        else:
            rcode |= extended << 4
            continue
        if section == ANSWER:
            return damage
        del records[whole:], places[whole:]
        break
    idle = [] if damage else _apart(message, names, idle)
    return Message(
        ident, bits, rcode, questions, counts[0], name, kind, klass, records, damage, places, idle
    )


def _apart(message: bytes, names: _Names, idle: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return *idle*, or nothing if a name was read from there: a pointer may lead anywhere."""
    for start in names:
        if start == HEADER_OCTETS:
            continue  # the question's name ends before the first record
        at = start
        while (size := message[at]) and size < 0xC0:
            at += size + 1
        before = bisect_left(idle, (at + 2, 0))
        if before and idle[before - 1][1] > start:
            return []
    return idle


def _questions(message: bytes, count: int, names: _Names) -> tuple[str, int, int, int]:
    """Return name, type and class of the first question, and where the questions end."""
    if not count:
        return "", 0, 0, HEADER_OCTETS
    end = message.find(b"\0", HEADER_OCTETS) + 1
    raw = message[HEADER_OCTETS:end]
    plain = _uncompressed(raw)
    if plain is None:
        name, _, end = _name(message, HEADER_OCTETS, names)
    else:
        name = plain
        names[HEADER_OCTETS] = name, len(raw)
    kind, klass = _question(message, end)
    end += 4
    for _ in range(count - 1):
        end = _name(message, end, names)[2]
        _question(message, end)
        end += 4
    return name, kind, klass, end


def _section(  # noqa: C901, PLR0912 - a call for each record costs a tenth
    message: bytes,
    at: int,
    section: int,
    count: int,
    names: _Names,
    records: list[Record],
    places: list[int],
    idle: list[tuple[int, int]],
) -> tuple[int, int]:
    """Add one section's records; return where it ends and the upper bits of the rcode."""
    length = len(message)
    extended = 0
    for _ in range(count):
        first = message[at]
        if first >= 0xC0:
            pointer, kind, ttl, size = _pointed(message, at)
            target = pointer & 0x3FFF
            known = names.get(target)
            owner = known[0] if known else _earlier(message, target, at, names)[0]
            at += 12
        else:
            owner, _, at = _name(message, at, names) if first else ("", 1, at + 1)
            kind, ttl, size = _fixed(message, at)
            at += 10
        end = at + size
        if end > length:
            raise _DamageError(CUT_SHORT)
        if ttl > TTL_LIMIT:
            ttl = 0 if kind >> 16 != OPT else ttl
        place = at - 6
        idle.append((place, at - 2))
        if kind == _IN_A:
            if size != 4:
                raise _DamageError(BAD_LENGTH)
            records.append((section, owner, A, ttl, inet_ntoa(message[at:end])))
            places.append(place)
        elif kind == _IN_AAAA:
            if size != 16:
                raise _DamageError(BAD_LENGTH)
            records.append((section, owner, AAAA, ttl, inet_ntop(AF_INET6, message[at:end])))
            places.append(place)
        elif kind in (_IN_NS, _IN_CNAME):
            records.append((section, owner, kind >> 16, ttl, _target(message, at, end, names)))
            places.append(place)
        elif kind in (_IN_HTTPS, _IN_SVCB):
            hints = _hints(message[at:end], ttl)
            records += [(section, owner, *hint) for hint in hints]
            places += [place] * len(hints)
        else:
            if kind >> 16 == OPT:
                extended = ttl >> 24
                idle.pop()  # the TTL of OPT is none: it holds bits of the rcode
            idle.append((at, end))
        at = end
    return at, extended


def _target(message: bytes, start: int, end: int, names: _Names) -> str:
    """Return the name that fills the rdata from *start* to *end*.

    The common shapes, labels alone and labels before one pointer, are looked up by their octets.
    """
    raw = message[start:end]
    if raw[-1:] == b"\0":
        text = _uncompressed(raw)
        if text is not None:
            names[start] = text, len(raw)
            return text
    elif raw[-2:-1] >= b"\xc0":
        text = _uncompressed(raw[:-2] + b"\0")
        known = text and _earlier(message, (raw[-2] & 0x3F) << 8 | raw[-1], start, names)
        if text and known and known[1] + len(raw) - 2 <= NAME_OCTETS:
            if known[0]:
                text = f"{text}.{known[0]}"
            names[start] = text, known[1] + len(raw) - 2
            return text
    text, _, stop = _name(message, start, names)
    if stop != end:
        raise _DamageError(BAD_LENGTH)
    return text


def _name(message: bytes, start: int, names: _Names, depth: int = 0) -> tuple[str, int, int]:
    """Return the text of the name at *start*, its length in octets, and where it ends.

    A pointer leads to an offset before *start*, so every chain of pointers ends; each name is
    remembered, so that none is decoded twice.
    """
    labels: list[bytes] = []
    at, octets, suffix = start, 1, ""
    while size := message[at]:
        at += 1
        if size >= 0xC0:
            target = (size & 0x3F) << 8 | message[at]
            suffix, length = _earlier(message, target, start, names, depth)
            octets += length - 1
            break
        if size >= 0x40:
            raise _DamageError(BAD_LABEL)
        labels.append(message[at : at + size])
        at += size
        octets += size + 1
        if octets > NAME_OCTETS:
            break
    if octets > NAME_OCTETS:
        raise _DamageError(NAME_TOO_LONG)
    text = _text(labels)
    if suffix:
        text = f"{text}.{suffix}" if text else suffix
    names[start] = text, octets
    return text, octets, at + 1


def _earlier(
    message: bytes, target: int, start: int, names: _Names, depth: int = 0
) -> tuple[str, int]:
    """Return text and length of the name at *target*, which must come before *start*."""
    if target >= start or depth >= POINTERS:
        raise _DamageError(BAD_POINTER)
    return names.get(target) or _name(message, target, names, depth + 1)[:2]


@lru_cache(NAMES_KEPT)
def _uncompressed(raw: bytes) -> str | None:
    """Return the text of a name that has no pointers and fills *raw*; ``None`` for any other."""
    labels = []
    at, last = 0, len(raw) - 1
    if not 0 <= last < NAME_OCTETS:
        return None
    while at < last:
        size = raw[at]
        if size >= 0x40:
            return None
        at += size + 1
        labels.append(raw[at - size : at])
    return _text(labels) if at == last else None


def _text(labels: list[bytes]) -> str:
    joined = b".".join(labels)
    if joined.translate(None, _PLAIN_OR_DOT) or joined.count(b".") >= len(labels) > 0:
        return ".".join(["".join([_ESCAPED[octet] for octet in label]) for label in labels])
    return joined.decode("ascii")


def _hints(rdata: bytes, ttl: int) -> list[tuple[int, int, str]]:
    """Return type, TTL and text of the addresses hinted at (RFC 9460 sections 2.2 and 7.3).

    Parameters that are malformed hold no hints; the record is then no worse than an unknown type.
    """
    at = 2
    while at < len(rdata) and rdata[at]:  # the target's name is never compressed
        at += rdata[at] + 1
    at += 1
    found: list[tuple[int, int, str]] = []
    while at + 4 <= len(rdata):
        key, size = _pair(rdata, at)
        hint = rdata[at + 4 : at + 4 + size]
        if len(hint) < size:
            return []
        if key == 4 and size % 4 == 0:
            found += [(A, ttl, inet_ntoa(hint[i : i + 4])) for i in range(0, size, 4)]
        elif key == 6 and size % 16 == 0:
            found += [
                (AAAA, ttl, inet_ntop(AF_INET6, hint[i : i + 16])) for i in range(0, size, 16)
            ]
        at += 4 + size
    return found if at == len(rdata) else []
