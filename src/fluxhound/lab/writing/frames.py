"""dnstap in frame streams: what a resolver gave (CLIENT_RESPONSE) or got (RESOLVER_RESPONSE).

Formats: dnstap.proto (https://dnstap.info), the Protocol Buffers encoding, and the frame streams of
the fstrm library.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.writing.columns import MICRO, Ints, binary, micros
from fluxhound.lab.writing.endpoints import exchange, is_address, octets_of
from fluxhound.lab.writing.messages import messages
from fluxhound.lab.writing.responses import Responses
from fluxhound.sources.framestream import CONTENT_TYPE, START, STOP

_CONTENT = b"protobuf:dnstap.Dnstap"
_START = struct.pack("!III", START, CONTENT_TYPE, len(_CONTENT)) + _CONTENT
HEAD = struct.pack("!II", 0, len(_START)) + _START
FOOT = struct.pack("!III", 0, 4, STOP)

#: Numbers of dnstap.proto.
_RESOLVER_RESPONSE, _CLIENT_RESPONSE = 4, 6
_UDP, _DNS_PORT, _MESSAGE = 1, 53, 1
_IPV4, _IPV6, _IPV4_OCTETS = 1, 2, 4
_VARINT, _BYTES, _FIXED32 = 0, 2, 5
_GROUPS = 5  # of seven bits each: enough for 32 bits, and so for seconds until 2106


def frames(given: Responses, *, above: bool) -> tuple[pa.Array, dict[str, int]]:
    """Return the data frames (binary), and what was left out."""
    parties = exchange(given.answers, above=above)
    found = messages(given, parties.transaction, above=above)
    rows = found.responses.answers
    if found.left_out:
        parties = exchange(rows, above=above)
    seconds, part = np.divmod(micros(rows.column("time").to_numpy()), MICRO)
    message = _joined(
        _numbers(1, np.full(rows.num_rows, _RESOLVER_RESPONSE if above else _CLIENT_RESPONSE)),
        _each(parties.asker, _asker),
        _each(parties.responder, lambda text: _field(5, octets_of(text) or b"")),
        _numbers(6, parties.port),
        _varint_field(7, _DNS_PORT),
        _numbers(12, seconds),
        _nanoseconds(13, part * 1000),
        _lengthened(14, found.octets),
    )
    sensors = pc.fill_null(rows.column("sensor"), "")
    frame = _joined(
        _each(sensors, _identity),
        _lengthened(14, message),
        _varint_field(15, _MESSAGE),
    )
    sizes = _sizes(frame).astype(">u4")
    front = binary(np.ascontiguousarray(sizes).view(np.uint8), np.full(len(sizes), 4))
    return _joined(front, frame), found.left_out


def _asker(text: str) -> bytes:
    """Return the fields that follow from an asker: family, transport, address."""
    packed = octets_of(text) or b""
    family = _IPV4 if len(packed) == _IPV4_OCTETS else _IPV6
    return _varint_field(2, family) + _varint_field(3, _UDP) + _field(4, packed)


def _joined(*pieces: pa.Array | bytes) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, b"")


def _each(texts: pa.StringArray, change: Callable[[str], bytes]) -> pa.Array:
    encoded = texts.dictionary_encode()
    changed = [change(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.binary()).take(encoded.indices)


def _identity(sensor: str) -> bytes:
    return b"" if not sensor or is_address(sensor) else _field(1, sensor.encode())


def _tag(field: int, kind: int) -> bytes:
    return bytes([field << 3 | kind])  # fields up to 15 have one octet


def _varint_field(field: int, value: int) -> bytes:
    """Return a field with a number below 128."""
    return _tag(field, _VARINT) + bytes([value])


def _field(field: int, content: bytes) -> bytes:
    """Return a field with octets; what is longer than a varint of one octet tells is cut."""
    content = content[:127]
    return _tag(field, _BYTES) + bytes([len(content)]) + content


def _numbers(field: int, values: Ints) -> pa.Array:
    return _joined(_tag(field, _VARINT), _varints(values))


def _nanoseconds(field: int, values: Ints) -> pa.Array:
    octets = np.ascontiguousarray(values.astype("<u4")).view(np.uint8)
    return _joined(_tag(field, _FIXED32), binary(octets, np.full(len(values), 4)))


def _lengthened(field: int, content: pa.Array) -> pa.Array:
    return _joined(_tag(field, _BYTES), _varints(_sizes(content)), content)


def _sizes(content: pa.Array) -> Ints:
    offsets = np.frombuffer(content.buffers()[1], np.int32)[: len(content) + 1]
    return np.diff(offsets).astype(np.int64)


def _varints(values: Ints) -> pa.Array:
    """Return numbers of up to 35 bits as varints: seven bits in each octet, the lowest first."""
    groups = (values[:, None] >> (7 * np.arange(_GROUPS))) & 0x7F
    further = (values[:, None] >> (7 * np.arange(1, _GROUPS))) > 0
    sizes = 1 + further.sum(axis=1)
    more = np.arange(_GROUPS) < sizes[:, None] - 1
    used = np.arange(_GROUPS) < sizes[:, None]
    return binary((groups | more * 0x80).astype(np.uint8)[used], sizes)
