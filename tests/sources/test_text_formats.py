"""What holds for all readers of text: they keep apart, agree, and survive anything."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from fluxhound.sources import passivedns, route53, suricata, table, zeekjson
from fluxhound.sources.format import Format
from tests.reading import FORMATS, LOGS, TESTS, brief, files_below, read, survives

OWN = {
    "zeek-json": "zeek-json zat/dns.json",
    "suricata": "suricata",
    "cof": "cof",
    "route53": "route53",
    "table": "table",
    "dnsmasq": "dnsmasq",
    "querylog": "querylog",
}
ALL_LOGS = [p for p in files_below(LOGS) if not p.name.startswith(("LICENSE", "README"))]
BY_NAME = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@pytest.mark.parametrize("path", ALL_LOGS, ids=lambda path: path.name)
def test_each_log_is_claimed_by_its_own_reader_only(path: Path) -> None:
    head = path.read_bytes()[: 64 << 10]
    place = path.relative_to(LOGS).as_posix()
    owners = [
        name for name, places in OWN.items() if any(place.startswith(p) for p in places.split())
    ]
    assert [form.name for form in FORMATS if form.matches(head)] == owners


#: Responses with everything that all of the formats can show.
TRAFFIC = [
    (1795507200.0 + i, f"host{i % 7}.example.com", kind, [*chain, *addresses], 60 + i, "10.0.0.5")
    for i, (kind, chain, addresses) in enumerate(
        [
            ("A", [], ["192.0.2.1", "192.0.2.2"]),
            ("A", ["edge.example.net"], ["192.0.2.3"]),
            ("AAAA", ["edge.example.net", "x.example.org"], ["2001:db8::1", "2001:db8::2"]),
            ("NS", [], ["ns1.example.com", "ns2.example.com"]),
        ]
        * 3
    )
]


NAMES = ["ts", "query", "qtype", "answers", "ttl", "client", "sensor"]


def zeek_line(response: tuple[Any, ...]) -> dict[str, Any]:
    time, name, kind, answers, ttl, client = response
    return {
        "ts": time,
        "query": name,
        "qtype_name": kind,
        "rcode_name": "NOERROR",
        "answers": answers,
        "TTLs": [float(ttl)] * len(answers),
        "RA": True,
        "id.orig_h": client,
        "id.resp_h": "192.0.2.53",
    }


def eve_records(response: tuple[Any, ...]) -> list[dict[str, Any]]:
    _, name, kind, answers, ttl, _ = response
    names = [a for a in answers if kind != "NS" and a[0].isalpha()]
    owners = [name, *names]
    chain = [
        {"rrname": owner, "rrtype": "CNAME", "ttl": ttl, "rdata": target}
        for owner, target in zip(owners, names, strict=False)
    ]
    last = [
        {"rrname": owners[-1], "rrtype": kind, "ttl": ttl, "rdata": rdata}
        for rdata in answers[len(names) :]
    ]
    return chain + last


def eve_line(response: tuple[Any, ...], version: int) -> list[dict[str, Any]]:
    time, name, kind, _, _, client = response
    second = int(time - 1795507200)
    event: dict[str, Any] = {
        "timestamp": f"2026-11-24T08:00:{second:02d}.000000+0000",
        "event_type": "dns",
        "flow_id": second,
        "src_ip": client,
        "src_port": 4001,
        "dest_ip": "192.0.2.53",
        "dest_port": 53,
    }
    records = eve_records(response)
    if version == 1:
        base = {"type": "answer", "id": 1, "rcode": "NOERROR"}
        return [event | {"dns": base | record} for record in records]
    if version == 2:
        dns: dict[str, Any] = {"version": 2, "type": "answer", "rrname": name, "rrtype": kind}
    else:
        dns = {"version": 3, "type": "response", "queries": [{"rrname": name, "rrtype": kind}]}
        event |= {"src_ip": "192.0.2.53", "src_port": 53, "dest_ip": client, "dest_port": 4001}
    return [event | {"dns": {**dns, "rcode": "NOERROR", "answers": records}}]


def lines(records: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def as_csv() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    for time, name, kind, answers, ttl, client in TRAFFIC:
        writer.writerow([time, name, kind, ",".join(answers), ttl, client, "192.0.2.53"])
    return out.getvalue().encode()


def as_parquet() -> bytes:
    columns = list(zip(*TRAFFIC, strict=True))
    columns_of = {name: pa.array(column) for name, column in zip(NAMES, columns, strict=False)}
    out = io.BytesIO()
    parquet.write_table(pa.table(columns_of | {"sensor": ["192.0.2.53"] * len(TRAFFIC)}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (suricata.FORMAT, lines([e for r in TRAFFIC for e in eve_line(r, 1)])),
        (suricata.FORMAT, lines([e for r in TRAFFIC for e in eve_line(r, 2)])),
        (suricata.FORMAT, lines([e for r in TRAFFIC for e in eve_line(r, 3)])),
        (table.FORMAT, as_csv()),
        (table.FORMAT, as_parquet()),
        (table.FORMAT, lines([dict(zip(NAMES, (*r, "192.0.2.53"), strict=True)) for r in TRAFFIC])),
    ],
    ids=["eve-1", "eve-2", "eve-3", "csv", "parquet", "jsonl"],
)  # fmt: skip
def test_the_same_traffic_gives_the_same_rows(form: Format, content: bytes) -> None:
    expected, _ = read(zeekjson.FORMAT, lines([zeek_line(r) for r in TRAFFIC]))
    rows, _ = read(form, content)
    assert len(expected) == len(TRAFFIC)
    keys = ("time", "name", "type", "answers", "ttl", "client", "sensor")
    assert [[row[k] for k in keys] for row in rows] == [[row[k] for k in keys] for row in expected]


@pytest.mark.parametrize("form", [passivedns.FORMAT, route53.FORMAT], ids=["cof", "route53"])
def test_formats_without_ttl_agree_on_the_rest(form: Format) -> None:
    expected, _ = read(zeekjson.FORMAT, lines([zeek_line(r) for r in TRAFFIC]))
    chains = form is route53.FORMAT
    records: list[dict[str, Any]] = []
    for response in TRAFFIC:
        time, name, kind, answers, _, client = response
        if chains:
            parts = [{"Rdata": r["rdata"], "Type": r["rrtype"]} for r in eve_records(response)]
            records.append(
                {
                    "query_timestamp": f"2026-11-24T08:00:{int(time - 1795507200):02d}Z",
                    "query_name": name,
                    "rcode": "NOERROR",
                    "answers": parts,
                    "srcaddr": client,
                }
            )
        else:
            rdata = [a for a in answers if kind == "NS" or not a[0].isalpha()]
            records.append(
                {
                    "rrname": name,
                    "rrtype": kind,
                    "rdata": rdata,
                    "time_first": time,
                    "time_last": time,
                }
            )
    rows, _ = read(form, lines(records))
    wanted = [brief(row)[:3] for row in expected]
    if not chains:
        wanted = [
            (n, k, ",".join(a for a in text.split(",") if k == "NS" or not a[0].isalpha()))
            for n, k, text in wanted
        ]
    assert [brief(row)[:3] for row in rows] == wanted


@BY_NAME
def test_every_file_of_the_tests_is_survived(form: Format) -> None:
    for path in files_below(TESTS, 200_000):
        if path.suffix != ".py":  # eight hundred of them are all the same to a reader
            survives(form, path.read_bytes())


SAMPLES = [path.read_bytes()[:4000] for path in ALL_LOGS]


@BY_NAME
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(octets=st.binary(max_size=300))
def test_any_bytes_are_survived(form: Format, octets: bytes) -> None:
    survives(form, octets)


@BY_NAME
def test_damaged_logs_are_survived(form: Format) -> None:
    rng = random.Random(form.name)  # noqa: S311 - a fixed choice of damage
    for _ in range(20):
        content = bytearray(rng.choice(SAMPLES))
        for _ in range(rng.randint(1, 20)):
            at = rng.randrange(len(content))
            match rng.randrange(3):
                case 0:
                    content[at] = rng.randrange(256)
                case 1:
                    del content[at : at + rng.randrange(1, 30)]
                case _:
                    content[at:at] = content[: rng.randrange(1, 30)]
            content = content or bytearray(b"x")
        survives(form, bytes(content))
