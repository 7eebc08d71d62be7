"""Addresses in packets and logs of packets, as text."""

from __future__ import annotations

from functools import lru_cache
from socket import AF_INET6, inet_ntoa, inet_ntop

IPV4_OCTETS, IPV6_OCTETS = 4, 16

#: Addresses kept as text. Chosen, not measured.
KEPT = 65_536


@lru_cache(KEPT)
def text(address: bytes) -> str | None:
    """Return an address of 4 or 16 octets as text; ``None`` for any other length.

    The any-address (0.0.0.0, ::) is ``None`` too: servers log it where they do not know theirs.
    """
    if not any(address):
        return None
    if len(address) == IPV4_OCTETS:
        return inet_ntoa(address)
    return inet_ntop(AF_INET6, address) if len(address) == IPV6_OCTETS else None
