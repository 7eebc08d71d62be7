"""The fields of many dnstap frames, found together: field by field, not frame by frame.

A frame is a protobuf message (https://protobuf.dev/programming-guides/encoding): each field has a
tag, which is its number and the kind of its value. Frames are odd, and are for the library to read
or refuse, if they hold a field that is not known here, one twice that counts, or numbers larger
than dnstap needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import dnstap_pb
import numpy as np
from numpy.typing import NDArray

from fluxhound.sources.labels import Ints, Mask
from fluxhound.sources.octets import Octets, cells

#: Fields of one frame, and of the message in it, that are read here: more than dnstap has.
FIELDS = 24
#: Octets of a number: five hold 35 bits.
NUMBER_OCTETS = 5

_NUMBER, _OCTETS, _FIXED = 0, 2, 5  # kinds of values
_LITTLE = np.dtype([("value", "<u4")])

#: Fields by their tags, as in dnstap.proto; those without a name are passed over.
_FRAME = {0x0A: "identity", 0x12: "", 0x1A: "", 0x72: "message", 0x78: "type"}
_MESSAGE = {
    0x08: "type",
    0x10: "",  # socket_family
    0x18: "",  # socket_protocol
    0x22: "query_address",
    0x2A: "response_address",
    0x30: "",  # query_port
    0x38: "",  # response_port
    0x40: "query_sec",
    0x4D: "query_nsec",
    0x52: "",  # query_message
    0x5A: "",  # query_zone
    0x60: "response_sec",
    0x6D: "response_nsec",
    0x72: "response_message",
}
_KINDS = np.array(sorted(dnstap_pb.Message.Type.values()))
_DNSTAP = 1  # the one type of frames

Seconds = NDArray[np.float64]


@dataclass(slots=True)
class Found:
    """One field of all frames: its value, or where it begins, and where it ends."""

    value: Ints
    end: Ints


@dataclass(slots=True)
class Fields:
    """What counts of each frame; where it has no such field, both ends are 0."""

    odd: Mask
    kind: Ints  # type of the message
    time: Seconds
    content: Found  # the DNS message
    identity: Found
    asker: Found
    responder: Found


def fields(octets: Octets, start: Ints, end: Ints) -> Fields:
    """Return the fields of the frames from *start* to *end*, before ``labels.PAD`` octets."""
    odd = np.zeros(len(start), bool)
    frame = _read(octets, start, end, _FRAME, odd)
    inner = frame["message"]
    odd |= (frame["type"].value != _DNSTAP) | (inner.end == 0)
    message = _read(
        octets, np.where(odd, 0, inner.value), np.where(odd, 0, inner.end), _MESSAGE, odd
    )
    kind = message["type"].value
    odd |= ~np.isin(kind, _KINDS)
    told = message["response_sec"].value > 0
    seconds = np.where(told, message["response_sec"].value, message["query_sec"].value)
    parts = np.where(told, message["response_nsec"].value, message["query_nsec"].value)
    return Fields(
        odd=odd,
        kind=kind,
        time=seconds + parts / 1e9,
        content=message["response_message"],
        identity=frame["identity"],
        asker=message["query_address"],
        responder=message["response_address"],
    )


def _read(
    octets: Octets, start: Ints, end: Ints, known: Mapping[int, str], odd: Mask
) -> dict[str, Found]:
    """Return the fields that are *known* of the messages from *start* to *end*; mark odd ones."""
    none = np.zeros((2, len(start)), np.int64)
    found = {name: Found(*none.copy()) for name in known.values() if name}
    going = np.flatnonzero(~odd & (start < end))
    at, limit = start[going], end[going]
    for _ in range(FIELDS):
        if not len(going):
            return found
        after = np.zeros(len(going), np.int64)
        tags = octets[at]
        for tag in np.flatnonzero(np.bincount(tags, minlength=256)).tolist():
            if tag not in known:
                continue
            name = known[tag]
            some = slice(None) if (tags == tag).all() else np.flatnonzero(tags == tag)
            first, after[some] = _value(octets, at[some] + 1, tag & 7)
            if name:
                number = going[some]
                if name == "message":  # two would be joined
                    odd[number[found[name].end[number] > 0]] = True
                found[name].value[number], found[name].end[number] = first, after[some]
        sound = (after > at) & (after <= limit)
        odd[going[~sound]] = True
        rest = np.flatnonzero(sound & (after < limit))
        going, at, limit = going[rest], after[rest], limit[rest]
    odd[going] = True
    return found


def _value(octets: Octets, at: Ints, kind: int) -> tuple[Ints, Ints]:
    """Return values, or where they begin, and where they end; 0 for those not to be read."""
    if kind == _FIXED:
        return cells(octets, np.minimum(at, len(octets) - 4), _LITTLE)["value"].astype(
            np.int64
        ), at + 4
    number, after = _number(octets, at)
    if kind == _NUMBER:
        return number, after
    return after, np.where(after > 0, after + number, 0)


def _number(octets: Octets, at: Ints) -> tuple[Ints, Ints]:
    """Return numbers written in groups of seven bits, and where they end."""
    value = np.zeros(len(at), np.int64)
    after = at
    more = np.ones(len(at), bool)
    for place in range(NUMBER_OCTETS):
        octet = octets[after]
        value |= (octet & 0x7F).astype(np.int64) * more << (7 * place)
        after = after + more
        more = more & (octet >= 0x80)  # noqa: PLR2004 - the bit that says that more follow
        if not more.any():
            return value, after
    return value, np.where(more, 0, after)
