"""What names answered, as exports tell it: single records with their times, and facts on addresses.

It is made of the history of names alone; neither who asked nor the vantage point is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fluxhound.history.recall import RRset
from fluxhound.records import AddressFacts, Timeline
from fluxhound.sharing.outbound import is_host, moment, outside

ADDRESS_TYPES = frozenset({"A", "AAAA"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One value that a name answered: from when to when, and how often."""

    name: str
    type: str  # A, AAAA, CNAME or NS
    value: str
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The records of a finding, the newest first, and what the tables say of their addresses."""

    records: tuple[Record, ...] = ()
    facts: Mapping[str, AddressFacts] = field(default_factory=dict)
    left_out: int = 0  # records that are not told: of an inside network, or no host

    def addresses(self, most: int) -> list[Record]:
        """Return the records of the *most* addresses that were seen last, names in order."""
        found = [each for each in self.records if each.type in ADDRESS_TYPES]
        kept = set(list(dict.fromkeys(each.value for each in found))[:most])
        return [each for each in found if each.value in kept]

    def names(self, most: int) -> list[Record]:
        """Return the last *most* records that lead to other names: chains and name servers."""
        return [each for each in self.records if each.type not in ADDRESS_TYPES][:most]

    @property
    def distinct_addresses(self) -> int:
        """Return how many addresses there are, sampled or not."""
        return len({each.value for each in self.records if each.type in ADDRESS_TYPES})


NOTHING = Past()


def past_of(name: str, timeline: Timeline | None, rrsets: Sequence[RRset] = ()) -> Past:
    """Return the past of a finding: by its RRsets, or else by the time line of *name*."""
    found = _of_rrsets(rrsets) if rrsets else _of_timeline(name, timeline)
    merged: dict[tuple[str, str, str], Record] = {}
    left_out = 0
    for each in found:
        if not _may_leave(each):
            left_out += 1
            continue
        key = (each.name, each.type, each.value)
        known = merged.get(key)
        merged[key] = each if known is None else _together(known, each)
    ordered = sorted(merged.values(), key=lambda r: (-r.last.timestamp(), r.name, r.type, r.value))
    facts = {row.facts.address: row.facts for row in timeline.rows} if timeline else {}
    return Past(records=tuple(ordered), facts=facts, left_out=left_out)


def _may_leave(record: Record) -> bool:
    told = outside(record.value) if record.type in ADDRESS_TYPES else is_host(record.value)
    return told and is_host(record.name)


def _of_rrsets(rrsets: Iterable[RRset]) -> Iterator[Record]:
    for each in rrsets:
        for value in each.rdata:
            yield Record(
                name=each.name,
                type=each.type,
                value=value,
                first=moment(each.first),
                last=moment(each.last),
                count=each.count,
            )


def _of_timeline(name: str, timeline: Timeline | None) -> Iterator[Record]:
    for row in timeline.rows if timeline else ():
        address = row.facts.address
        if row.spans:
            yield Record(
                name=name,
                type="AAAA" if ":" in address else "A",
                value=address,
                first=min(span.first for span in row.spans),
                last=max(span.last for span in row.spans),
                count=sum(span.count for span in row.spans),
            )


def _together(one: Record, other: Record) -> Record:
    return Record(
        name=one.name,
        type=one.type,
        value=one.value,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        count=one.count + other.count,
    )


def public_timeline(timeline: Timeline) -> Timeline:
    """Return a time line without vantage points and without addresses of an inside network."""
    rows = tuple(row for row in timeline.rows if outside(row.facts.address))
    changes = tuple(
        replace(change, sensor="", addresses=tuple(filter(outside, change.addresses)))
        for change in timeline.changes
    )
    return replace(timeline, rows=rows, changes=changes)
