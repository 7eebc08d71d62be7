"""How a table of indicators is laid out: its delimiter, its header, and which column is what."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fluxhound.errors import UsageError
from fluxhound.intel.indicator import Kind

DELIMITERS = (",", "\t", ";", "|")
#: Columns that a table may have. Chosen: the widest feeds have about twenty.
MOST_COLUMNS = 256

#: Names of the column that holds the indicator, the most telling first, and what it then is.
VALUES: Mapping[str, Kind | None] = {
    "indicator": None, "ioc": None, "ioc_value": None, "indicator_value": None, "value": None,
    "observable": None, "url": Kind.URL, "uri": Kind.URL, "malware_url": Kind.URL,
    "phish_url": Kind.URL, "source.url": Kind.URL, "domain": Kind.DOMAIN,
    "domain_name": Kind.DOMAIN, "domainname": Kind.DOMAIN, "fqdn": Kind.HOST, "hostname": Kind.HOST,
    "host": Kind.HOST, "source.fqdn": Kind.HOST, "ip": Kind.ADDRESS, "ip_address": Kind.ADDRESS,
    "ipaddress": Kind.ADDRESS, "dst_ip": Kind.ADDRESS, "dstip": Kind.ADDRESS,
    "src_ip": Kind.ADDRESS,
    "ip_addr": Kind.ADDRESS, "address": Kind.ADDRESS, "ipv4": Kind.ADDRESS, "ipv6": Kind.ADDRESS,
    "source.ip": Kind.ADDRESS, "network": Kind.NETWORK, "cidr": Kind.NETWORK,
    "netblock": Kind.NETWORK, "subnet": Kind.NETWORK, "prefix": Kind.NETWORK,
}  # fmt: skip
#: Our other columns, and their usual names, the most telling first.
OTHERS: Mapping[str, tuple[str, ...]] = {
    "type": ("type", "ioc_type", "indicator_type", "kind", "itype"),
    "first_seen": (
        "first_seen", "first_seen_utc", "firstseen", "dateadded", "date_added", "detected_date",
        "first_seen_date", "created", "submission_time", "date", "time.source",
    ),
    "last_seen": ("last_seen", "last_seen_utc", "lastseen", "last_online", "modified", "updated"),
    "valid_until": ("valid_until", "expires", "expiry", "expiration", "expiration_ts"),
    "confidence": ("confidence", "confidence_level", "score"),
    "label": (
        "malware", "malware_printable", "malware_family", "family", "threat", "threat_type",
        "classification", "category", "tags",
    ),
    "verdict": ("classification", "verdict", "disposition", "category", "assessment"),
    "comment": ("comment", "comments", "description", "notes", "reference"),
    "tlp": ("tlp",),
}  # fmt: skip

#: What tables call kinds. What is missing here is another kind of indicator.
TYPES: Mapping[str, Kind | None] = {
    "domain": Kind.DOMAIN, "domain_name": Kind.DOMAIN, "domain-name": Kind.DOMAIN,
    "host": Kind.HOST, "hostname": Kind.HOST, "fqdn": Kind.HOST, "dns": Kind.HOST,
    "ip": Kind.ADDRESS, "ipv4": Kind.ADDRESS, "ipv6": Kind.ADDRESS, "ipv4-addr": Kind.ADDRESS,
    "ipv6-addr": Kind.ADDRESS, "ip-dst": Kind.ADDRESS, "ip-src": Kind.ADDRESS, "addr": Kind.ADDRESS,
    "ip:port": Kind.ADDRESS, "ip_address": Kind.ADDRESS, "address": Kind.ADDRESS,
    "url": Kind.URL, "uri": Kind.URL, "cidr": Kind.NETWORK, "network": Kind.NETWORK,
    "netblock": Kind.NETWORK, "subnet": Kind.NETWORK, "ipv4-cidr": Kind.NETWORK,
    "ipv6-cidr": Kind.NETWORK, "": None,
}  # fmt: skip

#: What tables call that which they list only to say that it is harmless.
HARMLESS = frozenset(
    {
        "legitimate", "legit", "benign", "clean", "harmless", "safe", "trusted", "goodware",
        "whitelisted", "whitelist", "allowlisted", "allowlist", "false positive", "false-positive",
        "not malicious", "non-malicious",
    }
)  # fmt: skip

_WORD = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where what stands: ``places`` maps our columns to theirs, counted from 0."""

    delimiter: str
    header: str  # the line that names the columns, "" if none does
    places: Mapping[str, int]
    kind: Kind | None  # what the value is by the name of its column
    width: int  # columns, 0 if not known


def fields(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line; blanks after the delimiter do not count."""
    try:
        rows = list(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return []
    return rows[0][:MOST_COLUMNS] if rows else []


def _word(cell: str) -> str:
    return _WORD.sub("_", cell.strip().strip("\"'#").strip().lower())


def find_layout(
    lines: Sequence[str], columns: Mapping[str, str], delimiter: str | None
) -> Layout | None:
    """Return the layout of a table that begins with *lines*, ``None`` if nothing tells it.

    *columns* maps ours to theirs, by name or by number from 1. The header is the last comment
    before the first row that names a column we know, or that row itself.

    Raises:
        UsageError: a column of *columns* is not there.
    """
    comments, row = _before(lines)
    if row is None:
        return None
    candidates = [*(c.lstrip("#;/! ") for c in reversed(comments)), row]
    for mark in (delimiter,) if delimiter else DELIMITERS:
        for line in candidates:
            words = [_word(cell) for cell in fields(line, mark)]
            if len(words) > 1 and _names_columns(words, columns):
                header = line if line == row else ""
                return _layout(words, columns, mark, header)
    if columns:
        mark = delimiter or _likely_delimiter(row)
        return _layout([], columns, mark, "", width=len(fields(row, mark)))
    return None


def _before(lines: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the comments before the first row, and that row."""
    comments: list[str] = []
    for line in lines:
        text = line.strip()
        if text.startswith(("#", ";", "//", "!")):
            comments.append(text)
        elif text:
            return comments, text
    return comments, None


def _names_columns(words: list[str], columns: Mapping[str, str]) -> bool:
    theirs = [_word(name) for name in columns.values() if not name.isdecimal()]
    if "value" in columns:
        return bool(theirs) and all(name in words for name in theirs)
    return any(word in VALUES for word in words)


def _likely_delimiter(row: str) -> str:
    return max(DELIMITERS, key=lambda mark: len(fields(row, mark)))


def _layout(
    words: list[str], columns: Mapping[str, str], delimiter: str, header: str, width: int = 0
) -> Layout:
    width = len(words) or width
    places = {ours: _place(ours, theirs, words, width) for ours, theirs in columns.items()}
    kind: Kind | None = None
    if "value" not in places:
        name = next((name for name in VALUES if name in words), None)
        if name is None:
            raise UsageError("Say which column holds the indicator: --column value=NAME or NUMBER.")
        places["value"] = words.index(name)
    if words:
        kind = VALUES.get(words[places["value"]])
    for ours, names in OTHERS.items():
        found = next((words.index(name) for name in names if name in words), None)
        if found is not None and found != places["value"]:
            places.setdefault(ours, found)
    return Layout(delimiter=delimiter, header=header, places=places, kind=kind, width=width)


def _place(ours: str, theirs: str, words: list[str], width: int) -> int:
    known = ("value", *OTHERS)
    if ours not in known:
        raise UsageError(f"There is no column {ours!r} of ours; ours are {', '.join(known)}.")
    if theirs.isdecimal() and 1 <= int(theirs) <= width:
        return int(theirs) - 1
    if _word(theirs) in words:
        return words.index(_word(theirs))
    there = ", ".join(words) or f"numbered 1 to {width}"
    raise UsageError(f"The table has no column {theirs!r}; its columns are {there}.")
