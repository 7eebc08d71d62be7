"""A hosts file: exact names only, for it knows no wildcards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.entries import Entry
from fluxhound.response.lists.selection import Selection, addresses, names_header, text

#: An address that leads nowhere (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.2).
NOWHERE = ("0.0.0.0", "::")  # noqa: S104 - not listened on


def render(selection: Selection) -> Mapping[str, str]:
    """Return ``hosts``; names below a listed one are not covered."""
    note = "Only these names: a hosts file knows no wildcards."
    lines = names_header(selection, "#", len(selection.blocked), note)
    return {"hosts": text([*lines, *(line for each in selection.blocked for line in _lines(each))])}


def _lines(entry: Entry) -> Iterator[str]:
    ours = [*addresses(entry, 4), *addresses(entry, 6)]
    for address in ours or NOWHERE:
        yield f"{address} {entry.subject}"
