from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.flows.flow import FLOW
from fluxhound.sources.flows.nfdump import FORMAT
from tests.flowing import Row, read, survives

HEADER = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n"
LINE = (
    "2023-11-14 22:13:20,2023-11-14 22:13:23,3.000,10.0.0.1,192.0.2.7,4000,443,TCP,"
    "...AP.SF,0,0,7,650,0,0\n"
)
SUMMARY = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,650,7,10,0,93\n"
ROW = {
    "time": 1700000000.0,
    "time_last": 1700000003.0,
    "client": "10.0.0.1",
    "address": "192.0.2.7",
    "port": 443,
    "protocol": "tcp",
    "octets": 650,
    "packets": 7,
    "state": "established",
}


def test_a_flow_and_the_summary() -> None:
    text = (HEADER + LINE + SUMMARY).encode()
    assert FORMAT.matches(text)
    rows, tally = read(FORMAT, text, FLOW)
    assert rows == [ROW]
    assert tally.passed_over == {"summary": 3}
    assert not tally.bad


def test_the_columns_of_later_versions() -> None:
    text = (
        b"firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,bps,bpp,flows\n"
        b"2023-11-14 22:13:20.500,2.5,TCP,10.0.0.1,4000,192.0.2.7,443,7,650,1,1,1\n"
    )
    assert FORMAT.matches(text)
    assert read(FORMAT, text, FLOW)[0] == [ROW | {"time": 1700000000.5, "state": None}]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("...AP.SF", "......S.", {"state": "attempted"}),
        ("TCP", "UDP", {"protocol": "udp", "state": None}),
        (",443,", ",0.0,", {"port": 0}),
        ("192.0.2.7", "2001:db8::7", {"address": "2001:db8::7"}),
        (",650,0,0", ",650,1,50", {"octets": 700, "packets": 8}),
    ],
)
def test_what_a_cell_says(old: str, new: str, told: Row) -> None:
    assert read(FORMAT, (HEADER + LINE.replace(old, new)).encode(), FLOW)[0] == [ROW | told]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE.replace("10.0.0.1", "10.0.0"), "address not readable"),
        (LINE.replace("2023-11-14 22:13:20", "yesterday"), "time out of range"),
        (LINE.replace("22:13:23", "21:13:23"), "ends before it begins"),
        ("No matched flows\n", "wrong number of columns"),
    ],
)
def test_a_bad_line_costs_no_other(line: str, reason: str) -> None:
    rows, tally = read(FORMAT, (HEADER + line + LINE).encode(), FLOW)
    assert rows == [ROW]
    assert tally.bad == {reason: 1}


@pytest.mark.parametrize("text", [b"a,b\n1,2\n", b"", b"ts,te,sa\n", b"time,name,answers\n"])
def test_other_tables_are_not_taken_for_it(text: bytes) -> None:
    assert not FORMAT.matches(text)
    assert read(FORMAT, text, FLOW)[0] == []


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    survives(FORMAT, HEADER.encode() + content, FLOW)
    survives(FORMAT, content, FLOW)
