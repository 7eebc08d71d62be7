"""The rule that brings all other ports of the sinkhole's addresses to one that listens."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from fluxhound.errors import UsageError
from fluxhound.response.sinkhole.limits import Place

TABLE = "fluxhound_sinkhole"
#: Left alone unless something else is said: whoever sets this up may be connected over it.
SPARED = (22,)


def render_rules(places: Sequence[Place], *, spared: Sequence[int] = SPARED) -> str:
    """Return a ruleset for nftables: every TCP port of each place's address leads to the place.

    Of several places with one address the first is led to, and the ports of the others are spared.
    The rules translate addresses before the routing decision; connection tracking then tells which
    port was called (``SO_ORIGINAL_DST``). Only addresses of the sinkhole's own should be given.

    Raises:
        UsageError: an address is one that stands for all.
    """
    rules = []
    for address in dict.fromkeys(place.address for place in places):
        if ipaddress.ip_address(address).is_unspecified:
            raise UsageError(
                f"{address} stands for all addresses of this machine: the rule would take every "
                "port of them. Give addresses that are the sinkhole's own."
            )
        ports = [place.port for place in places if place.address == address]
        rules.append(_rule(address, ports, spared))
    body = "\n".join(f"        {rule}" for rule in rules)
    return (
        f"table inet {TABLE} {{\n"
        "    chain prerouting {\n"
        "        type nat hook prerouting priority dstnat; policy accept;\n"
        f"{body}\n"
        "    }\n"
        "}\n"
    )


def _rule(address: str, ports: Sequence[int], spared: Sequence[int]) -> str:
    family, target = "ip", f"{address}:{ports[0]}"
    if ":" in address:
        family, target = "ip6", f"[{address}]:{ports[0]}"
    left_alone = ", ".join(str(port) for port in sorted({*ports, *spared}))
    return f"{family} daddr {address} tcp dport != {{ {left_alone} }} dnat {family} to {target}"
