"""Sets of addresses for nftables and ipset, each with the time it still holds.

Only entries that somebody made for addresses go in here, never addresses of names: those of fast
flux belong to victims, and to whoever has them tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from fluxhound.response.lists.selection import Selection, header, seconds_left, text

#: Elements in one command. Ten thousand in one are too long a message for an unprivileged
#: network namespace; five hundred were fine (measured).
CHUNK = 500

#: The longest time of an element in seconds: nftables counts milliseconds in 64 bits, ipset in 32
#: bits (its manual: 2,147,483).
MOST_S = 2_147_483

_TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}
_FAMILIES = {4: "inet", 6: "inet6"}


def nftables(selection: Selection) -> Mapping[str, str]:
    """Return ``fluxhound.nft`` for ``nft -f``: it makes or refills the sets, and no rules."""
    lines = header(
        selection, "#", len(selection.networks), "Use the sets in rules of your own, for example:",
        "  ip daddr @blocked4 counter drop", "in a chain of the table inet fluxhound.",
    )  # fmt: skip
    lines.append("add table inet fluxhound")
    for version, kind in _TYPES.items():
        name = f"inet fluxhound blocked{version}"
        lines.append(f"add set {name} {{ type {kind}; flags interval, timeout; }}")
        lines.append(f"flush set {name}")
        elements = (f"{network} timeout {left}s" for network, left in _elements(selection, version))
        while chunk := list(islice(elements, CHUNK)):
            lines.append(f"add element {name} {{ {', '.join(chunk)} }}")
    return {"fluxhound.nft": text(lines)}


def ipset(selection: Selection) -> Mapping[str, str]:
    """Return ``fluxhound.ipset`` for ``ipset restore -exist``: it makes or refills two sets."""
    lines = header(selection, "#", len(selection.networks))
    most = max(65_536, 2 * len(selection.networks))
    for version, family in _FAMILIES.items():
        name = f"fluxhound{version}"
        lines.append(f"create {name} hash:net family {family} maxelem {most} timeout {MOST_S}")
        lines.append(f"flush {name}")
        lines += (
            f"add {name} {network} timeout {left}"
            for network, left in _elements(selection, version)
        )
    return {"fluxhound.ipset": text(lines)}


def _elements(selection: Selection, version: int) -> Iterator[tuple[str, int]]:
    for network, entry in selection.networks.items():
        if network.version == version:
            yield str(network), seconds_left(entry, selection.now, MOST_S)
