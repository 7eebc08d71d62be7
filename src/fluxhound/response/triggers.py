"""Owner names of policy rules, and names and networks as they stand in them.

The form is that of response policy zones (draft-vixie-dnsop-dns-rpz-00, sections 4 and 5).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from fluxhound.response.entries import Entry, Trigger

#: Octets of a name and of a label (RFC 1035 section 2.3.4), length octets included in the first.
MOST_OCTETS, MOST_LABEL = 255, 63

#: Shorter prefixes are refused, whatever was approved. Chosen, not measured: they are the size of
#: a registry's allocation to a country or a large provider, IPv4 and IPv6.
SHORTEST_PREFIX = {4: 8, 6: 19}

LABELS = {Trigger.NSDNAME: "rpz-nsdname", Trigger.NSIP: "rpz-nsip", Trigger.ADDRESS: "rpz-ip"}

NO_NAME = "it is not a name"
TOO_LONG = "the name is too long for a rule"
WILD = "a name with an asterisk would be a rule about other names"
SPECIAL = "a name that ends in rpz-… would be a rule of another kind"
TOP = "a rule about a whole top-level domain is refused"
NO_NETWORK = "it is not a network"
WIDE = "the network is too large for a rule"

_PLAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_PART = re.compile(r"\\(\d{3})|\\(.)|([^\\.])|(\.)", re.DOTALL)
_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


class UnfitError(ValueError):
    """An entry cannot be made into a rule; the text is a reason that is the same for all such."""


def owners(entry: Entry, suffix_octets: int) -> tuple[str, ...]:
    """Return the owner names of the rules of *entry*, relative to the zone.

    ``suffix_octets`` is the length of the zone's name on the wire, its final zero included.

    Raises:
        UnfitError: no rule can say what the entry means, or it would say more than that.
    """
    label = LABELS.get(entry.trigger, "")
    if entry.trigger in {Trigger.NSIP, Trigger.ADDRESS}:
        return (f"{network_owner(entry.subject)}.{label}",)
    name = checked(entry.subject)
    if not entry.exact and "." not in name and entry.answer != "pass":
        raise UnfitError(TOP)
    bases = (name,) if entry.exact else (name, f"*.{name}")
    found = tuple(f"{base}.{label}" if label else base for base in bases)
    for owner in found:
        if octets(owner) + suffix_octets > MOST_OCTETS:
            raise UnfitError(TOO_LONG)
    return found


def checked(name: str) -> str:
    """Return a name in its one form, fit to stand in a rule or to be answered as an alias.

    Raises:
        UnfitError: it is no name, or one with a meaning of its own in policy zones.
    """
    labels = split(name)
    text = name if _PLAIN.fullmatch(name) else presented(labels)
    if b"*" in labels:
        raise UnfitError(WILD)
    if labels[-1].startswith(b"rpz-"):
        raise UnfitError(SPECIAL)
    return text


def split(name: str) -> list[bytes]:
    r"""Return the labels of a name in presentation form (RFC 1035 section 5.1), in lower case.

    Raises:
        UnfitError: it is the root or no name.

    >>> split(r"a\.b\032.Example")
    [b'a.b ', b'example']
    """
    if _PLAIN.fullmatch(name):
        return name.encode().split(b".")
    labels, label = [], bytearray()
    at = 0
    for part in _PART.finditer(name):
        if part.start() != at:
            break
        at = part.end()
        if part[4]:
            labels.append(bytes(label))
            label = bytearray()
        else:
            label += _octet(part)
    labels.append(bytes(label))
    if at != len(name) or not all(0 < len(each) <= MOST_LABEL for each in labels):
        raise UnfitError(NO_NAME)
    return [each.lower() for each in labels]


def _octet(part: re.Match[str]) -> bytes:
    code = int(part[1]) if part[1] else ord(part[2] or part[3])
    if code > (255 if part[1] else 126):
        raise UnfitError(NO_NAME)
    return bytes((code,))


def presented(labels: Sequence[bytes]) -> str:
    r"""Return labels as text; what is not a letter, digit, hyphen or low line is escaped.

    >>> presented([b"A.b ", b"example"])
    'a\\046b\\032.example'
    """
    return ".".join(_label(each.lower()) for each in labels)


def _label(label: bytes) -> str:
    if label == b"*" or _SAFE.issuperset(label):
        return label.decode("ascii")
    return "".join(chr(each) if each in _SAFE else f"\\{each:03d}" for each in label)


def octets(name: str) -> int:
    """Return the length of a relative name on the wire, without the final zero.

    >>> octets("*.example")
    10
    """
    return len(name) + 1 if "\\" not in name else sum(len(each) + 1 for each in split(name))


def network_owner(network: str) -> str:
    """Return a network as the first labels of an ``rpz-nsip`` or ``rpz-ip`` rule.

    The prefix length, then the address from its last part to its first; in IPv6 the longest run
    of at least two zero groups, the first of equals, is ``zz``.

    Raises:
        UnfitError: it is no network, or too large a one.

    >>> network_owner("192.0.2.0/24"), network_owner("2001:db8::/32")
    ('24.0.2.0.192', '32.zz.db8.2001')
    """
    try:
        parsed = ipaddress.ip_network(network)
    except ValueError:
        raise UnfitError(NO_NETWORK) from None
    if parsed.prefixlen < SHORTEST_PREFIX[parsed.version]:
        raise UnfitError(WIDE)
    parts = _parts(parsed.network_address)
    return ".".join((str(parsed.prefixlen), *reversed(parts)))


def _parts(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[str]:
    packed = address.packed
    if address.version == 4:  # noqa: PLR2004 - the version of IP
        return [str(each) for each in packed]
    groups = [int.from_bytes(packed[at : at + 2]) for at in range(0, 16, 2)]
    start, length = _longest_zeros(groups)
    texts = [f"{each:x}" for each in groups]
    return [*texts[:start], "zz", *texts[start + length :]] if length > 1 else texts


def _longest_zeros(groups: Sequence[int]) -> tuple[int, int]:
    best = (0, 0)
    start = 0
    for at, group in enumerate((*groups, 1)):
        if group:
            if at - start > best[1]:
                best = (start, at - start)
            start = at + 1
    return best
