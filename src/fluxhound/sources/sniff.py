"""Which format an input has, told by its first bytes and never by its name."""

from __future__ import annotations

import difflib

from fluxhound.errors import UnknownFormatError, UsageError
from fluxhound.sources import (
    dnsmasq,
    dnstap,
    passivedns,
    pcap,
    querylog,
    route53,
    suricata,
    table,
    zeek,
    zeekjson,
)
from fluxhound.sources.format import Format
from fluxhound.sources.tally import printable

#: All formats, in the order in which they are tried: signatures first, the loosest last.
FORMATS: tuple[Format, ...] = (
    pcap.FORMAT,
    dnstap.FORMAT,
    zeek.FORMAT,
    suricata.FORMAT,
    zeekjson.FORMAT,
    passivedns.FORMAT,
    route53.FORMAT,
    dnsmasq.FORMAT,
    querylog.FORMAT,
    table.FORMAT,
)

_SHOWN = 40


def format_named(name: str) -> Format:
    """Return the format that ``--input-format`` names.

    Raises:
        UsageError: there is none of this name; the message lists them and the nearest.
    """
    known = {f.name: f for f in FORMATS}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no input format {name!r}.{hint} Formats: {', '.join(known)}.")


def recognise(head: bytes, name: str) -> Format:
    """Return the format of an input that begins with *head* (up to 64 KiB).

    Raises:
        UnknownFormatError: no format claims it.
    """
    for candidate in FORMATS:
        if candidate.matches(head):
            return candidate
    raise UnknownFormatError(
        f"{name}: the format was not recognised (it begins with "
        f"'{printable(head[: _SHOWN * 2], limit=_SHOWN)}'). Name it with --input-format; "
        "fluxhound formats lists what can be read."
    )
