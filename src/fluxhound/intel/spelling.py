"""One indicator as people and feeds write it, turned into its one spelling or refused."""

from __future__ import annotations

import re
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.enrichment.addresses import packed, written
from fluxhound.history.names import canonical_name
from fluxhound.intel.indicator import Kind

#: Kind and value, or 0 and the reason of the refusal.
Spelled: TypeAlias = tuple[int, str]

#: Texts longer than this are none of ours; browsers give up on URLs at about 2,000. Chosen.
TEXT_LENGTH = 4096
NAME_LENGTH = 253  # RFC 1035 section 3.1: 255 octets, less the root and the first length
#: Networks wider than this are mistakes: no registry gives an ISP more. Chosen.
WIDEST_IPV4, WIDEST_IPV6 = 8, 16

TOO_LONG = "longer than any name or URL"
NO_INDICATOR = "no name, address or URL"
SINGLE_LABEL = "a single label"
BAD_NAME = "not a valid name"
BAD_ADDRESS = "not a valid address"
BAD_URL = "not a valid URL"
TOO_WIDE = "a network that is too wide"
FILE_HASH = "a file's hash"
MAIL_ADDRESS = "a mail address"
BLANK = "empty"

_DOT = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\[\.|\.\]", re.IGNORECASE)
_COLON = re.compile(r"\[:\]|\(:\)|\{:\}", re.IGNORECASE)
_SEPARATOR = re.compile(r"\[://\]|\[:\]//|\[:/\]/", re.IGNORECASE)
_SLASH = re.compile(r"\[/\]")
_AT = re.compile(r"\[@\]|\(@\)|\[at\]|\(at\)", re.IGNORECASE)
_SCHEME = re.compile(r"h(?:xx|\*\*|tt|XX)p(s?)(?=://)|fxp(?=://)|meow(?=://)", re.IGNORECASE)
_MARKS = "[]({*"

_LABELS = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{128})")
_URL = re.compile(r"([a-z][a-z0-9+.-]{0,30})://([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_NUMBERS = re.compile(r"[0-9][0-9.]*")
_PORT = re.compile(r"(.*):([0-9]{1,5})", re.DOTALL)


def refanged(text: str) -> str:
    """Return *text* without what keeps people from clicking on it.

    >>> refanged("hxxps://evil[.]example/a"), refanged("evil(dot)example"), refanged("a[.b[.]c")
    ('https://evil.example/a', 'evil.example', 'a.b.c')
    """
    if any(mark in text for mark in _MARKS):
        text = _SLASH.sub("/", _AT.sub("@", _SEPARATOR.sub("://", text)))
        text = _DOT.sub(".", _COLON.sub(":", text))
    if "://" in text[:16]:
        text = _SCHEME.sub(_live, text, count=1)
    return text


def _live(match: re.Match[str]) -> str:
    return "ftp" if match[0].lower().startswith("f") else f"http{(match[1] or '').lower()}"


def is_defanged(text: str) -> bool:
    """Tell whether somebody has made *text* unclickable."""
    return refanged(text) != text


def spelled(text: str, expect: Kind | None = None) -> Spelled:
    """Return kind and value of *text*, or 0 and why it is refused.

    *expect* is what the format says it is: a name keeps that kind, an address, network or URL is
    recognised in place of a name, as feeds put them there; a name in place of a URL is a host.
    ``None`` takes a name with all below it.
    """
    if len(text) > TEXT_LENGTH:
        return 0, TOO_LONG
    plain = refanged(text.strip().strip("\"'<>").strip())
    if not plain or "@" in plain.partition("/")[0]:
        return 0, MAIL_ADDRESS if plain else BLANK
    if "://" in plain:
        return _url(plain)
    found = _network(plain) if "/" in plain else _address(plain)
    return found or _name_or_url(plain, expect)


def _name_or_url(text: str, expect: Kind | None) -> Spelled:
    if "/" in text:
        return _url("http://" + text, told=text)
    if expect in {Kind.ADDRESS, Kind.NETWORK}:
        return 0, BAD_ADDRESS
    return _name(_without_port(text), Kind.HOST if expect is Kind.URL else expect or Kind.DOMAIN)


def _address(text: str) -> Spelled | None:
    """Return what *text* is as an address, with or without a port; ``None`` if it is a name."""
    octets = packed(text)
    if octets is None and text.startswith("["):
        octets = packed(text[1:].partition("]")[0])
    if octets is None and text.count(":") == 1:
        octets = packed(_without_port(text))
    if octets is not None:
        return int(Kind.ADDRESS), written(octets)
    looks_like_one = text.count(":") > 1 or _NUMBERS.fullmatch(text)
    return (0, BAD_ADDRESS) if looks_like_one else None


def _network(text: str) -> Spelled | None:
    """Return what "address/bits" is; ``None`` if it is a URL without its scheme."""
    address, _, bits = text.partition("/")
    octets = packed(address)
    if octets is None:
        return None
    if not (bits.isascii() and bits.isdecimal() and len(bits) <= 3):  # noqa: PLR2004 - up to 128
        return None if "." in address else (0, BAD_ADDRESS)
    if ":" in address and len(octets) == 4:  # noqa: PLR2004 - bytes of an IPv4 address
        return 0, BAD_ADDRESS  # an IPv4-mapped network means nothing in DNS
    return cut(octets, int(bits))


def cut(octets: bytes, bits: int) -> Spelled:
    """Return the network of *bits* around an address of 4 or 16 bytes."""
    size = len(octets) * 8
    if bits > size:
        return 0, BAD_ADDRESS
    if bits < (WIDEST_IPV4 if size == 32 else WIDEST_IPV6):  # noqa: PLR2004 - bits of IPv4
        return 0, TOO_WIDE
    if bits == size:
        return int(Kind.ADDRESS), written(octets)
    kept = int.from_bytes(octets, "big") >> (size - bits) << (size - bits)
    return int(Kind.NETWORK), f"{written(kept.to_bytes(len(octets), 'big'))}/{bits}"


def _without_port(text: str) -> str:
    match = _PORT.fullmatch(text)
    return match[1] if match else text


def _url(text: str, told: str | None = None) -> Spelled:
    """Return a URL whose host is sound: scheme and host in lower case, no user, no default port.

    A URL that is only a name, as some feeds write it, is that name alone.
    """
    match = _URL.fullmatch(text)
    if match is None:
        return 0, BAD_URL
    scheme, authority, rest = match[1].lower(), match[2].rpartition("@")[2], match[3]
    kind, host = _host_of(authority)
    if not kind:
        return 0, NO_INDICATOR if told and host == BAD_NAME else host
    port = _port_of(authority)
    if any(c.isspace() or not c.isprintable() for c in rest):
        return 0, BAD_URL
    if told is not None and rest == "/":
        return kind, host
    shown = f"[{host}]" if ":" in host else host
    ending = "" if not port or (scheme, port) in _DEFAULT_PORTS else f":{port}"
    return int(
        Kind.URL
    ), f"{scheme}://{shown}{ending}{rest if rest.startswith('/') else '/' + rest}"


_DEFAULT_PORTS = {("http", "80"), ("https", "443"), ("ftp", "21")}


def url_hosts(urls: pa.Array) -> pa.Array:
    """Return the host, a name or an address, of each URL that ``spelled`` returned."""
    return pc.replace_substring_regex(urls, _HOST_OF_URL, r"\1\2")


_HOST_OF_URL = r"^[a-z][a-z0-9+.-]*://(?:\[([0-9a-f:.]*)\]|([^/:]*))(?::[0-9]*)?/.*$"


def _host_of(authority: str) -> Spelled:
    if not authority:
        return 0, BAD_URL
    found = _address(authority)
    return found if found is not None else _name(_without_port(authority), Kind.HOST)


def _port_of(authority: str) -> str:
    match = _PORT.fullmatch(authority)
    if not match or (match[1].count(":") and not authority.startswith("[")):
        return ""
    return match[2]


def _name(text: str, kind: Kind) -> Spelled:
    if text.startswith("*."):
        text, kind = text[2:], Kind.BELOW
    elif text.startswith("."):
        text, kind = text[1:], kind if kind is Kind.BELOW else Kind.DOMAIN
    if len(text) > NAME_LENGTH + 1:
        return 0, TOO_LONG
    name = canonical_name(text)
    if "." not in name:
        return 0, FILE_HASH if _HASH.fullmatch(name) else SINGLE_LABEL if name else BLANK
    if len(name) > NAME_LENGTH:
        return 0, TOO_LONG
    return (int(kind), name) if _LABELS.fullmatch(name) else (0, BAD_NAME)
