"""TSIG on messages that we send (RFC 8945); the library for it is optional."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from fluxhound.errors import MissingExtraError
from fluxhound.response.primary import Key
from fluxhound.response.refusals import FUDGE
from fluxhound.response.wire import ANY, TSIG, header, name, record

if TYPE_CHECKING:
    import dns.tsig

_COUNT = struct.Struct("!H")


def signature_library() -> Any:
    """Return the library that signs and checks.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import dns.exception  # noqa: PLC0415 - optional
        import dns.name  # noqa: PLC0415 - optional
        import dns.rdata  # noqa: PLC0415 - optional
        import dns.rdtypes.ANY.TSIG  # noqa: PLC0415 - optional
        import dns.tsig  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError(
            "Rules are published with a library that is not installed: "
            "pip install 'fluxhound[respond]'."
        ) from error
    return dns


def library_key(key: Key) -> dns.tsig.Key:
    """Return a key as the library knows it."""
    found: dns.tsig.Key = signature_library().tsig.Key(key.name, key.secret, key.algorithm)
    return found


def signed(message: bytes, key: dns.tsig.Key, key_name: str, now: float) -> tuple[bytes, bytes]:
    """Return *message* with a signature of the time *now*, and the signature's MAC."""
    library = signature_library()
    number, counts = header(message).id, header(message).counts
    blank = library.rdtypes.ANY.TSIG.TSIG(
        ANY, TSIG, key.algorithm, int(now), FUDGE, b"", number, 0, b""
    )
    signature, _ = library.tsig.sign(message, key, blank, int(now))
    extra = record(name(key_name), TSIG, ANY, 0, signature.to_wire())
    counted = message[:10] + _COUNT.pack(counts[3] + 1) + message[12:]
    return counted + extra, signature.mac
