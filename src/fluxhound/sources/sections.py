"""The records of many DNS messages, walked together: record by record, not message by message.

What is read here is what nearly all responses are: one question, records whose owners are pointers
or written out, addresses (hinted at, too), aliases, name servers, and other types that are passed
by their length.
A message with anything else is marked ``odd``, and is for ``wire`` to read or refuse.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that ``wire`` cites

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluxhound.sources import manyhints, wire
from fluxhound.sources.labels import POINTER, Ints, Labels, Mask, Walk
from fluxhound.sources.octets import cells

#: Records in a message that is read here, and in all messages of a batch for each message.
RECORDS = 64
#: A walk goes on for this part of the messages at least: what few have is read one by one.
FEW = 1024

IN_A, IN_NS = wire.A << 16 | wire.IN, wire.NS << 16 | wire.IN
IN_CNAME, IN_AAAA = wire.CNAME << 16 | wire.IN, wire.AAAA << 16 | wire.IN
HINTED = (wire.SVCB << 16 | wire.IN, wire.HTTPS << 16 | wire.IN)

_HEADER = np.dtype([(name, ">u2") for name in ("id", "flags", "qd", "an", "ns", "ar")])
#: What follows an owner: type and class in one, TTL, length of the rdata, the first of it.
_FIXED = np.dtype([("kind", ">u4"), ("ttl", ">u4"), ("size", ">u2"), ("address", ">u4")])
_KIND = np.dtype(">u4")
_SIZE, _ADDRESS = np.dtype([("size", ">u2")]), np.dtype([("address", ">u4")])


@dataclass(slots=True)
class Names:
    """Names that are written out, wholly or up to a pointer."""

    at: Ints
    stop: Ints  # place of the root or of the pointer
    suffix: Ints  # where the pointer leads; -1 where there is none
    message: Ints  # number of the message


@dataclass(slots=True)
class Sections:
    """What was read; the records of each message follow each other, with hints as addresses."""

    odd: Mask  # messages that were not read
    flags: NDArray[np.uint16]
    answers: Ints  # records in the answer section, of any type
    type: Ints  # of the question
    klass: Ints
    names: Names  # the first are those of the questions, one for each message
    # One for each record:
    message: Ints
    section: NDArray[np.int8]
    kind: NDArray[np.uint32]  # type and class in one
    ttl: NDArray[np.uint32]
    rdata: Ints  # place of the address or of the name
    address: NDArray[np.uint32]  # the first four octets of the rdata
    owner: Ints  # place of the owner's name; -1 for the root


class Reader:
    """Reads the messages of one batch."""

    def __init__(self, labels: Labels, start: Ints, end: Ints) -> None:
        """Take messages, from *start* to *end* each, all of them responses with a whole header."""
        self._labels = labels
        self._start, self._end = start, end
        head = cells(labels.octets, start, _HEADER)
        self._flags = head["flags"].astype(np.uint16)
        self._counts = [head[name].astype(np.int64) for name in ("an", "ns", "ar")]
        self._total = sum(self._counts, np.zeros(len(start), np.int64))
        self.odd: Mask = (head["qd"] != 1) | (self._total > RECORDS)
        self.odd |= (self._flags & 0x7800) != 0
        self._total[self.odd] = 0
        self._first = np.cumsum(self._total) - self._total
        count = int(self._total.sum())
        self._kind = np.zeros(count, np.uint32)
        self._ttl = np.zeros(count, np.uint32)
        self._rdata = np.zeros(count, np.int64)
        self._address = np.zeros(count, np.uint32)
        self._owner = np.zeros(count, np.int64)
        self._names: list[Names] = []

    def read(self) -> Sections:
        """Return the records."""
        at, kind = self._questions()
        self._records(at)
        message = np.repeat(np.arange(len(self._start)), self._total)
        place = np.arange(len(message)) - self._first[message]
        answers, authority = self._counts[0][message], self._counts[1][message]
        section = (place >= answers).astype(np.int8) + (place >= answers + authority)
        read = Sections(
            odd=self.odd,
            flags=self._flags,
            answers=self._counts[0],
            type=(kind >> 16).astype(np.int64),
            klass=(kind & 0xFFFF).astype(np.int64),
            names=_joined(self._names),
            message=message,
            section=section,
            kind=self._kind,
            ttl=self._ttl,
            rdata=self._rdata,
            address=self._address,
            owner=self._owner,
        )
        hinted = np.flatnonzero(np.isin(self._kind, HINTED) & ~self.odd[message])
        if len(hinted):
            self._hint(read, hinted)
        return read

    def _hint(self, read: Sections, hinted: Ints) -> None:
        """Put the addresses that the records *hinted* hint at behind them, as records."""
        rdata = read.rdata[hinted]
        size = cells(self._labels.octets, rdata - 2, _SIZE)["size"].astype(np.int64)
        found = manyhints.find(self._labels.octets, rdata, rdata + size)
        read.odd[read.message[hinted[found.odd]]] = True
        copies = np.ones(len(read.kind), np.int64)
        copies[hinted] += np.bincount(found.record, minlength=len(hinted))
        added = np.ones(int(copies.sum()), bool)
        added[np.cumsum(copies) - copies] = False
        for name in ("message", "section", "kind", "ttl", "rdata", "address", "owner"):
            setattr(read, name, np.repeat(getattr(read, name), copies))
        read.kind[added] = np.where(found.wide, IN_AAAA, IN_A)
        read.rdata[added] = found.at
        read.address[added] = cells(self._labels.octets, found.at, _ADDRESS)["address"]

    def _questions(self) -> tuple[Ints, NDArray[np.uint32]]:
        """Read the questions; return where they end, and type and class in one."""
        start = self._start + wire.HEADER_OCTETS
        walk = self._labels.walk(start, self._start, self._end)
        at = walk.behind + 4
        # The root has no labels; a pointer leads nowhere from here.
        self.odd |= ~walk.sound | (walk.suffix >= 0) | (walk.stop == start) | (at > self._end)
        self.odd |= walk.behind - start > wire.NAME_OCTETS
        self._names.append(Names(start, walk.stop, walk.suffix, np.arange(len(start))))
        kind = cells(self._labels.octets, walk.behind, np.dtype([("kind", _KIND)]))["kind"]
        return at, kind.astype(np.uint32)

    def _records(self, at: Ints) -> None:
        going = np.flatnonzero(~self.odd & (self._total > 0))
        at = at[going]
        number = 0
        while len(going) > len(self._start) // FEW:
            behind = self._record(going, at, self._first[going] + number)
            number += 1
            rest = np.flatnonzero(~self.odd[going] & (self._total[going] > number))
            if len(rest) < len(going):
                going, at = going[rest], behind[rest]
            else:
                at = behind
        self.odd[going] = True

    def _record(self, message: Ints, at: Ints, place: Ints) -> Ints:
        """Read one record of each *message*, and keep it at its *place*; return where they end."""
        limit = self._end[message]
        owner, fixed, sound = self._owners(message, at, limit)
        sound &= fixed + 10 <= limit
        found = cells(self._labels.octets, np.minimum(fixed, limit), _FIXED)
        kind, ttl = found["kind"].astype(np.uint32), found["ttl"].astype(np.uint32)
        size = found["size"].astype(np.int64)
        rdata = fixed + 10
        behind = rdata + size
        sound &= behind <= limit
        sound &= ((kind != IN_A) | (size == 4)) & ((kind != IN_AAAA) | (size == 16))
        # The TTL of OPT holds the upper bits of the rcode.
        sound &= (kind >> 16 != wire.OPT) | (ttl < 1 << 24)
        named = np.flatnonzero(sound & ((kind == IN_CNAME) | (kind == IN_NS)))
        if len(named):
            self._targets(message, rdata, behind, named, sound)
        self._kind[place], self._ttl[place], self._rdata[place] = kind, ttl, rdata
        self._address[place], self._owner[place] = found["address"], owner
        if not sound.all():
            self.odd[message[~sound]] = True
        return behind

    def _owners(self, message: Ints, at: Ints, limit: Ints) -> tuple[Ints, Ints, Mask]:
        """Return the places of the owners' names, where they end, and which are sound."""
        labels, base = self._labels, self._start[message]
        first = labels.octets[at]
        pointing = first >= POINTER
        owner, fixed = labels.target(at, base), at + 2
        if pointing.all():
            return owner, fixed, labels.leads(owner, at)
        root = first == 0
        fixed[root] -= 1
        owner[root] = -1
        sound = root | (at < limit)
        some = np.flatnonzero(pointing)
        sound[some] = labels.leads(owner[some], at[some])
        written = np.flatnonzero(~(pointing | root) & sound)
        if len(written):
            walk = labels.walk(at[written], base[written], limit[written])
            owner[written], fixed[written] = at[written], walk.behind
            sound[written] = self._note(walk, at[written], message[written])
        return owner, fixed, sound

    def _targets(self, message: Ints, rdata: Ints, behind: Ints, named: Ints, sound: Mask) -> None:
        """Read the names in the rdata of the records *named*; put into *rdata* where they are."""
        labels = self._labels
        at, base, end = rdata[named], self._start[message[named]], behind[named]
        first = labels.octets[at]
        good = first != 0  # the root
        pointing = good & (first >= POINTER)
        if pointing.any():
            some = np.flatnonzero(pointing)
            target = labels.target(at[some], base[some])
            good[some] = labels.leads(target, at[some]) & (at[some] + 2 == end[some])
            rdata[named[some]] = target
        some = np.flatnonzero(good & ~pointing)
        walk = labels.walk(at[some], base[some], end[some])
        good[some] = (walk.behind == end[some]) & self._note(walk, at[some], message[named[some]])
        sound[named] &= good

    def _note(self, walk: Walk, at: Ints, message: Ints) -> Mask:
        """Keep the names of a *walk*, and tell which are sound."""
        self._names.append(Names(at, walk.stop, walk.suffix, message))
        sound: Mask = walk.sound & (walk.behind - at <= wire.NAME_OCTETS)
        return sound


def _joined(pieces: list[Names]) -> Names:
    return Names(
        np.concatenate([piece.at for piece in pieces]),
        np.concatenate([piece.stop for piece in pieces]),
        np.concatenate([piece.suffix for piece in pieces]),
        np.concatenate([piece.message for piece in pieces]),
    )
