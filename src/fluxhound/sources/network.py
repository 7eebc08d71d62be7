"""IPv4 and IPv6 packets: addresses, the transport's octets, and what is needed to join fragments.

RFC 791, RFC 8200 and, for the headers that may stand before the transport, the registry of IPv6
extension header types.
"""

# ruff: noqa: PLR2004 - numbers are sizes and offsets of the layouts that the docstrings cite

from __future__ import annotations

import struct
from typing import NamedTuple

TCP, UDP = 6, 17

#: Headers between IPv6 and its transport. A sound packet has a handful. Chosen, not measured.
EXTENSIONS = 16

_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION = 0, 43, 44, 51
#: Destination options, mobility, HIP, Shim6, and two for experiments: all of one shape.
_OTHER_EXTENSIONS = frozenset({_HOP_BY_HOP, _ROUTING, 60, 135, 139, 140, 253, 254})

_ipv4 = struct.Struct("!BxHHHxB").unpack_from  # version, length, identification, offset, protocol
_ipv6 = struct.Struct("!4xHB").unpack_from
_fragment = struct.Struct("!BxHI").unpack_from


class Fragment(NamedTuple):
    """Which part of which datagram a packet carries."""

    identification: int
    offset: int  # in octets
    more: bool  # it is not the last


class Packet(NamedTuple):
    """One IP packet, or one fragment of it."""

    source: bytes  # 4 or 16 octets
    destination: bytes
    protocol: int
    payload: bytes
    fragment: Fragment | None
    cut: bool  # the capture holds less than the packet's header tells


def packet(frame: bytes, start: int) -> Packet | None:
    """Return the IP packet at *start* in *frame*; ``None`` if there is none. Never raises."""
    try:
        version = frame[start] >> 4
        if version == 4:
            return _read_ipv4(frame, start)
        return _read_ipv6(frame, start) if version == 6 else None
    except (IndexError, struct.error):
        return None


def _read_ipv4(frame: bytes, start: int) -> Packet | None:
    version, length, identification, offset, protocol = _ipv4(frame, start)
    header = (version & 15) * 4
    # Length 0 is what a capture of offloaded segments shows: the packet fills the frame.
    end = start + length if length else len(frame)
    if header < 20 or start + header > min(end, len(frame)):
        return None
    fragment = None
    if offset & 0x3FFF:
        fragment = Fragment(identification, (offset & 0x1FFF) * 8, bool(offset & 0x2000))
    return Packet(
        frame[start + 12 : start + 16],
        frame[start + 16 : start + 20],
        protocol,
        frame[start + header : end],
        fragment,
        end > len(frame),
    )


def _read_ipv6(frame: bytes, start: int) -> Packet | None:
    length, following = _ipv6(frame, start)
    at = start + 40
    end = at + length if length else len(frame)
    if at > len(frame):
        return None
    fragment = None
    for _ in range(EXTENSIONS):
        if following == _FRAGMENT:
            following, offset, identification = _fragment(frame, at)
            at += 8
            if offset & 0xFFF9:  # RFC 6946: a fragment that is the whole stands alone
                fragment = Fragment(identification, offset & 0xFFF8, bool(offset & 1))
                break  # what follows is the datagram's, not this packet's
        elif following in _OTHER_EXTENSIONS:
            following, at = frame[at], at + (frame[at + 1] + 1) * 8
        elif following == _AUTHENTICATION:
            following, at = frame[at], at + (frame[at + 1] + 2) * 4
        else:
            break
    if at > end:
        return None
    return Packet(
        frame[start + 8 : start + 24],
        frame[start + 24 : start + 40],
        following,
        frame[at:end],
        fragment,
        end > len(frame),
    )


def transport(protocol: int, payload: bytes) -> tuple[int, bytes] | None:
    """Return protocol and octets behind the extension headers that lead a joined datagram.

    The fragments of an IPv6 datagram may carry such headers in their first part.
    """
    try:
        for _ in range(EXTENSIONS):
            if protocol in _OTHER_EXTENSIONS:
                protocol, payload = payload[0], payload[(payload[1] + 1) * 8 :]
            elif protocol == _AUTHENTICATION:
                protocol, payload = payload[0], payload[(payload[1] + 2) * 4 :]
            else:
                return protocol, payload
    except IndexError:
        pass
    return None
