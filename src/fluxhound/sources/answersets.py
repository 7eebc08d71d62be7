"""The RRsets of many messages together: what ``rrsets`` finds in one message, in the same order.

A message whose RRsets would need more than a look at its records in their order (aliases that stand
in another order than they are followed, records of one RRset that stand apart) is marked odd.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.sources import rrsets, wire
from fluxhound.sources.labels import Ints, Labels, Mask
from fluxhound.sources.nametexts import lowered, texts
from fluxhound.sources.octets import numbers
from fluxhound.sources.sections import IN_A, IN_AAAA, IN_CNAME, IN_NS, Names, Sections

#: Why messages hold no rows, by number; 0 is no reason.
REASONS = (
    "",
    rrsets.ZONE_TRANSFER,
    rrsets.OTHER_CLASS,
    rrsets.TRUNCATED_RESPONSE,
    rrsets.ERROR_RESPONSE,
    rrsets.NO_SUCH_NAME,
    rrsets.NO_ADDRESSES,
    rrsets.OTHER_TYPE,
)
_TRANSFER, _CLASS, _CUT, _ERROR, _ABSENT, _EMPTY, _OTHER = range(1, len(REASONS))
TYPES = ("A", "AAAA", "NS")
A, AAAA, NS = range(3)


@dataclass(slots=True)
class AnswerSets:
    """RRsets in the order of their messages; names are numbers of texts."""

    texts: pa.StringArray
    # One for each RRset:
    message: Ints
    name: Ints
    type: Ints  # number in ``TYPES``
    ttl: Ints  # the largest, in seconds
    aliases: Ints  # how many stand before the addresses
    first_alias: Ints  # number of the first of them
    size: Ints  # records
    # One for each record, those of an RRset behind each other:
    kind: Ints  # as ``type``
    target: Ints  # name of a name server; -1 for addresses
    rdata: Ints  # place of the address
    address: NDArray[np.uint32]  # of IPv4
    # One for each alias, those of a message behind each other:
    alias: Ints


@dataclass(slots=True)
class _Records:
    """The records that count, by their numbers in ``Sections``."""

    number: Ints
    message: Ints
    owner: Ints  # its name
    target: Ints  # the name in the rdata; -1 where there is none

    def only(self, mask: Mask) -> _Records:
        """Return some of the records."""
        if mask.all():
            return self
        some = np.flatnonzero(mask)
        fields = (self.number, self.message, self.owner, self.target)
        return _Records(*(each[some] for each in fields))


@dataclass(slots=True)
class _Chains:
    """The aliases of each message, in the order in which they are followed."""

    alias: Ints
    first: Ints
    count: Ints
    final: Ints  # identity of the name that they lead to


class Places:
    """Finds the number of a name by the place where it begins."""

    def __init__(self) -> None:
        self._numbers = np.zeros(1, np.int32)
        self._at = np.zeros(0, np.int64)

    def keep(self, at: Ints, octets: int) -> None:
        """Number the names at the places *at*, of a batch of so many *octets*; forget the last."""
        if len(self._numbers) < octets:
            self._numbers = np.zeros(octets, np.int32)
        self._at = at
        self._numbers[at] = np.arange(len(at))

    def find(self, at: Ints) -> Ints:
        """Return the numbers of the names at the places *at*; -1 for those that are not known."""
        if not len(self._at):
            return np.full(len(at), -1)
        number = np.minimum(self._numbers[at], len(self._at) - 1).astype(np.int64)
        return np.where(self._at[number] == at, number, -1)


def find(
    labels: Labels, read: Sections, start: Ints, end: Ints, places: Places
) -> tuple[AnswerSets, NDArray[np.int8]]:
    """Return the RRsets of the messages from *start* to *end*, and the reasons of those without.

    More messages are marked as odd in *read*; they have no RRsets, and their reason says nothing.
    """
    odd, reason = read.odd, _reasons(read)
    counts, aliases = _that_count(read, ~odd & (reason == 0))
    number = np.flatnonzero(counts | aliases)
    names, question = _wanted(read, number)
    names, records = _records(labels, read, number, names, start, end, places)
    text, plain = texts(labels, names, start, end)
    odd[names.message[~plain]] = True
    identity = numbers(lowered(text).dictionary_encode())
    alias = aliases[records.number]
    chains = _chains(records.only(alias), identity, question, odd)
    records = records.only(~alias & ~odd[records.message])
    sets = _sets(read, records, (text, identity), chains, odd)
    sets.name = np.where(sets.name < 0, question[sets.message], sets.name)
    given = np.bincount(read.message[aliases], minlength=len(odd))
    none = (reason == 0) & (np.bincount(sets.message, minlength=len(odd)) == 0)
    reason[none] = np.where(read.answers > given, _OTHER, _EMPTY)[none]
    return sets, reason


def _reasons(read: Sections) -> NDArray[np.int8]:
    """Return why a message holds nothing, judged by its header and question alone."""
    found = np.zeros(len(read.flags), np.int8)
    found[(read.type == 251) | (read.type == 252)] = _TRANSFER  # noqa: PLR2004 - IXFR, AXFR
    found[read.klass != wire.IN] = _CLASS
    found[(read.flags & wire.TRUNCATED) != 0] = _CUT
    rcode = read.flags & 15
    found[rcode != 0] = _ERROR
    found[rcode == 3] = _ABSENT  # noqa: PLR2004 - NXDOMAIN
    return found


def _that_count(read: Sections, wanted: Mask) -> tuple[Mask, Mask]:
    """Tell which records are of the RRsets of *wanted* messages, and which are their aliases."""
    of = wanted[read.message]
    answer, authority = read.section == wire.ANSWER, read.section == wire.AUTHORITY
    address = (read.kind == IN_A) | (read.kind == IN_AAAA)
    server = read.kind == IN_NS
    counts = of & ((address & ~authority) | (server & (read.section != wire.ADDITIONAL)))
    return counts, of & answer & (read.kind == IN_CNAME)


def _wanted(read: Sections, number: Ints) -> tuple[Names, Ints]:
    """Return the names of messages that have the records *number*, and those of the questions.

    Names with a pointer are wanted of all messages: they may be longer than names can be.
    """
    names, count = read.names, len(read.odd)
    asked = np.zeros(count, bool)
    asked[read.message[number]] = True
    kept = (asked[names.message] | (names.suffix >= 0)) & ~read.odd[names.message]
    question = np.where(kept[:count], np.cumsum(kept[:count]) - 1, -1)
    picked = np.flatnonzero(kept)
    fields = (names.at, names.stop, names.suffix, names.message)
    return Names(*(each[picked] for each in fields)), question


def _records(
    labels: Labels,
    read: Sections,
    number: Ints,
    names: Names,
    start: Ints,
    end: Ints,
    places: Places,
) -> tuple[Names, _Records]:
    """Return the records *number* with their names, and these with some more at the end."""
    odd = read.odd
    message, at = read.message[number], read.owner[number]
    root = at < 0
    if root.any():
        odd[message[root]] = True
        number = number[~odd[message]]
        message, at = read.message[number], read.owner[number]
    kind = read.kind[number]
    named = np.flatnonzero((kind == IN_NS) | (kind == IN_CNAME))
    places.keep(names.at, len(labels.octets))
    every = np.concatenate([at, read.rdata[number[named]]])
    found = places.find(every)
    lacking = np.flatnonzero(found < 0)
    if len(lacking):  # they begin within other names
        where = np.concatenate([message, message[named]])[lacking]
        more = every[lacking]
        walk = labels.walk(more, start[where], end[where], note=False)
        odd[where[~walk.sound]] = True
        found[lacking] = len(names.at) + np.arange(len(lacking))
        names = Names(
            np.concatenate([names.at, more]),
            np.concatenate([names.stop, np.where(walk.sound, walk.stop, more + 1)]),
            np.concatenate([names.suffix, np.where(walk.sound, walk.suffix, -1)]),
            np.concatenate([names.message, where]),
        )
    target = np.full(len(number), -1)
    target[named] = found[len(number) :]
    return names, _Records(number, message, found[: len(number)], target)


def _chains(records: _Records, identity: Ints, question: Ints, odd: Mask) -> _Chains:
    """Follow the aliases *records*; mark as odd where this takes more than their order."""
    count = np.bincount(records.message, minlength=len(odd))
    first = np.cumsum(count) - count
    final = identity[question] if len(identity) else question
    message = records.message
    if len(message):
        target = identity[records.target]
        owner = np.roll(target, 1)
        leading = np.arange(len(message)) == first[message]
        owner[leading] = final[message[leading]]
        odd[message[(identity[records.owner] != owner) | (target == final[message])]] = True
        odd |= count > rrsets.CHAIN
        several = np.flatnonzero(count[message] > 1)
        _mark_repeats(message[several], target[several], odd)
        some = np.flatnonzero(count)
        final = final.copy()
        final[some] = target[first[some] + count[some] - 1]
    return _Chains(records.target, first, count, final)


def _mark_repeats(message: Ints, value: Ints, odd: Mask) -> None:
    """Mark messages that have the same value twice; values have 32 bits."""
    if len(message):
        both = np.sort(message << 32 | value)
        odd[both[1:][both[1:] == both[:-1]] >> 32] = True


def _sets(
    read: Sections,
    records: _Records,
    names: tuple[pa.StringArray, Ints],
    chains: _Chains,
    odd: Mask,
) -> AnswerSets:
    """Gather records to RRsets; the name is -1 where it is that of the question."""
    text, identity = names
    section = read.section[records.number].astype(np.int64)
    owner = identity[records.owner] if len(identity) else records.owner
    kind = read.kind[records.number]
    type_ = np.where(kind == IN_A, A, np.where(kind == IN_AAAA, AAAA, NS))
    within = (owner * 3 + section) * 3 + type_
    new = np.ones(len(within), bool)
    new[1:] = (within[1:] != within[:-1]) | (records.message[1:] != records.message[:-1])
    starts = np.flatnonzero(new)
    message = records.message[starts]
    several = np.flatnonzero(np.bincount(message, minlength=len(odd))[message] > 2)  # noqa: PLR2004 - A, B, A
    before = odd.copy()
    _mark_repeats(message[several], within[starts[several]], odd)
    if (odd != before).any():
        return _sets(read, records.only(~odd[records.message]), names, chains, odd)
    ttl = read.ttl[records.number].astype(np.int64)
    ttl[ttl > wire.TTL_LIMIT] = 0
    final = (section[starts] == wire.ANSWER) & (type_[starts] != NS)
    final &= owner[starts] == chains.final[message]
    return AnswerSets(
        texts=text,
        message=message,
        name=np.where(final, -1, records.owner[starts]),
        type=type_[starts],
        ttl=np.maximum.reduceat(ttl, starts) if len(starts) else ttl,
        aliases=np.where(final, chains.count[message], 0),
        first_alias=chains.first[message],
        size=np.diff(starts, append=len(within)),
        kind=type_,
        target=records.target,
        rdata=read.rdata[records.number],
        address=read.address[records.number],
        alias=chains.alias,
    )
