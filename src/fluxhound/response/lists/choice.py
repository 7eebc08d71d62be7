"""Files by the name of their form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from fluxhound.errors import UsageError
from fluxhound.response.entries import Entry
from fluxhound.response.lists import (
    adblock,
    dnsmasq,
    firewall,
    hosts,
    localzones,
    suricata,
    zonefile,
)
from fluxhound.response.lists.selection import Selection, select
from fluxhound.response.zone import ZoneNames

_FORMS: Mapping[str, Callable[[Selection], Mapping[str, str]]] = {
    "rpz": zonefile.render,
    "hosts": hosts.render,
    "dnsmasq": dnsmasq.render,
    "unbound": localzones.render,
    "adblock": adblock.render,
    "nftables": firewall.nftables,
    "ipset": firewall.ipset,
    "suricata": suricata.render,
}

#: The forms there are.
FORMS = tuple(_FORMS)


def render(
    form: str, entries: Iterable[Entry], names: ZoneNames, now: datetime
) -> Mapping[str, str]:
    """Return the text of each file of a form by the file's name.

    Raises:
        UsageError: the form is unknown.
    """
    if form not in _FORMS:
        raise UsageError(f"{form!r}: take one of {', '.join(FORMS)}.")
    return _FORMS[form](select(entries, names, now))
