"""ClientHellos of real clients, and made-up ones of any shape."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Known(NamedTuple):
    """A hello as a client sent it, and what others make of it: JA3 by tshark, JA4 by ja4plus."""

    octets: bytes
    ja3: str
    ja3_text: str
    ja4: str


#: Recorded with the clients of Debian 12 on 2026-11-24; fingerprints by tshark 4.0.17 and by
#: ja4plus 1.4.0, a Python package that shares nothing with this program.
KNOWN = {
    name: Known(bytes.fromhex(each["octets"]), each["ja3"], each["ja3_text"], each["ja4"])
    for name, each in json.loads(
        Path(__file__).with_name("hellos.json").read_text(encoding="ascii")
    ).items()
}


def vector(size: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(size, "big") + octets


def body(
    *,
    version: int = 0x0303,
    ciphers: Sequence[int] = (0x1301,),
    extensions: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """Return the body of a ClientHello."""
    listed = b"".join(struct.pack("!H", number) + vector(2, value) for number, value in extensions)
    return (
        struct.pack("!H", version)
        + bytes(32)
        + vector(1, b"")
        + vector(2, b"".join(struct.pack("!H", each) for each in ciphers))
        + vector(1, b"\0")
        + vector(2, listed)
    )


def message(octets: bytes, *, kind: int = 1) -> bytes:
    """Return a handshake message."""
    return bytes([kind]) + vector(3, octets)


def records(octets: bytes, *, size: int = 16_384, kind: int = 22) -> bytes:
    """Return *octets* in records of at most *size*."""
    parts = [octets[at : at + size] for at in range(0, len(octets), size)]
    return b"".join(bytes([kind, 3, 1]) + vector(2, part) for part in parts)


def server_name(name: bytes) -> tuple[int, bytes]:
    """Return the extension with a host name."""
    return 0, vector(2, b"\0" + vector(2, name))
