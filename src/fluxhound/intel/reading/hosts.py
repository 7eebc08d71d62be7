"""Hosts files that send names to nowhere: "0.0.0.0 ads.example"."""

from __future__ import annotations

import re

from fluxhound.intel.gathering import Gathering
from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.form import (
    FeedOptions,
    Form,
    lines_in_view,
    mostly,
    telling,
    text_lines,
)
from fluxhound.sources.stream import Stream

#: Addresses that lead nowhere, as block lists use them.
NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1", "0", "255.255.255.255", "fe80::1%lo0"})  # noqa: S104 - an entry of a list, nothing listens
#: What every system's own hosts file holds.
OF_THE_SYSTEM = frozenset(
    {
        "localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0",  # noqa: S104 - as above
        "localhost4", "localhost6", "localhost4.localdomain4", "localhost6.localdomain6",
    }
)  # fmt: skip
_LINE = re.compile(r"(\S+)[ \t]+([^#]*)")

ELSEWHERE = "leads to an address that is no block"
SYSTEM_ENTRY = "the system's own entry"
BAD_LINE = "not a line of a hosts file"


def matches(head: bytes) -> bool:
    """Tell whether most lines send a name to nowhere."""
    return mostly(telling(lines_in_view(head)), is_entry)


def is_entry(line: str) -> bool:
    """Tell whether a line sends names to nowhere."""
    match = _LINE.match(line.strip())
    return bool(match and match[1] in NOWHERE and match[2].strip())


def add_entry(line: str, gathering: Gathering) -> None:
    """Take the names of one line, each a host alone: that is what a hosts file means."""
    match = _LINE.match(line)
    if match is None:
        gathering.tally.reject(BAD_LINE, line)
        return
    if match[1] not in NOWHERE:
        gathering.tally.pass_over(ELSEWHERE)
        return
    for name in match[2].split():
        if name.lower() in OF_THE_SYSTEM or name.lower().startswith("ip6-"):
            gathering.tally.pass_over(SYSTEM_ENTRY)
        else:
            gathering.add(name, Kind.HOST)


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all formats
    """Read a hosts file into *gathering*."""
    for line in text_lines(stream, gathering.tally):
        text = line.strip()
        if text and not text.startswith(("#", ";", "//", "!")):
            gathering.tally.records += 1
            add_entry(text, gathering)


FORM = Form(name="hosts", title="hosts file", matches=matches, read=read)
