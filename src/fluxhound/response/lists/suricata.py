"""Rules and a dataset for Suricata 7: names that are asked for are told, nothing is blocked."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping

from fluxhound.response.entries import Entry
from fluxhound.response.lists.selection import Selection, names_header, text

RULES_FILE, NAMES_FILE = "fluxhound.rules", "fluxhound-names.lst"

#: Rule numbers: the first is for the dataset. Chosen in the range that is left for local use.
FIRST, ROOM = 1_900_000, 90_000


def render(selection: Selection) -> Mapping[str, str]:
    """Return rules, and the names that are listed exactly as base64 lines.

    A dataset knows whole names only, so one rule for each domain covers the names below it.
    """
    entries = sorted((*selection.blocked, *selection.watched), key=lambda each: each.subject)
    domains = [each.subject for each in entries if not each.exact]
    note = f"Datasets have no comments: {NAMES_FILE} belongs beside this file."
    lines = [*names_header(selection, "#", len(domains) + 1, note), _dataset()]
    lines += (_below(name, number) for name, number in _numbered(domains))
    return {RULES_FILE: text(lines), NAMES_FILE: text(_names(entries))}


def _names(entries: Iterable[Entry]) -> Iterator[str]:
    return (base64.b64encode(each.subject.encode("ascii")).decode("ascii") for each in entries)


def _dataset() -> str:
    return (
        'alert dns any any -> any any (msg:"Fluxhound: a listed name was asked for"; '
        "dns.query; to_lowercase; "
        f"dataset:isset,fluxhound-names,type string,load {NAMES_FILE}; "
        f"classtype:trojan-activity; sid:{FIRST}; rev:1;)"
    )


def _below(name: str, number: int) -> str:
    return (
        f'alert dns any any -> any any (msg:"Fluxhound: a name below {name} was asked for"; '
        f'dns.query; dotprefix; content:".{name}"; nocase; endswith; '
        f"classtype:trojan-activity; sid:{number}; rev:1;)"
    )


def _numbered(names: list[str]) -> Iterator[tuple[str, int]]:
    """Yield a number for each name that stays the same while others come and go, mostly."""
    room = max(ROOM, 2 * len(names))
    taken: set[int] = set()
    for name in names:
        at = zlib.crc32(name.encode("ascii")) % room
        while at in taken:
            at = (at + 1) % room
        taken.add(at)
        yield name, FIRST + 1 + at
