from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.flows.flow import FLOW
from fluxhound.sources.flows.zeek import FORMAT, FORMAT_JSON
from tests.flowing import Row, read, survives

FIELDS = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service",
    "duration", "orig_bytes", "resp_bytes", "conn_state", "orig_pkts", "orig_ip_bytes",
    "resp_pkts", "resp_ip_bytes",
)  # fmt: skip
HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
)
HEADER += "#fields\t" + "\t".join(FIELDS) + "\n"
LINE = (
    "1700000000.5\tC1\t10.0.0.1\t4000\t192.0.2.7\t443\ttcp\tssl\t2.5\t100\t200\tSF\t3\t250\t4\t400"
)
ROW = {
    "time": 1700000000.5,
    "time_last": 1700000003.0,
    "client": "10.0.0.1",
    "address": "192.0.2.7",
    "port": 443,
    "protocol": "tcp",
    "octets": 650,
    "packets": 7,
    "state": "established",
}


def lines(*changed: dict[str, str]) -> bytes:
    """Return a log of LINE, changed."""
    rows = []
    for change in changed:
        cells = dict(zip(FIELDS, LINE.split("\t"), strict=True)) | change
        rows.append("\t".join(cells.values()))
    return (HEADER + "\n".join(rows) + "\n").encode()


def as_json(change: dict[str, object]) -> bytes:
    whole = {**dict(zip(FIELDS, LINE.split("\t"), strict=True)), **change}
    numbers = {
        k: json.loads(str(v)) for k, v in whole.items() if k in ("ts", "duration", "id.resp_p")
    }
    return json.dumps(whole | numbers).encode() + b"\n"


def test_a_connection() -> None:
    assert FORMAT.matches(lines({}))
    rows, tally = read(FORMAT, lines({}), FLOW)
    assert rows == [ROW]
    assert tally.records == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"duration": "-"}, {"time_last": 1700000000.5}),
        ({"orig_ip_bytes": "-"}, {"octets": 300}),
        ({"orig_bytes": "-", "orig_ip_bytes": "-"}, {"octets": None}),
        ({"orig_pkts": "-"}, {"packets": None}),
        ({"conn_state": "S0"}, {"state": "attempted"}),
        ({"conn_state": "REJ"}, {"state": "refused"}),
        ({"conn_state": "OTH"}, {"state": None}),
        ({"conn_state": "RSTR"}, {"state": "established"}),
        ({"id.resp_p": "70000"}, {"port": None}),
        ({"id.resp_h": "2001:db8::7"}, {"address": "2001:db8::7"}),
        ({"orig_ip_bytes": "-5", "resp_ip_bytes": "1"}, {"octets": None}),
    ],
)
def test_what_a_column_says(change: dict[str, str], told: Row) -> None:
    assert read(FORMAT, lines(change), FLOW)[0] == [ROW | told]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ts": "0"}, "time out of range"),
        ({"ts": "x"}, "time out of range"),
        ({"id.resp_h": "-"}, "address not readable"),
        ({"id.orig_h": "host"}, "address not readable"),
        ({"duration": "-9"}, "ends before it begins"),
        ({"duration": "1e12"}, "ends before it begins"),
        ({"uid": "a\tb"}, "wrong number of columns"),
    ],
)
def test_a_bad_record_costs_no_other(change: dict[str, str], reason: str) -> None:
    rows, tally = read(FORMAT, lines({}, change, {}), FLOW)
    assert rows == [ROW, ROW]
    assert tally.bad == {reason: 1}
    assert tally.samples[reason]


def test_logs_follow_one_another_with_other_columns() -> None:
    fewer = b"#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\n1700000000.5\t10.0.0.1\t192.0.2.7\n"
    other = b"#path\thttp\n#fields\tts\thost\n1\texample.net\n"
    rows, tally = read(FORMAT, lines({}) + fewer + other, FLOW)
    assert rows[0] == ROW
    assert rows[1]["port"] is None
    assert tally.passed_over == {"other log": 1}


def test_records_without_a_header_are_bad() -> None:
    assert read(FORMAT, LINE.encode(), FLOW)[1].bad == {"record before #fields": 1}


@pytest.mark.parametrize(
    "line",
    [
        as_json({"_path": "conn"}),
        as_json({}).replace(b"id.orig_h", b"id_orig_h").replace(b"id.resp", b"id_resp"),
    ],
)
def test_json_says_the_same(line: bytes) -> None:
    assert FORMAT_JSON.matches(line)
    assert read(FORMAT_JSON, line, FLOW)[0] == [ROW]


def test_json_of_other_logs_and_of_no_kind() -> None:
    text = as_json({"_path": "dns"}) + b"\n\nno\n" + as_json({"ts": "null"}) + as_json({})
    rows, tally = read(FORMAT_JSON, text, FLOW)
    assert rows == [ROW]
    assert tally.passed_over == {"other log": 1}
    assert tally.bad == {"not a JSON object": 1, "time out of range": 1}


def test_nested_ends() -> None:
    cells = json.loads(as_json({}))
    ends = {key[3:]: cells.pop(key) for key in list(cells) if key.startswith("id.")}
    assert read(FORMAT_JSON, json.dumps(cells | {"id": ends}).encode(), FLOW)[0] == [ROW]


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    survives(FORMAT, HEADER.encode() + content, FLOW)
    survives(FORMAT_JSON, b'{"conn_state":' + content, FLOW)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=12)))
def test_any_cells(change: dict[str, str]) -> None:
    survives(FORMAT, lines(change), FLOW)
    survives(FORMAT_JSON, json.dumps(change).encode(), FLOW)
