"""What goes into a file: the entries in force, without what must never be blocked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.triggers import UnfitError, checked, network_owner
from fluxhound.response.zone import Role, ZoneNames, in_order, role_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: What every program takes for a name. Names with other characters stay out of files that are not
#: in DNS form, where they could be read as something else.
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63})+")


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries for a file, in order."""

    #: Names that are not answered as ever, and that no exception covers.
    blocked: tuple[Entry, ...]
    #: Names below blocked ones that must not be touched.
    exceptions: tuple[Entry, ...]
    #: Names that are only watched.
    watched: tuple[Entry, ...]
    #: Networks that somebody chose to block by address, the larger of two that overlap.
    networks: Mapping[Network, Entry]
    #: All that is in force, for files that can say everything.
    every: tuple[Entry, ...]
    #: Entries that this kind of file cannot say.
    left_out: int
    now: datetime
    names: ZoneNames


def select(entries: Iterable[Entry], names: ZoneNames, now: datetime) -> Selection:
    """Return what of *entries* goes into files at *now*."""
    every = in_order(entries, now)
    spelled = [each for each in every if each.trigger is Trigger.NAME and _spelled(each.subject)]
    passes = {each.subject for each in spelled if role_of(each) is Role.PASS}
    blocked = [
        each
        for each in spelled
        if role_of(each) is Role.BLOCK and passes.isdisjoint(above(each.subject))
    ]
    suffixes = {each.subject for each in blocked if not each.exact}
    networks = dict(_networks(every))
    told = sum(role_of(each) in {Role.BLOCK, Role.SERVERS} for each in every)
    return Selection(
        blocked=tuple(blocked),
        exceptions=tuple(
            each
            for each in spelled
            if role_of(each) is Role.PASS and not suffixes.isdisjoint(above(each.subject))
        ),
        watched=tuple(each for each in spelled if role_of(each) is Role.WATCH),
        networks=networks,
        every=tuple(every),
        left_out=told - len(blocked),
        now=now,
        names=names,
    )


def above(name: str) -> Iterator[str]:
    """Yield a name and every name above it.

    >>> list(above("a.b.example"))
    ['a.b.example', 'b.example', 'example']
    """
    labels = name.split(".")
    return (".".join(labels[at:]) for at in range(len(labels)))


def addresses(entry: Entry, version: int) -> list[str]:
    """Return the addresses of one version that an entry is answered with."""
    if entry.mode is not Mode.SINKHOLE or entry.answer is not Answer.ADDRESS:
        return []
    return [each for each in entry.target if ipaddress.ip_address(each).version == version]


def header(selection: Selection, sign: str, count: int, *notes: str) -> list[str]:
    """Return comment lines: what it is, how many, until when, and *notes*."""
    ends = [each.expires for each in (*selection.blocked, *selection.networks.values())]
    until = f" The first ends at {stamp(min(ends))}." if ends else ""
    lines = [
        "Written by Fluxhound: do not edit it, it is written anew when something changes.",
        f"Rules: {count}.{until}",
        *notes,
    ]
    return [f"{sign} {line}" for line in lines]


def names_header(selection: Selection, sign: str, count: int, *notes: str) -> list[str]:
    """Return the comment lines of a file about names, and how much it cannot say."""
    if selection.left_out:
        notes = (*notes, f"Left out, as this kind of file cannot say them: {selection.left_out}.")
    return header(selection, sign, count, *notes)


def stamp(moment: datetime) -> str:
    """Return a moment as text in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_left(entry: Entry, now: datetime, most: int) -> int:
    """Return for how many seconds an entry still holds, at least one."""
    return max(1, min(most, int((entry.expires - now).total_seconds())))


def text(lines: Iterable[str]) -> str:
    """Return lines as one text that ends with a new line."""
    return "".join(f"{line}\n" for line in lines)


def _spelled(subject: str) -> bool:
    try:
        return checked(subject) == subject and bool(_HOST.fullmatch(subject))
    except UnfitError:
        return False


def _networks(entries: Iterable[Entry]) -> Iterator[tuple[Network, Entry]]:
    found: dict[Network, Entry] = {}
    for entry in entries:
        if entry.trigger is not Trigger.ADDRESS or role_of(entry) is not Role.BLOCK:
            continue
        try:
            network_owner(entry.subject)
        except UnfitError:
            continue
        found[ipaddress.ip_network(entry.subject)] = entry
    last: dict[int, Network] = {}
    for network in sorted(
        found, key=lambda each: (each.version, each.network_address, each.prefixlen)
    ):
        before = last.get(network.version)
        if before is None or network.network_address not in before:
            last[network.version] = network
            yield network, found[network]
