"""Response policy zones as master files: triggers and actions (draft-vixie-dnsop-dns-rpz)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_pton

from fluxhound.errors import UnreadableInputError
from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind, Role
from fluxhound.intel.reading.form import (
    FeedOptions,
    Form,
    lines_in_view,
    mostly,
    telling,
    text_lines,
)
from fluxhound.intel.spelling import cut
from fluxhound.sources.stream import Stream

_TTL = re.compile(r"\d+[smhdw]?", re.IGNORECASE)
_SOA = re.compile(r"\S*\s+(?:\d+\s+)?(?:IN\s+)?SOA\s", re.IGNORECASE)
_POLICY = re.compile(
    r"\S+\s+(?:\d\w*\s+)?(?:IN\s+)?CNAME\s+(?:\.|\*\.|rpz-[a-z-]+\.?|\*)\s*(?:;.*)?$"
    r"|\S+\.rpz-(?:ip|nsip|nsdname|client-ip)\b",
    re.IGNORECASE,
)
#: Lines and characters that one record may span in parentheses. Chosen: an SOA has seven.
RECORD_LINES, RECORD_LENGTH = 50, 8192

NO_POLICY = "a record without a policy"
BAD_RECORD = "not a record of a zone"
BAD_TRIGGER = "not a valid trigger"
CLIENT = "a trigger on clients"
TRUNCATE = "only sends the client to TCP"
INCLUDED = "another file or generated records"
OUTSIDE = "outside of the zone"
PASS = Told(allow=True)

_IGNORED_TYPES = frozenset({"SOA", "NS", "TXT", "RRSIG", "NSEC", "NSEC3", "DNSKEY", "ZONEMD"})
_LOCAL_TYPES = frozenset({"A", "AAAA", "MX", "SRV", "PTR", "HTTPS", "SVCB"})


def matches(head: bytes) -> bool:
    """Tell whether it is a zone: most lines are policies, or there is an SOA record."""
    lines = telling(lines_in_view(head))
    zone = any(_SOA.match(line) or line.startswith(("$ORIGIN", "$TTL")) for line in lines)
    return zone or mostly(lines, _POLICY.match)


def read(stream: Stream, gathering: Gathering, options: FeedOptions) -> None:  # noqa: ARG001 - the same for all formats
    """Read a policy zone into *gathering*.

    Raises:
        UnreadableInputError: it is an ordinary zone.
    """
    zone = _Zone(gathering)
    for record in _records(text_lines(stream, gathering.tally)):
        zone.take(record)
    if gathering.tally.records and not zone.policies:
        raise UnreadableInputError(
            f"{stream.name}: a zone file without any response policy (RPZ), so nothing was taken. "
            "Give a policy zone, or a list of names."
        )


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Yield one record a line, comments left out, what stands in parentheses joined."""
    held: list[str] = []
    depth = 0
    for line in lines:
        text = _without_comment(line)
        depth += text.count("(") - text.count(")")
        held.append(text.replace("(", " ").replace(")", " "))
        too_long = len(held) > RECORD_LINES or sum(map(len, held)) > RECORD_LENGTH
        if depth <= 0 or too_long:
            record = " ".join(held) if len(held) > 1 else held[0]
            held, depth = [], 0
            if record[:RECORD_LENGTH].strip():
                yield record[:RECORD_LENGTH]
    if rest := " ".join(held)[:RECORD_LENGTH].strip():
        yield rest


def _without_comment(line: str) -> str:
    """Cut a comment off; a semicolon in quotes is none."""
    if ";" not in line:
        return line
    if '"' not in line:
        return line.partition(";")[0]
    inside = False
    for place, letter in enumerate(line[:RECORD_LENGTH]):
        inside ^= letter == '"'
        if letter == ";" and not inside:
            return line[:place]
    return line


class _Zone:
    """What was learnt so far: the origin, the last owner, and whether there are policies."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._origin = ""
        self._owner = ""
        self.policies = 0

    def take(self, record: str) -> None:
        """Take one record or directive."""
        words = record.split()
        self._gathering.tally.records += 1
        if words[0].startswith("$"):
            self._direct(words)
            return
        if not record[0].isspace():
            self._owner = words.pop(0).lower()
        while words and (_TTL.fullmatch(words[0]) or words[0].upper() in {"IN", "CH", "HS"}):
            words.pop(0)
        if not words or not self._owner:
            self._gathering.tally.reject(BAD_RECORD, record)
            return
        self._act(words[0].upper(), words[1:], record)

    def _direct(self, words: list[str]) -> None:
        if words[0].upper() == "$ORIGIN" and len(words) > 1:
            self._origin = words[1].lower().rstrip(".")
            self._gathering.tally.pass_over(NO_POLICY)
        elif words[0].upper() == "$TTL":
            self._gathering.tally.pass_over(NO_POLICY)
        else:
            self._gathering.tally.pass_over(INCLUDED)

    def _act(self, kind: str, words: list[str], record: str) -> None:
        if kind == "SOA" and self._owner.endswith(".") and not self._origin:
            self._origin = self._owner.rstrip(".")
        if kind in _IGNORED_TYPES or self._owner == "@":
            self._gathering.tally.pass_over(NO_POLICY)
        elif kind == "CNAME" and words:
            self._follow(words[0].lower(), record)
        elif kind in _LOCAL_TYPES:
            self._trigger(Told(), record)
        else:
            self._gathering.tally.reject(BAD_RECORD, record)

    def _follow(self, target: str, record: str) -> None:
        action = target.rstrip(".")
        if action == "rpz-tcp-only":
            self._gathering.tally.pass_over(TRUNCATE)
            return
        if action in {"", "*", "rpz-drop"}:
            self.policies += 1
            self._trigger(Told(), record)
        elif action == "rpz-passthru" or target == self._owner:  # the latter before 2011
            self.policies += 1
            self._trigger(PASS, record)
        else:  # a walled garden
            self._trigger(Told(), record)

    def _trigger(self, told: Told, record: str) -> None:
        owner = self._relative()
        if owner is None:
            self._gathering.tally.reject(OUTSIDE, record)
            return
        head, _, mark = owner.rpartition(".rpz-")
        if not head:
            self._name(owner, told)
        elif mark == "ip":
            self._addresses(head, told, Role.ANYWHERE, record)
        elif mark == "nsip":
            self._addresses(head, told, Role.NAME_SERVER, record)
        elif mark == "nsdname":
            self.policies += 1
            self._name(head, Told(allow=told.allow, role=Role.NAME_SERVER))
        else:
            self._gathering.tally.pass_over(CLIENT)

    def _relative(self) -> str | None:
        """Return the owner without the zone's own name, ``None`` if it lies outside."""
        if not self._owner.endswith("."):
            return self._owner
        inside = self._owner[:-1].removesuffix(f".{self._origin}")
        return inside if self._origin and inside != self._owner[:-1] else None

    def _name(self, owner: str, told: Told) -> None:
        if owner.startswith("*."):
            self._gathering.add(owner[2:], Kind.BELOW, told)
        else:
            self._gathering.add(owner, Kind.HOST, told)

    def _addresses(self, text: str, told: Told, role: Role, record: str) -> None:
        network = network_of(text)
        if network is None:
            self._gathering.tally.reject(BAD_TRIGGER, record)
            return
        self.policies += 1
        self._gathering.add(network, Kind.NETWORK, Told(allow=told.allow, role=role))


def network_of(text: str) -> str | None:
    """Return the network that a trigger's labels spell backwards, ``None`` if they spell none.

    >>> network_of("24.0.2.0.192"), network_of("48.zz.db8.2001"), network_of("32.4.3.2.1")
    ('192.0.2.0/24', '2001:db8::/48', '1.2.3.4')
    """
    bits, *labels = text.split(".")
    if not labels or not (bits.isascii() and bits.isdecimal() and len(bits) <= 3):  # noqa: PLR2004 - up to 128
        return None
    try:
        if len(labels) == 4 and "zz" not in labels:  # noqa: PLR2004 - octets of an IPv4 address
            octets = inet_pton(AF_INET, ".".join(reversed(labels)))
        else:
            written = ["" if label == "zz" else label for label in reversed(labels)]
            octets = inet_pton(AF_INET6, _with_gap(":".join(written)))
    except (OSError, ValueError):
        return None
    kind, value = cut(octets, int(bits))
    return value if kind else f"{'.'.join(labels)}/{bits}"  # too wide: refused where all are


def _with_gap(text: str) -> str:
    """Return IPv6 text in which a gap at an end has both its colons."""
    if not text:
        return "::"
    if text.startswith(":") and not text.startswith("::"):
        text = ":" + text
    return text + ":" if text.endswith(":") and not text.endswith("::") else text


FORM = Form(name="rpz", title="response policy zone (RPZ)", matches=matches, read=read)
