"""Lines of one answer set are not taken apart."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import spans
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.spans import SPAN_LINES, settled

AT = b"Nov 24 08:00:00 dnsmasq[123]: "
QUERY = AT + b"query[A] a.example from 192.0.2.9\n"
REPLY = AT + b"reply a.example is 203.0.113.1\n"
EXTRA = AT + b"7 192.0.2.9/5353 cached a.example is 203.0.113.1\n"


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([], 0),
        ([QUERY], 0),
        ([REPLY], 1),
        ([QUERY, REPLY, REPLY], 2),
        ([QUERY, EXTRA, REPLY], 2),
        ([REPLY, REPLY, QUERY], 0),
        ([QUERY] + [REPLY] * SPAN_LINES, 0),
    ],
)
def test_dnsmasq(lines: list[bytes], left: int) -> None:
    whole = b"".join(lines)
    held = sum(map(len, lines[len(lines) - left :]))
    assert settled(whole, spans.dnsmasq_answer) == len(whole) - held


def event(flow: int, **dns: object) -> bytes:
    record = {"timestamp": "t", "event_type": "dns", "flow_id": flow, "dns": dns}
    return json.dumps(record).encode() + b"\n"


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([event(1, type="answer", id=1, ttl=5)] * 2, 2),
        ([event(1, type="answer", id=1, ttl=5), event(2, type="answer", id=1, ttl=5)], 1),
        ([event(1, type="answer", id=1, ttl=5), event(1, type="query", id=1)], 0),
        ([event(1, type="answer", id=1, ttl=5, answers=[])], 0),
        ([b'{"answer": "ttl"'], 0),
        ([b'["answer", "ttl"]\n'], 0),
        ([b'{"a": "answer", "ttl": 1, "dns": 5}\n'], 0),
    ],
)
def test_eve(lines: list[bytes], left: int) -> None:
    whole = b"".join(lines)
    held = sum(map(len, lines[len(lines) - left :]))
    assert settled(whole, spans.eve_answer) == len(whole) - held


TABLES = [
    (b"ts,query,ip\n", [b"1,a,192.0.2.1\n", b"1,b,192.0.2.1\n", b"1,b,192.0.2.2\n"], 2),
    (b"ts;query;ip;client\n", [b"1;a;192.0.2.1;x\n", b"1;a;192.0.2.2;y\n"], 1),
    (b"ts,query,ip\n", [b"1,a,192.0.2.1\n", b"1,a\n"], 0),
    (b"ts,query,ip,count\n", [b"1,a,192.0.2.1,9\n"], 0),
    (b"when,who,what\n", [b"1,a,192.0.2.1\n"], 0),
    (
        b'{"ts": null, "query": null, "ip": null}\n',
        [b'{"ts": 1, "query": "a", "ip": "192.0.2.1"}\n', b'{"ts": 2, "query": "a"}\n'],
        1,
    ),
    (b'{"ts": null, "query": null, "ip": null}\n', [b"{"], 0),
    (b"", [b"1,a,192.0.2.1\n"], 0),
]


@pytest.mark.parametrize(("header", "lines", "left"), TABLES)
def test_tables(header: bytes, lines: list[bytes], left: int) -> None:
    whole = b"".join(lines)
    held = sum(map(len, lines[len(lines) - left :]))
    assert settled(whole, spans.table_span(header, ReadOptions())) == len(whole) - held


@given(header=st.binary(max_size=80), lines=st.binary(max_size=300))
def test_any_lines_are_survived(header: bytes, lines: bytes) -> None:
    whole = lines + b"\n"
    for span in (
        spans.alone,
        spans.dnsmasq_answer,
        spans.eve_answer,
        spans.table_span(header, ReadOptions()),
        spans.table_span(b"ts,query,ip\n", ReadOptions()),
    ):
        cut = settled(whole, span)
        assert 0 <= cut <= len(whole)
        assert cut in (0, len(whole)) or whole[cut - 1] == ord("\n")
