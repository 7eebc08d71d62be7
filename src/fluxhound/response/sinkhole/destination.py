"""Where a client wanted to go: before a rule of the firewall sent it to our port."""

from __future__ import annotations

import socket
import struct

#: ``SO_ORIGINAL_DST`` and ``IP6T_SO_ORIGINAL_DST`` of Linux (linux/netfilter_ipv4.h and
#: linux/netfilter_ipv6/ip6_tables.h); Python has no names for them.
_ORIGINAL = 80
_IPV4_SIZE = 16
_IPV6_SIZE = 28


def destination(connection: socket.socket) -> tuple[str, int]:
    """Return address and port that the client called, as far as the system still knows them."""
    return _original(connection) or _own(connection)


def _own(connection: socket.socket) -> tuple[str, int]:
    try:
        address, port = connection.getsockname()[:2]
    except OSError:
        return "", 0
    return str(address).partition("%")[0], int(port)


def _original(connection: socket.socket) -> tuple[str, int] | None:
    """Ask connection tracking; it knows nothing where no rule rewrites addresses."""
    try:
        if connection.family == socket.AF_INET6:
            answer = connection.getsockopt(socket.IPPROTO_IPV6, _ORIGINAL, _IPV6_SIZE)
            return read_ipv6(answer)
        return read_ipv4(connection.getsockopt(socket.IPPROTO_IP, _ORIGINAL, _IPV4_SIZE))
    except OSError:
        return None


def read_ipv4(answer: bytes) -> tuple[str, int] | None:
    """Read a ``sockaddr_in``: family, port in network order, address."""
    if len(answer) < 8:  # noqa: PLR2004 - octets up to the end of the address
        return None
    port, address = struct.unpack_from("!2xH4s", answer)
    return socket.inet_ntop(socket.AF_INET, address), port


def read_ipv6(answer: bytes) -> tuple[str, int] | None:
    """Read a ``sockaddr_in6``: family, port in network order, flow, address."""
    if len(answer) < 24:  # noqa: PLR2004 - octets up to the end of the address
        return None
    port, address = struct.unpack_from("!2xH4x16s", answer)
    return socket.inet_ntop(socket.AF_INET6, address), port
