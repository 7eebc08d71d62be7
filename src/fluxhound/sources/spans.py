"""Where several lines make one answer set: which lines at the end may still be going on.

A growing log is read while it is written. dnsmasq writes an answer record by record, Suricata's
oldest events do so too, and tables may hold one address in each row: what was cut in two there
would look like two answer sets, that is, like a change.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Hashable, Mapping

import orjson

from fluxhound.errors import ConfigurationError
from fluxhound.sources import delimited, table
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.mapping import mapped

#: Lines of one answer set; a response of 64 KiB holds at most 4,096 addresses.
SPAN_LINES = 4096
_KEY = ("time", "name", "client", "sensor", "type")

#: What lines of one answer set have in common; ``None`` for a line that stands alone.
Span = Callable[[bytes], Hashable | None]

_ANSWER = re.compile(rb"dnsmasq(?:-\w+)?(?:\[\d+\])?: .*?\b(?:reply|cached|cached-stale) \S+ is ")
#: Cells between the delimiters are looked at only in lines of this length; chosen as a bound.
_CELLS_LIMIT = 16 << 10


def alone(line: bytes) -> Hashable | None:  # noqa: ARG001 - the signature of every span
    """Return ``None``: each line is a record of its own."""
    return None


def dnsmasq_answer(line: bytes) -> Hashable | None:
    """Tell dnsmasq's answer lines; any other line ends the answer set."""
    return True if _ANSWER.search(line) else None


def eve_answer(line: bytes) -> Hashable | None:
    """Return the response that an event of EVE's dns version 1 is a record of."""
    if b'"answer"' not in line or b'"ttl"' not in line:
        return None
    event = _object(line)
    dns = event.get("dns")
    if not isinstance(dns, dict) or "answers" in dns or "grouped" in dns:
        return None
    return str(event.get("timestamp")), str(event.get("flow_id")), str(dns.get("id"))


def table_span(header: bytes, options: ReadOptions) -> Span:
    """Return the span of a table's rows; *header* is its header line, or an object of its keys."""
    objects = header.lstrip().startswith(b"{")
    delimiter, names = (",", table.keys(header)) if objects else delimited.header(header)
    try:
        columns = mapped(names, options.columns)
    except ConfigurationError:
        return alone
    if {"time_last", "count"} & columns.keys():  # aggregates stand for themselves
        return alone
    return _object_span(columns) if objects else _row_span(columns, delimiter, names)


def _object_span(columns: Mapping[str, str]) -> Span:
    wanted = [columns[ours] for ours in _KEY if ours in columns]

    def span(line: bytes) -> Hashable | None:
        found = _object(line)
        return tuple(str(found.get(key)) for key in wanted) if found else None

    return span


def _row_span(columns: Mapping[str, str], delimiter: str, names: list[str]) -> Span:
    places = [names.index(columns[ours]) for ours in _KEY if ours in columns]

    def span(line: bytes) -> Hashable | None:
        text = line[:_CELLS_LIMIT].decode("utf-8", "replace").rstrip("\r\n")
        try:
            cells = next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error:
            return None
        return tuple(cells[at] for at in places) if len(cells) == len(names) else None

    return span


def _object(line: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def settled(lines: bytes, span: Span) -> int:
    """Return the length of *lines* without the answer set at their end, which may go on."""
    end = len(lines)
    first: Hashable | None = None
    for number in range(SPAN_LINES):
        start = lines.rfind(b"\n", 0, max(end - 1, 0)) + 1
        key = span(lines[start:end]) if end else None
        if number == 0:
            first = key
        if key is None or key != first:
            return end
        end = start
    return len(lines)  # longer than any answer set: it is none
