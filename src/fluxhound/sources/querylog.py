"""Logs that hold queries but no answers: recognised, and refused with what to turn on instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from fluxhound.errors import NoAnswersError
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

#: Lines at the head that are looked at; other messages of the server may stand among them.
HEAD_LINES = 200
LINE_LENGTH = 2000  # no query is logged longer; keeps the patterns' time bounded

_NAME = rb"[^\s']{1,1024}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLog:
    """One kind of log without answers: its look, and what gives the answers."""

    title: str
    line: re.Pattern[bytes]
    instead: str


_SENSOR = "or capture with a Zeek or Suricata sensor or tcpdump"
KINDS = (
    QueryLog(
        title="BIND query log",
        line=re.compile(
            rb"client (?:@0x[0-9a-f]{1,16} )?[0-9A-Fa-f.:%]{2,60}#\d{1,5}"
            rb"(?: \(" + _NAME + rb"\))?: (?:view \S{1,100}: )?query: " + _NAME + rb" \S{1,20} "
        ),
        instead="turn on dnstap in named.conf (dnstap { client response; resolver response; }; "
        f'dnstap-output file "dns.tap";) {_SENSOR}',
    ),
    QueryLog(
        title="Unbound query log",
        line=re.compile(
            rb"unbound\[\d{1,10}:\w{1,8}\] (?:info|query|reply): "
            rb"[0-9A-Fa-f.:]{2,60}(?:@\d{1,5})? " + _NAME + rb" \S{1,20} (?:IN|CH|HS)\b"
        ),
        instead="turn on dnstap in unbound.conf (dnstap-log-client-response-messages: yes and "
        f"dnstap-log-resolver-response-messages: yes) {_SENSOR}",
    ),
    QueryLog(
        title="Windows DNS debug log",
        line=re.compile(rb"PACKET +[0-9A-Fa-f]{8,16} (?:UDP|TCP) (?:Rcv|Snd) [0-9A-Fa-f.:]{2,60} "),
        instead="capture the server's port 53 (pktmon or dumpcap, as pcap) "
        "or with a Zeek or Suricata sensor",
    ),
    QueryLog(
        title="PowerDNS query log",
        line=re.compile(
            rb"(?:question for '"
            + _NAME
            + rb"' from |Remote [0-9A-Fa-f.:]{2,60} wants '"
            + _NAME
            + rb"')"
        ),
        instead="turn on dnstap (dnstapFrameStreamServer in the Recursor's Lua configuration) "
        f"{_SENSOR}",
    ),
    QueryLog(
        title="CoreDNS query log",
        line=re.compile(
            rb'[0-9A-Fa-f.:\[\]]{2,60} - \d{1,5} "\S{1,20} (?:IN|CH|HS) '
            + _NAME
            + rb" (?:udp|tcp|tls|https|grpc) \d"
        ),
        instead=f"turn on its dnstap plugin (dnstap /run/dns.sock full) {_SENSOR}",
    ),
    QueryLog(
        title="Route 53 public query log",
        line=re.compile(
            rb"\b1\.0 \d{4}-\d\d-\d\dT\S{8,20}Z Z[A-Z0-9]{1,40} " + _NAME + rb" [A-Z0-9]{1,10} "
            rb"[A-Z]{1,20} (?:UDP|TCP) "
        ),
        instead="turn on Resolver query logging for the VPC, whose records hold the answers",
    ),
)


def kind_of(head: bytes) -> QueryLog | None:
    """Return which query log *head* begins, if it does."""
    if head.lstrip().startswith((b"{", b"[{")):
        return None
    for line in head.split(b"\n", HEAD_LINES)[:HEAD_LINES]:
        for kind in KINDS:
            if kind.line.search(line[:LINE_LENGTH]):
                return kind
    return None


def matches(head: bytes) -> bool:
    """Tell a log of queries without answers."""
    return kind_of(head) is not None


def read(
    stream: Stream,
    tally: Tally,  # noqa: ARG001 - the signature of every reader
    options: ReadOptions,  # noqa: ARG001 - the signature of every reader
) -> Iterator[pa.RecordBatch]:
    """Raise ``NoAnswersError``: nothing can be seen of fast flux without answers."""
    kind = kind_of(stream.head)
    title, instead = (
        (kind.title, kind.instead) if kind else ("query log", f"turn on dnstap {_SENSOR}")
    )
    raise NoAnswersError(
        f"{stream.name}: a {title} holds queries but no answers, and flux shows only in answers; "
        f"{instead}."
    )
    yield  # a generator, as every reader is


FORMAT = Format(
    name="querylog",
    title="query log without answers",
    matches=matches,
    read=read,
)
