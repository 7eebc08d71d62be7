"""Lines for dnsmasq (checked with 2.90), to be read with ``conf-file``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fluxhound.response.entries import Entry
from fluxhound.response.lists.hosts import NOWHERE
from fluxhound.response.lists.selection import Selection, addresses, names_header, text


def render(selection: Selection) -> Mapping[str, str]:
    """Return ``dnsmasq.conf``: a name and all below it with ``address``, one with ``host-record``.

    dnsmasq has no empty answer for one name alone, so such a name gets addresses that lead
    nowhere.
    """
    lines = names_header(selection, "#", len(selection.blocked))
    lines += (line for each in selection.blocked for line in _blocked(each))
    lines += (f"server=/{each.subject}/#" for each in selection.exceptions)
    return {"dnsmasq.conf": text(lines)}


def _blocked(entry: Entry) -> Iterator[str]:
    ours = [*addresses(entry, 4), *addresses(entry, 6)]
    if entry.exact:
        yield f"host-record={entry.subject},{','.join(ours or NOWHERE)}"
    elif ours:
        for address in ours:
            yield f"address=/{entry.subject}/{address}"
    else:
        yield f"address=/{entry.subject}/"
