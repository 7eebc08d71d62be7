"""What a TLS client says first (ClientHello): read without trust, and never answered from here."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Content type of the record, and type of the message in it (RFC 8446 sections 5.1 and 4).
HANDSHAKE = 22
CLIENT_HELLO = 1
#: Largest message that is looked at, in octets. Chosen: hellos with post-quantum keys have 2 KB.
LARGEST = 16_384
#: Largest record (RFC 8446 section 5.1 and what older versions add for encryption, RFC 5246 6.2.3).
_LARGEST_RECORD = 16_384 + 2_048
_RECORD_HEAD = 5
_BEGINNING = bytes([HANDSHAKE, 3])
_MESSAGE_HEAD = 4

#: Numbers of the extensions that are read (IANA, TLS ExtensionType Values).
SERVER_NAME = 0
_GROUPS = 10
_POINT_FORMATS = 11
_SIGNATURES = 13
ALPN = 16
_VERSIONS = 43


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """One ClientHello. Lists are in the order of the message, as far as it could be read."""

    version: int = 0  # the field of the message; newer clients say 0x0303 whatever they can
    ciphers: tuple[int, ...] = ()
    extensions: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    point_formats: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()  # of the extension supported_versions
    alpn: tuple[bytes, ...] = ()
    server_name: bytes = b""
    damaged: bool = False  # a length did not fit; what was read up to there is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was made of the octets so far."""

    hello: Hello | None  # ``None``: not all of it is there yet, or it is none
    more: bool  # whether more octets can change that


class _CutError(ValueError):
    """A length leads beyond the end."""


class _Cursor:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._octets) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise _CutError
        self._at += size
        return self._octets[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """Return a vector whose length stands before it in *size* octets."""
        return self.take(self.number(size))


def is_tls(octets: bytes) -> bool | None:
    """Tell whether *octets* begin a TLS handshake; ``None`` while there are too few to tell.

    A record of the type handshake and of version 3.x, with a length that is possible.
    """
    beginning = octets[: len(_BEGINNING)]
    if not _BEGINNING.startswith(beginning):
        return False
    if len(octets) < _RECORD_HEAD:
        return None
    return 0 < int.from_bytes(octets[3:5], "big") <= _LARGEST_RECORD


def read_hello(octets: bytes) -> Reading:
    """Read a ClientHello from the beginning of a TLS stream; never raises, whatever *octets* are.

    The message may be spread over several records (RFC 8446 section 5.1).
    """
    message, more = _message(octets)
    if len(message) < _MESSAGE_HEAD:
        return Reading(hello=None, more=more)
    size = int.from_bytes(message[1:4], "big")
    if message[0] != CLIENT_HELLO or size > LARGEST:
        return Reading(hello=None, more=False)
    body = message[_MESSAGE_HEAD : _MESSAGE_HEAD + size]
    if len(body) < size and more:
        return Reading(hello=None, more=True)
    return Reading(hello=_read_body(body), more=False)


def _message(octets: bytes) -> tuple[bytes, bool]:
    """Return what the handshake records hold, and whether more may follow."""
    parts: list[bytes] = []
    at, length = 0, 0
    while length < LARGEST + _MESSAGE_HEAD:
        head = octets[at : at + _RECORD_HEAD]
        if is_tls(head) is False or (at and head[:1] not in (b"", bytes([HANDSHAKE]))):
            return b"".join(parts), False
        if len(head) < _RECORD_HEAD:
            return b"".join(parts), True
        size = int.from_bytes(head[3:5], "big")
        part = octets[at + _RECORD_HEAD : at + _RECORD_HEAD + size]
        parts.append(part)
        length += len(part)
        at += _RECORD_HEAD + size
        if len(part) < size:
            return b"".join(parts), True
    return b"".join(parts), False


@dataclass(slots=True)
class _Draft:
    """What was read of a message before its end, or before a length that does not fit."""

    version: int = 0
    ciphers: tuple[int, ...] = ()
    extensions: list[int] = field(default_factory=list)
    values: dict[int, bytes] = field(default_factory=dict)
    damaged: bool = False


def _read_body(body: bytes) -> Hello:
    draft = _Draft()
    try:
        _read_fields(_Cursor(body), draft)
    except _CutError:
        draft.damaged = True
    values = draft.values
    return Hello(
        version=draft.version,
        ciphers=draft.ciphers,
        extensions=tuple(draft.extensions),
        groups=_numbers(_inner(values.get(_GROUPS, b""), 2), 2),
        point_formats=_numbers(_inner(values.get(_POINT_FORMATS, b""), 1), 1),
        signatures=_numbers(_inner(values.get(_SIGNATURES, b""), 2), 2),
        versions=_numbers(_inner(values.get(_VERSIONS, b""), 1), 2),
        alpn=_protocols(_inner(values.get(ALPN, b""), 2)),
        server_name=_server_name(_inner(values.get(SERVER_NAME, b""), 2)),
        damaged=draft.damaged,
    )


def _read_fields(cursor: _Cursor, draft: _Draft) -> None:
    """Read the fields of RFC 8446 section 4.1.2 into *draft*."""
    draft.version = cursor.number(2)
    cursor.take(32)  # random
    cursor.vector(1)  # session
    draft.ciphers = _numbers(cursor.vector(2), 2)
    cursor.vector(1)  # compression
    if not cursor.left:
        return  # SSL 3 and TLS 1.0 know no extensions
    size = cursor.number(2)
    extensions = _Cursor(cursor.take(min(size, cursor.left)))
    draft.damaged = size > extensions.left
    while extensions.left:
        number = extensions.number(2)
        draft.extensions.append(number)
        draft.values.setdefault(number, extensions.vector(2))


def _inner(value: bytes, size: int) -> bytes:
    """Return the vector that an extension holds; empty if its length does not fit."""
    try:
        return _Cursor(value).vector(size)
    except _CutError:
        return b""


def _numbers(octets: bytes, size: int) -> tuple[int, ...]:
    whole = len(octets) // size * size
    return tuple(int.from_bytes(octets[at : at + size], "big") for at in range(0, whole, size))


def _protocols(octets: bytes) -> tuple[bytes, ...]:
    """Return the names of RFC 7301 section 3.1, up to the first that does not fit."""
    cursor = _Cursor(octets)
    names: list[bytes] = []
    try:
        while cursor.left:
            names.append(cursor.vector(1))
    except _CutError:
        pass
    return tuple(names)


def _server_name(octets: bytes) -> bytes:
    """Return the first host name of RFC 6066 section 3."""
    cursor = _Cursor(octets)
    try:
        while cursor.left:
            kind, name = cursor.number(1), cursor.vector(2)
            if kind == 0:
                return name
    except _CutError:
        pass
    return b""
