"""Fingerprints of TLS clients: JA3 and JA4, from their published definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from fluxhound.response.sinkhole.hello import ALPN, SERVER_NAME, Hello

#: Values that clients mix in so that servers bear the unknown (RFC 8701 section 2).
GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))
#: Stands for a part of a JA4 that has nothing in it (JA4 technical details, "Cipher hash").
_NOTHING = "0" * 12
_HASH_LENGTH = 12
_MOST = 99
_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}


def ja3_text(hello: Hello) -> str:
    """Return what JA3 hashes: version, ciphers, extensions, groups, point formats, in decimal.

    Althouse, Atkinson and Atkins, "JA3" (2017): values joined by "-", lists by ",", without GREASE.
    """
    lists = (hello.ciphers, hello.extensions, hello.groups, hello.point_formats)
    return ",".join([str(hello.version), *("-".join(map(str, _real(each))) for each in lists)])


def ja3(hello: Hello) -> str:
    """Return the JA3 fingerprint: 32 hexadecimal digits (MD5, as its definition has it)."""
    return hashlib.md5(ja3_text(hello).encode(), usedforsecurity=False).hexdigest()


def ja4(hello: Hello) -> str:
    """Return the JA4 fingerprint of a client that speaks TLS over TCP.

    FoxIO, "JA4: TLS Client Fingerprinting" (technical details, 2024), whose worked example is
    t13d1516h2_8daaf6152771_e5627efa2ab1.
    """
    head, ciphers, extensions = ja4_parts(hello)
    return f"{head}_{_hash(ciphers)}_{_hash(extensions)}"


def ja4_parts(hello: Hello) -> tuple[str, str, str]:
    """Return the three parts of a JA4 before the last two are hashed."""
    ciphers, extensions = _real(hello.ciphers), _real(hello.extensions)
    version = _VERSIONS.get(max(_real(hello.versions), default=hello.version), "00")
    named = "d" if SERVER_NAME in hello.extensions else "i"
    counts = f"{min(len(ciphers), _MOST):02}{min(len(extensions), _MOST):02}"
    hashed = _hex(sorted(each for each in extensions if each not in (SERVER_NAME, ALPN)))
    signatures = _hex(_real(hello.signatures))
    if hashed and signatures:
        hashed = f"{hashed}_{signatures}"
    return f"t{version}{named}{counts}{_protocol(hello.alpn)}", _hex(sorted(ciphers)), hashed


def _real(values: Iterable[int]) -> list[int]:
    return [each for each in values if each not in GREASE]


def _hex(values: Iterable[int]) -> str:
    return ",".join(f"{each:04x}" for each in values)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH] if text else _NOTHING


def _protocol(names: tuple[bytes, ...]) -> str:
    """Return the first and the last character of the first name (ibid., "ALPN Extension Value").

    Of its hexadecimal form where one of the two is no ASCII letter or digit.
    """
    first = names[0] if names else b""
    if not first:
        return "00"
    ends = bytes([first[0], first[-1]])
    if ends.isalnum():
        return ends.decode("ascii")
    digits = first.hex()
    return digits[0] + digits[-1]
