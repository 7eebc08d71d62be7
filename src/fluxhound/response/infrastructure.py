"""Names and addresses that must never be blocked, because much else stops working with them."""

from __future__ import annotations

import functools
import ipaddress
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, TypeAlias

from fluxhound.intel.services import services
from fluxhound.response.covering import Guard, guard

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Names for special use and the reason to leave them alone: RFC 6761 and those that the registry of
#: special-use domain names took up later (RFC 6762, 7686, 8375, 8880, 9462, 9476), and "internal",
#: which ICANN reserved for private networks in 2024.
SPECIAL_USE: Mapping[str, str] = {
    "arpa": "addresses to names, and what protocols need (RFC 3172)",
    "test": "reserved for tests (RFC 6761 section 6.2)",
    "localhost": "the machine itself (RFC 6761 section 6.3)",
    "invalid": "reserved, never a name (RFC 6761 section 6.4)",
    "example": "reserved for examples (RFC 6761 section 6.5)",
    "example.com": "reserved for examples (RFC 6761 section 6.5)",
    "example.net": "reserved for examples (RFC 6761 section 6.5)",
    "example.org": "reserved for examples (RFC 6761 section 6.5)",
    "local": "names on the link (RFC 6762 section 3)",
    "onion": "names of the Tor network (RFC 7686)",
    "alt": "names outside the DNS (RFC 9476)",
    "internal": "reserved for private networks (ICANN, 2024)",
}


@functools.cache
def groups() -> tuple[Mapping[str, Any], ...]:
    """Return the groups of the list that the package brings."""
    text = files("fluxhound.response").joinpath("infrastructure.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["group"])


@functools.cache
def infrastructure() -> Guard:
    """Return the names of the list, and the known services that look like flux."""
    whole = {suffix: f"is {why}" for suffix, (_, why) in services().items()}
    alone: dict[str, str] = {}
    for group in groups():
        target = whole if group.get("below", True) else alone
        target |= dict.fromkeys(group["names"], group["reason"])
    return guard(whole, alone)


@functools.cache
def special_use() -> Guard:
    """Return the names for special use."""
    return guard({name: f"is special: {why}" for name, why in SPECIAL_USE.items()})


@functools.cache
def infrastructure_addresses() -> Mapping[Address, str]:
    """Return address -> reason, from the list: root servers and public resolvers."""
    return {
        ipaddress.ip_address(text): group["reason"]
        for group in groups()
        for text in group.get("addresses", ())
    }
