"""From entries to the records of four response policy zones: what they are, in order.

Resolvers take the zones in this order, and the first that has a rule for a query decides:
pass-through (what must never be blocked), block (with the sinkhole), the same by name server,
log-only. Rules about name servers have a zone of their own, because some resolvers need that zone
whole after a change (Unbound 1.17 keeps such rules when a part of a zone takes them away), and the
others must not wait until a hundred thousand names are transferred for one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from fluxhound.errors import ConfigurationError
from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.triggers import (
    MOST_OCTETS,
    UnfitError,
    checked,
    octets,
    owners,
    presented,
    split,
)

#: Seconds that a rewritten answer may be kept. Chosen: short enough that a client is free again
#: soon after an entry ends, long enough that an infected client does not ask all the time.
RULE_TTL = 60

#: What a rule answers, as the target of a CNAME (draft-vixie-dnsop-dns-rpz-00 section 3).
NXDOMAIN, NODATA, PASSTHRU = ".", "*.", "rpz-passthru."

#: Octets that are left for names in rules: a zone's own name may have at most so many.
MOST_ZONE_OCTETS = 100

#: Entries whose records are remembered, because most are the same the next time.
MOST_REMEMBERED = 1 << 17

CONFLICT = "another entry decides already what is answered"
NO_TARGET = "it has no usable address or name to answer with"


class Role(StrEnum):
    """The zones, in the order in which resolvers have to take them."""

    PASS = "pass"  # noqa: S105 - no password
    BLOCK = "block"
    SERVERS = "servers"
    WATCH = "watch"


#: The zones in the order in which resolvers have to take them.
ROLES = tuple(Role)

#: Zones that may hold rules about name servers.
WHOLE_ROLES = (Role.SERVERS, Role.WATCH)
_SERVER_TRIGGERS = frozenset({Trigger.NSDNAME, Trigger.NSIP})


@dataclass(frozen=True, slots=True)
class ZoneNames:
    """What the zones are called, without final dot."""

    passing: str
    block: str
    servers: str
    watch: str

    def __post_init__(self) -> None:
        """Refuse what cannot be the name of a zone.

        Raises:
            ConfigurationError: a name is none, too long, or stands for two zones.
        """
        found = tuple(self.of(role) for role in ROLES)
        for name in found:
            _check_zone(name)
        if len(set(found)) < len(found):
            raise ConfigurationError("[publish] zone: the policy zones need different names.")

    @classmethod
    def below(cls, suffix: str) -> Self:
        """Return the usual names: ``pass.``, ``block.``, ``servers.``, ``watch.`` before *suffix*.

        Raises:
            ConfigurationError: *suffix* is no name for zones.
        """
        clean = suffix.rstrip(".").lower()
        return cls(*(f"{role}.{clean}" for role in ROLES))

    def of(self, role: Role) -> str:
        """Return the name of one zone."""
        found = (self.passing, self.block, self.servers, self.watch)
        return found[ROLES.index(role)]


class Record(NamedTuple):
    """One record of a policy zone; the order of records is that of their texts."""

    owner: str  # relative to the zone, lower case
    type: str  # "A", "AAAA" or "CNAME"
    value: str  # an address, or a name with its final dot
    ttl: int = RULE_TTL


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that no rule is made of, and why."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the zones have to hold, besides SOA and NS."""

    records: Mapping[Role, frozenset[Record]]
    refused: tuple[Refusal, ...] = ()


def role_of(entry: Entry) -> Role | None:
    """Return the zone that an entry belongs to, or ``None`` if resolvers need not know of it."""
    if entry.mode is Mode.LOG:
        return Role.WATCH
    if entry.mode in {Mode.BLOCK, Mode.SINKHOLE}:
        if entry.answer is Answer.PASS:
            return None
        return Role.SERVERS if entry.trigger in _SERVER_TRIGGERS else Role.BLOCK
    return Role.PASS if entry.answer is Answer.PASS and entry.mode is Mode.OBSERVE else None


def wanted(entries: Iterable[Entry], names: ZoneNames, now: datetime) -> Wanted:
    """Return the records of the entries that are in force at *now*, and what was refused.

    Where two entries would answer the same query differently, the first by trigger and subject
    is kept.
    """
    found: dict[Role, dict[str, tuple[Record, ...]]] = {role: {} for role in ROLES}
    suffixes = {role: octets(names.of(role)) + 1 for role in ROLES}
    refused = []
    for entry in in_order(entries, now):
        role = role_of(entry)
        if role is None:
            continue
        try:
            rules = _rules(entry, suffixes[role])
        except UnfitError as error:
            refused.append(Refusal(entry, str(error)))
            continue
        taken = found[role]
        if any(taken.get(owner, records) != records for owner, records in rules.items()):
            refused.append(Refusal(entry, CONFLICT))
            continue
        taken.update(rules)
    return Wanted(
        {
            role: frozenset(record for records in rules.values() for record in records)
            for role, rules in found.items()
        },
        tuple(refused),
    )


def in_order(entries: Iterable[Entry], now: datetime) -> list[Entry]:
    """Return the entries in force at *now*, by trigger and subject."""
    return sorted((each for each in entries if each.in_force(now)), key=lambda each: each.key)


def ordered(records: Iterable[Record]) -> list[Record]:
    """Return records in the order of a zone file: by name from its end, then type and value."""
    return sorted(records, key=lambda each: (each.owner.split(".")[::-1], each.type, each.value))


@lru_cache(maxsize=MOST_REMEMBERED)
def _rules(entry: Entry, suffix_octets: int) -> Mapping[str, tuple[Record, ...]]:
    answers = _answers(entry.mode, entry.answer, entry.target)
    return {
        owner: tuple(Record(owner, kind, value) for kind, value in answers)
        for owner in owners(entry, suffix_octets)
    }


@lru_cache(maxsize=1024)
def _answers(mode: Mode, answer: Answer, target: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if mode is Mode.LOG or answer is Answer.PASS:
        return (("CNAME", PASSTHRU),)
    if answer is Answer.NXDOMAIN:
        return (("CNAME", NXDOMAIN),)
    if answer is Answer.NODATA:
        return (("CNAME", NODATA),)
    found = tuple(_targets(answer, target))
    if not found:
        raise UnfitError(NO_TARGET)
    return found


def _targets(answer: Answer, target: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if answer is Answer.CNAME:
        for name in target[:1]:
            text = checked(name.rstrip("."))
            if octets(text) + 1 > MOST_OCTETS:
                raise UnfitError(NO_TARGET)
            yield "CNAME", f"{text}."
        return
    for text in target:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise UnfitError(NO_TARGET) from None
        yield ("A" if address.version == 4 else "AAAA"), str(address)  # noqa: PLR2004 - of IP


def _check_zone(name: str) -> None:
    try:
        labels = split(name)
    except UnfitError:
        labels = []
    plain = presented(labels) == name and not {"*", "\\"} & set(name)
    if not labels or not plain or octets(name) > MOST_ZONE_OCTETS:
        raise ConfigurationError(
            f"[publish] zone: {name!r} cannot be the name of a policy zone. Take a short name "
            "that is not in use, for example rpz.fluxhound."
        )
