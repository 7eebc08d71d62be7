"""The head of an HTTP/1 request (RFC 9112), read without trust and never acted upon."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

#: A head beyond this is not read on. Chosen: what servers usually take.
LARGEST_HEAD = 8_192
#: Header fields that are looked at.
_MOST_FIELDS = 100
#: A first line longer than this is none. Chosen: RFC 9112 section 3 asks for 8,000 octets at least,
#: but a line that long tells nothing more about who sent it.
_LONGEST_LINE = 4_096
_LONGEST_METHOD = 20

_LINE_END = re.compile(rb"\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(rb"[A-Z][A-Z-]*")
#: Method, target, version; HTTP/0.9 has no version and only GET.
_LINE = re.compile(
    rb"([A-Z][A-Z-]{0,19}) ([!-~\x80-\xff]{1,4096})(?: (HTTP/[0-9](?:\.[0-9])?))?[ \t]*"
)
#: Methods of a line without a version (RFC 1945 section 4.1 and what old clients sent).
_OLD_METHODS = frozenset({b"GET", b"HEAD", b"POST"})
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as far as it was read."""

    method: bytes = b""
    target: bytes = b""
    version: bytes = b""
    host: bytes = b""
    agent: bytes = b""
    complete: bool = False  # the head has its end


def is_http(octets: bytes) -> bool | None:
    """Tell whether *octets* begin an HTTP request; ``None`` while there are too few to tell."""
    end = octets.find(b"\n")
    if end >= 0:
        return end <= _LONGEST_LINE and _first_line(octets[:end]) is not None
    if len(octets) > _LONGEST_LINE:
        return False
    method, blank, _ = octets.partition(b" ")
    if len(method) > _LONGEST_METHOD or (method and not _METHOD.fullmatch(method)):
        return False
    return False if blank and not method else None


def has_head(octets: bytes) -> bool:
    """Tell whether *octets* hold a head with its end, or so much that no more of it is read.

    A line without a version has no fields (RFC 1945 section 5).
    """
    if len(octets) >= LARGEST_HEAD or b"\n\r\n" in octets or b"\n\n" in octets:
        return True
    line, newline, _ = octets.partition(b"\n")
    return bool(newline) and b" HTTP/" not in line


def read_request(octets: bytes) -> Request | None:
    """Read the head of a request; ``None`` if it is none; never raises, whatever *octets* are."""
    octets = octets[:LARGEST_HEAD]
    end = _HEAD_END.search(octets)
    head = octets[: end.start()] if end else octets
    lines = _LINE_END.split(head, _MOST_FIELDS + 1)
    first = _first_line(lines[0])
    if first is None:
        return None
    # The last line may be cut off, or hold all that is beyond the fields looked at.
    fields = _fields(lines[1:] if end and len(lines) <= _MOST_FIELDS + 1 else lines[1:-1])
    return Request(
        method=first[1],
        target=first[2],
        version=first[3] or b"",
        host=fields.get(b"host", b""),
        agent=fields.get(b"user-agent", b""),
        complete=end is not None or (not first[3] and len(lines) > 1),
    )


def _first_line(line: bytes) -> re.Match[bytes] | None:
    found = _LINE.fullmatch(line.rstrip(b"\r")[: _LONGEST_LINE + _LONGEST_METHOD])
    if found is None or (found[3] is None and found[1] not in _OLD_METHODS):
        return None
    return found


def _fields(lines: list[bytes]) -> dict[bytes, bytes]:
    """Return the header fields by lower-case name, the first of each."""
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip(b" \t"))
    return fields


def host_name(text: str) -> str:
    """Return the name in a Host field or a server name, in its one form; "" where there is none.

    An address is no name, nor is what no resolver would have been asked for.

    >>> host_name("WWW.Evil.Example.:8080"), host_name("192.0.2.1:80"), host_name("[2001:db8::1]")
    ('www.evil.example', '', '')
    """
    name = text.strip().lower()
    head, colon, port = name.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        name = head
    name = name.removesuffix(".")
    return name if _NAME.fullmatch(name) and not _is_address(name) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        # What some software takes for an address: digits and dots alone (RFC 3696 section 2).
        return text.rpartition(".")[2].isdigit()
    return True
