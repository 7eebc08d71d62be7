from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.flows.flow import FLOW
from fluxhound.sources.flows.suricata import FORMAT
from tests.flowing import Row, read, survives

FLOW_PART = {
    "pkts_toserver": 5,
    "pkts_toclient": 4,
    "bytes_toserver": 400,
    "bytes_toclient": 900,
    "start": "2023-11-14T22:13:20.500000+0000",
    "end": "2023-11-14T22:13:23.000000+0000",
    "state": "closed",
}
EVENT: dict[str, Any] = {
    "timestamp": "2023-11-14T22:15:00.000000+0000",
    "event_type": "flow",
    "src_ip": "10.0.0.1",
    "src_port": 4000,
    "dest_ip": "192.0.2.7",
    "dest_port": 443,
    "proto": "TCP",
    "flow": FLOW_PART,
    "tcp": {"tcp_flags_tc": "1b"},
}
ROW = {
    "time": 1700000000.5,
    "time_last": 1700000003.0,
    "client": "10.0.0.1",
    "address": "192.0.2.7",
    "port": 443,
    "protocol": "tcp",
    "octets": 1300,
    "packets": 9,
    "state": "established",
}


def event(**change: Any) -> bytes:
    return json.dumps({**EVENT, **change}).encode() + b"\n"


def test_a_flow() -> None:
    assert FORMAT.matches(event())
    assert read(FORMAT, event(), FLOW)[0] == [ROW]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"proto": "UDP", "tcp": None}, {"protocol": "udp"}),
        ({"proto": "IPv6-ICMP", "dest_port": None}, {"protocol": "icmp6", "port": None}),
        ({"tcp": {"tcp_flags_tc": "14"}}, {"state": "refused"}),
        ({"tcp": {"tcp_flags_tc": "zz"}}, {"state": "established"}),
        ({"flow": {**FLOW_PART, "pkts_toclient": 0}}, {"state": "attempted", "packets": 5}),
        ({"flow": {**FLOW_PART, "bytes_toclient": None}}, {"octets": None}),
        ({"flow": {**FLOW_PART, "end": None}}, {"time_last": 1700000100.0}),
        ({"dest_ip": "2001:0db8:0000:0000:0000:0000:0000:0007"}, None),
    ],
)
def test_what_a_field_says(change: dict[str, Any], told: Row | None) -> None:
    expected = ROW | ({"address": change["dest_ip"]} if told is None else told)
    assert read(FORMAT, event(**change), FLOW)[0] == [expected]


def test_other_events_and_bad_ones() -> None:
    text = event(event_type="dns") + event(src_ip="x") + b"{\n" + event()
    rows, tally = read(FORMAT, text, FLOW)
    assert rows == [ROW]
    assert tally.passed_over == {"other event": 1}
    assert tally.bad == {"address not readable": 1, "not a JSON object": 1}


@settings(max_examples=40)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=8), st.lists))
def test_any_values(value: object) -> None:
    for key in EVENT:
        survives(FORMAT, event(**{key: value}), FLOW)


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    survives(FORMAT, b'{"event_type":"flow",' + content, FLOW)
