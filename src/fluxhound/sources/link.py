"""Link layers: where the IP packet begins in a captured frame.

Numbers are those of the tcpdump project's registry of link types.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

ETHERNET, LINUX_SLL, LINUX_SLL2 = 1, 113, 276

_IPV4, _IPV6 = 0x0800, 0x86DD
_PPPOE = 0x8864  # RFC 2516, a session
#: 802.1Q, 802.1ad (QinQ), and two numbers that came before it.
_TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
#: Tags stacked on one frame. Two are common. Chosen, not measured.
_TAGS_LIMIT = 8
_PPP_IP = frozenset({0x0021, 0x0057})  # IPv4 (RFC 1332), IPv6 (RFC 5072)

_word = struct.Struct("!H").unpack_from

#: No IP packet is in the frame.
NOT_IP = -1


def _after_type(frame: bytes, type_at: int, start: int) -> int:
    """Return where the IP packet begins whose EtherType stands at *type_at*, data at *start*."""
    kind = _word(frame, type_at)[0]
    if kind in (_IPV4, _IPV6):
        return start
    for _ in range(_TAGS_LIMIT):
        if kind not in _TAGS:
            break
        kind = _word(frame, start + 2)[0]
        start += 4
    if kind == _PPPOE:
        return start + 8 if _word(frame, start + 6)[0] in _PPP_IP else NOT_IP
    return start if kind in (_IPV4, _IPV6) else NOT_IP


def _ethernet(frame: bytes) -> int:
    return _after_type(frame, 12, 14)


def _linux_sll(frame: bytes) -> int:
    return _after_type(frame, 14, 16)


def _linux_sll2(frame: bytes) -> int:
    return _after_type(frame, 0, 20)


def _bare(_: bytes) -> int:
    return 0


def _loopback(_: bytes) -> int:
    """Pass the address family, whose numbers differ between systems: the packet tells itself."""
    return 4


def _ppp(frame: bytes) -> int:
    start = 2 if frame[:2] == b"\xff\x03" else 0  # RFC 1662: address and control, if not left out
    if frame[start] & 1:  # RFC 1661 section 6.5: protocol field compressed to one octet
        return start + 1 if frame[start] in _PPP_IP else NOT_IP
    return start + 2 if _word(frame, start)[0] in _PPP_IP else NOT_IP


_START: dict[int, Callable[[bytes], int]] = {
    0: _loopback,  # NULL: BSD loopback
    ETHERNET: _ethernet,
    9: _ppp,
    12: _bare,  # raw IP as most systems number it inside
    14: _bare,  # the same on OpenBSD
    50: _ppp,  # PPP in HDLC-like framing
    101: _bare,  # raw IP as files number it
    108: _loopback,  # LOOP: OpenBSD loopback
    LINUX_SLL: _linux_sll,
    228: _bare,  # raw IPv4
    229: _bare,  # raw IPv6
    LINUX_SLL2: _linux_sll2,
}

LINK_TYPES = frozenset(_START)


def ip_start(link_type: int, frame: bytes) -> int:
    """Return the offset of the IP packet in *frame*, or ``NOT_IP``.

    Raises:
        KeyError: *link_type* is not in ``LINK_TYPES``.
    """
    try:
        return _START[link_type](frame)
    except (IndexError, struct.error):  # cut before the packet began
        return NOT_IP
