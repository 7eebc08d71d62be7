from __future__ import annotations

import csv
import io

import orjson
import pyarrow as pa
import pytest

from fluxhound.records import OBSERVATION
from tests.scenarios import BENIGN, FLUX
from tests.writers import WRITERS, cof, csv_table, eve_v2, records, responses, zeek_json, zeek_tsv

TABLE = pa.Table.from_pylist(
    [
        {"time": 1_000.5, "name": "www.a.example", "type": "A", "ttl": 20}
        | {"answers": "e.cdn.example,f.cdn.example,198.51.100.1,198.51.100.2"}
        | {"client": "10.0.0.1", "sensor": "10.0.0.53"},
        {"time": 1_000.5, "name": "a.example", "type": "NS", "ttl": 900}
        | {"answers": "ns1.a.example,ns2.a.example", "client": "10.0.0.1", "sensor": "10.0.0.53"},
        {"time": 1_000.5, "name": "ns1.a.example", "type": "A", "ttl": 600}
        | {"answers": "203.0.113.9", "client": "10.0.0.1", "sensor": "10.0.0.53"},
        {"time": 1_002.25, "name": "six.example", "type": "AAAA", "ttl": 300}
        | {"answers": "2001:db8::1", "client": "10.0.0.2", "sensor": "10.0.0.53"},
    ],
    schema=OBSERVATION,
)


def test_rows_are_grouped_into_responses() -> None:
    first, second = responses(TABLE)
    assert [row["name"] for row in first.authority] == ["a.example"]
    assert [row["name"] for row in first.additional] == ["ns1.a.example"]
    assert (second.answer["name"], second.authority, second.additional) == ("six.example", [], [])


def test_a_chain_becomes_records_with_their_owners() -> None:
    rows = [(r["rrname"], r["rrtype"], r["rdata"]) for r in records(TABLE.to_pylist()[0])]
    assert rows == [
        ("www.a.example", "CNAME", "e.cdn.example"),
        ("e.cdn.example", "CNAME", "f.cdn.example"),
        ("f.cdn.example", "A", "198.51.100.1"),
        ("f.cdn.example", "A", "198.51.100.2"),
    ]


def test_zeek() -> None:
    lines = zeek_tsv(TABLE).decode().splitlines()
    fields = lines[6].split("\t")[1:]
    rows = [dict(zip(fields, line.split("\t"), strict=True)) for line in lines if line[0] != "#"]
    assert rows[0]["ts"] == "1000.500000"
    assert rows[0]["answers"] == "e.cdn.example,f.cdn.example,198.51.100.1,198.51.100.2"
    assert rows[0]["TTLs"] == "3600.000000,3600.000000,20.000000,20.000000"
    assert (rows[1]["qtype_name"], rows[1]["RD"], rows[1]["AA"]) == ("AAAA", "T", "F")
    assert len(rows) == 2
    loaded = [orjson.loads(line) for line in zeek_json(TABLE).splitlines()]
    assert loaded[1]["answers"] == ["2001:db8::1"]
    assert loaded[1]["id.resp_h"] == "10.0.0.53"


def test_eve() -> None:
    events = [orjson.loads(line) for line in eve_v2(TABLE).splitlines()]
    assert [event["dns"]["type"] for event in events] == ["query", "answer"] * 2
    answer = events[1]
    assert answer["timestamp"] == "1970-01-01T00:16:40.500000+0000"
    assert (answer["src_ip"], answer["dest_port"]) == ("10.0.0.1", 53)
    assert len(answer["dns"]["answers"]) == 4
    assert [r["rdata"] for r in answer["dns"]["authorities"]] == ["ns1.a.example", "ns2.a.example"]
    assert "authorities" not in events[3]["dns"]


def test_cof_sums_equal_rrsets() -> None:
    twice = pa.concat_tables([TABLE, TABLE.slice(3)])
    rows = {(r["rrname"], r["rrtype"]): r for r in map(orjson.loads, cof(twice).splitlines())}
    assert rows["f.cdn.example", "A"]["rdata"] == ["198.51.100.1", "198.51.100.2"]
    assert rows["e.cdn.example", "CNAME"]["rdata"] == "f.cdn.example"
    assert rows["six.example", "AAAA"]["count"] == 2
    assert rows["a.example", "NS"]["time_first"] == 1_000


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table(TABLE).decode())))
    assert len(rows) == 4
    assert rows[0]["answers"].count(",") == 3
    assert rows[3] == {
        "time": "1002.250000",
        "name": "six.example",
        "type": "AAAA",
        "answers": "2001:db8::1",
        "ttl": "300",
        "client": "10.0.0.2",
        "sensor": "10.0.0.53",
    }


@pytest.mark.parametrize("kind", WRITERS)
def test_scenarios_can_be_written(kind: str) -> None:
    for scenario in (FLUX["double"], BENIGN["cdn-in-networks"]):
        assert WRITERS[kind](scenario.table(duration_s=7_200)).count(b"\n") > 20
