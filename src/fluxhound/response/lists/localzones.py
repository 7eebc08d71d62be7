"""Local zones for Unbound (checked with 1.17), for those who use no ``rpz`` clause there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.entries import Answer, Entry
from fluxhound.response.lists.hosts import NOWHERE
from fluxhound.response.lists.selection import Selection, addresses, names_header, text
from fluxhound.response.zone import RULE_TTL


def render(selection: Selection) -> Mapping[str, str]:
    """Return ``unbound.conf``, a server clause to be included.

    Unbound has no empty answer for one name alone, so such a name gets addresses that lead
    nowhere.
    """
    lines = [*names_header(selection, "#", len(selection.blocked)), "server:"]
    lines += (f"  {line}" for each in selection.blocked for line in _blocked(each))
    lines += (
        f'  local-zone: "{each.subject}." always_transparent' for each in selection.exceptions
    )
    return {"unbound.conf": text(lines)}


def _blocked(entry: Entry) -> Iterator[str]:
    v4, v6 = addresses(entry, 4), addresses(entry, 6)
    if entry.exact:
        yield f'local-zone: "{entry.subject}." transparent'
        ours = v4 + v6
        yield from _answered(entry.subject, ours or NOWHERE)
    elif v4 or v6:
        yield f'local-zone: "{entry.subject}." redirect'
        yield from _answered(entry.subject, v4 + v6)
    else:
        kind = "always_nodata" if entry.answer is Answer.NODATA else "always_nxdomain"
        yield f'local-zone: "{entry.subject}." {kind}'


def _answered(name: str, ours: list[str] | tuple[str, ...]) -> Iterator[str]:
    for address in ours:
        kind = "AAAA" if ":" in address else "A"
        yield f'local-data: "{name}. {RULE_TTL} IN {kind} {address}"'
