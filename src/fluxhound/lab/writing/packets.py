"""pcap: each response as a UDP packet over IPv4 and Ethernet, to the one who asked.

Times are whole microseconds. Queries are not written. Addresses of IPv6 parties are made up.
Format: draft-ietf-opsawg-pcap; IPv4: RFC 791; UDP: RFC 768 (no checksum).
"""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa

from fluxhound.lab.writing.columns import MICRO, Ints, Octets, binary, micros
from fluxhound.lab.writing.endpoints import exchange, ipv4_of
from fluxhound.lab.writing.messages import messages
from fluxhound.lab.writing.responses import Responses

_ETHERNET, _SNAP = 1, 1 << 18
HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAP, _ETHERNET)

#: Locally administered addresses (IEEE 802-2014 section 8.4), then the type of IPv4.
_FRAME = bytes.fromhex("0200000000020200000000010800")
_IP, _UDP = 20, 8
_TTL, _PROTOCOL = 64, 17
_DNS_PORT = 53
_HEADERS = 16 + len(_FRAME) + _IP + _UDP


def packets(given: Responses, *, above: bool) -> tuple[pa.Array, dict[str, int]]:
    """Return the packets (binary), and what was left out."""
    parties = exchange(given.answers, above=above)
    found = messages(given, parties.transaction, above=above)
    if found.left_out:
        parties = exchange(found.responses.answers, above=above)
    sizes = np.diff(np.frombuffer(found.octets.buffers()[1], np.int32)).astype(np.int64)
    times = micros(found.responses.answers.column("time").to_numpy())
    asker, responder = _addresses(parties.asker), _addresses(parties.responder)
    headers = np.zeros((len(sizes), _HEADERS), np.uint8)
    headers[:, :16] = _record(times, sizes + _HEADERS - 16)
    headers[:, 16:30] = np.frombuffer(_FRAME, np.uint8)
    headers[:, 30:50] = _ip(sizes + _IP + _UDP, parties.transaction, responder, asker)
    ports = [np.full(len(sizes), _DNS_PORT), parties.port, sizes + _UDP, np.zeros(len(sizes))]
    headers[:, 50:] = _halves(*ports)
    front = binary(headers.ravel(), np.full(len(sizes), _HEADERS))
    return pa.compute.binary_join_element_wise(front, found.octets, b""), found.left_out


def _record(times: Ints, sizes: Ints) -> Octets:
    seconds, part = np.divmod(times, MICRO)
    fields = np.stack([seconds, part, sizes, sizes], axis=1).astype("<u4")
    return np.ascontiguousarray(fields).view(np.uint8)


def _ip(sizes: Ints, ident: Ints, source: Octets, target: Octets) -> Octets:
    count = len(sizes)
    first, last = np.full(count, 0x4500), np.full(count, _TTL << 8 | _PROTOCOL)
    none = np.zeros(count, np.int64)
    halves = _halves(first, sizes, ident, none, last, none)
    header: Octets = np.concatenate([halves, source, target], axis=1)
    total = header.copy().view(">u2").astype(np.int64).sum(axis=1)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    header[:, 10:12] = _halves(~total & 0xFFFF)
    return header


def _halves(*fields: Ints) -> Octets:
    stacked = np.stack(fields, axis=1).astype(">u2")
    return np.ascontiguousarray(stacked).view(np.uint8)


def _addresses(texts: pa.StringArray) -> Octets:
    """Return (n, 4) octets."""
    encoded = texts.dictionary_encode()
    packed = b"".join(ipv4_of(text) for text in encoded.dictionary.to_pylist())
    found: Octets = np.frombuffer(packed, np.uint8).reshape(-1, 4)[encoded.indices.to_numpy()]
    return found
