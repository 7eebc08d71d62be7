from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import MissingExtraError
from fluxhound.sources.flows.flow import FLOW
from fluxhound.sources.flows.netflow import FORMAT
from tests.flowing import (
    EXPORTED,
    FIELDS_9,
    FIELDS_10,
    flow_set,
    ipfix,
    read,
    record_9,
    record_10,
    survives,
    template,
    version_5,
    version_9,
)

FIFTH = version_5(("10.0.0.1", "192.0.2.7", 443, 650, 0x1B))
NINTH = version_9(
    template(256, FIELDS_9, kind=0), flow_set(256, record_9("10.0.0.1", "192.0.2.8", 53, 90))
)
TENTH = ipfix(
    template(300, FIELDS_10, kind=2),
    flow_set(300, record_10("2001:db8::1", "2001:db8::7", 443, 70)),
)
ROW = {
    "time": EXPORTED - 60.0,
    "time_last": EXPORTED - 50.0,
    "client": "10.0.0.1",
    "address": "192.0.2.7",
    "port": 443,
    "protocol": "tcp",
    "octets": 650,
    "packets": 3,
    "state": "established",
}
ROW_9 = ROW | {
    "address": "192.0.2.8", "port": 53, "protocol": "udp", "octets": 90, "packets": 2,
    "state": None,
}  # fmt: skip
ROW_10 = ROW | {
    "client": "2001:db8::1", "address": "2001:db8::7", "octets": 70, "packets": 2, "state": None,
}  # fmt: skip


@pytest.mark.parametrize(("message", "row"), [(FIFTH, ROW), (NINTH, ROW_9), (TENTH, ROW_10)])
def test_one_message(message: bytes, row: dict[str, object]) -> None:
    assert FORMAT.matches(message)
    rows, tally = read(FORMAT, message, FLOW)
    assert rows == [row]
    assert tally.records == 1


def test_messages_of_all_versions_follow_one_another() -> None:
    rows, tally = read(FORMAT, NINTH + FIFTH + TENTH + NINTH + NINTH + TENTH, FLOW)
    assert rows == [ROW_9, ROW, ROW_10, ROW_9, ROW_9, ROW_10]
    assert not tally.bad


def test_a_syn_alone_is_an_attempt() -> None:
    message = version_5(("10.0.0.1", "192.0.2.7", 443, 60, 2))
    assert read(FORMAT, message, FLOW)[0][0]["state"] == "attempted"


def test_the_uptime_begins_anew() -> None:
    message = version_5(("10.0.0.1", "192.0.2.7", 443, 650, 0x1B), uptime=5_000)
    assert read(FORMAT, message, FLOW)[0] == [ROW]


def test_flows_before_their_template_are_passed_over() -> None:
    early = version_9(flow_set(256, record_9("10.0.0.1", "192.0.2.8", 53, 90)))
    rows, tally = read(FORMAT, early + NINTH, FLOW)
    assert rows == [ROW_9]
    assert tally.passed_over == {"flows before their template": 1}


def test_uptime_in_ipfix_counts_from_what_the_options_tell() -> None:
    fields = ((8, 4), (12, 4), (11, 2), (4, 1), (1, 4), (2, 4), (22, 4), (21, 4))
    options = struct.pack("!HHHHHHHHH", 3, 18, 400, 2, 1, 143, 4, 160, 8)
    told = flow_set(400, struct.pack("!IQ", 1, (EXPORTED - 60) * 1000))
    flows = template(256, fields, kind=2) + flow_set(256, record_9("10.0.0.1", "192.0.2.8", 53, 90))
    assert read(FORMAT, ipfix(options, told, flows), FLOW)[0] == [ROW_9]


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (FIFTH[:-1], "message cut short"),
        (NINTH[:-1], "message cut short"),
        (NINTH[:19], "message cut short"),
        (TENTH[:-1], "message cut short"),
        (b"\0\5", "message cut short"),
        (b"nonsense", "no flow message"),
    ],
)
def test_what_stands_before_the_damage_is_read(tail: bytes, reason: str) -> None:
    rows, tally = read(FORMAT, FIFTH + tail, FLOW)
    assert rows == [ROW]
    assert tally.bad == {reason: 1}


def captured(*payloads: bytes) -> bytes:
    """Return a capture file with UDP packets from 192.0.2.1."""
    whole = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)
    for payload in payloads:
        udp = struct.pack("!HHHH", 5000, 2055, 8 + len(payload), 0) + payload
        ends = bytes([192, 0, 2, 1]) + bytes([192, 0, 2, 2])
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ends + udp
        whole += struct.pack("<IIII", EXPORTED, 0, len(ip), len(ip)) + ip
    return whole


def test_captured_messages() -> None:
    rows, tally = read(FORMAT, captured(NINTH, b"\0" * 40, FIFTH), FLOW)
    assert rows == [ROW_9, ROW]
    assert tally.records == 2


@pytest.mark.parametrize(
    "head", [b"", b"\0\5", b"\0\5" + b"\0" * 30, b'{"a":1}' * 9, b"#path\tconn"]
)
def test_other_things_are_not_taken_for_it(head: bytes) -> None:
    assert not FORMAT.matches(head)


def test_a_template_of_tiny_records_is_bounded() -> None:
    tiny = version_9(template(256, ((4, 1),), kind=0), flow_set(256, b"\6" * 60_000))
    rows, tally = read(FORMAT, tiny, FLOW)
    assert rows == []
    assert tally.bad == {"address not readable": 60_000}


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "netflume", None)
    with pytest.raises(MissingExtraError, match=r"fluxhound\[netflow\]"):
        read(FORMAT, FIFTH, FLOW)


@settings(max_examples=40)
@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    for head in (b"", FIFTH, NINTH, TENTH, b"\0\x09", b"\0\x0a\1\0"):
        survives(FORMAT, head + content, FLOW)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20)), max_size=6), st.binary(max_size=80)
)
def test_any_template(fields: list[tuple[int, int]], body: bytes) -> None:
    for kind, whole in ((0, version_9), (2, ipfix)):
        sets = template(256, fields, kind=kind), flow_set(256, body)
        survives(FORMAT, whole(*sets) + FIFTH, FLOW)
