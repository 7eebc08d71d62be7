"""Indicators written so that nobody visits them by accident, and back again."""

from __future__ import annotations

import ipaddress
import re

_ADDRESS = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
#: Ways in which people write a defanged dot, colon or scheme; all are understood.
_DOT = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[\.|\.\]", re.IGNORECASE)
_COLON = re.compile(r"\[:\]|\(:\)|\{:\}", re.IGNORECASE)
_SEPARATOR = re.compile(r"\[://\]|\[:\]//")
_LIVE_SCHEME = re.compile(r"^http(s?)(?=://)", re.IGNORECASE)
_DEAD_SCHEME = re.compile(r"^h(?:xx|\*\*)p(s?)(?=://)", re.IGNORECASE)


def defang(text: str) -> str:
    """Return a name, an address or a URL in a form that software does not turn into a link.

    The last dot of a name or an IPv4 address and every colon of an IPv6 address are bracketed;
    in a URL also the scheme is changed.

    >>> defang("www.evil.example"), defang("192.0.2.1"), defang("2001:db8::1")
    ('www.evil[.]example', '192.0.2[.]1', '2001[:]db8[:][:]1')
    >>> defang("http://evil.example/a.php")
    'hxxp://evil[.]example/a.php'
    """
    scheme, separator, rest = text.partition("://")
    if separator:
        host, slash, path = rest.partition("/")
        changed = _LIVE_SCHEME.sub(r"hxxp\1", scheme + separator)
        return changed + _defang_host(host) + slash + path
    return _defang_host(text)


def refang(text: str) -> str:
    """Return the working form of *text*, defanged in any of the usual ways or not at all.

    >>> refang("hxxp://evil[.]example"), refang("2001[:]db8[:][:]1"), refang("evil(dot)example")
    ('http://evil.example', '2001:db8::1', 'evil.example')
    """
    whole = _DOT.sub(".", _COLON.sub(":", _SEPARATOR.sub("://", text)))
    return _DEAD_SCHEME.sub(r"http\1", whole)


def _defang_host(host: str) -> str:
    if _ADDRESS.fullmatch(host) and _is_ipv6(host):
        return host.replace(":", "[:]")
    rooted = host.endswith(".")
    head, dot, tail = host.removesuffix(".").rpartition(".")
    return f"{head}[.]{tail}{'.' if rooted else ''}" if dot else host


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
