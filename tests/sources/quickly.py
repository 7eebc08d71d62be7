"""Lines of JSON read both ways: quickly, and by the engine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pyarrow as pa

from fluxhound.sources import passivedns, quick, suricata, zeekjson
from fluxhound.sources.cofquick import CofForm
from fluxhound.sources.evequick import EveForm
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeekquick import ZeekForm

Thorough = Callable[..., Iterator[pa.RecordBatch]]
Object = dict[str, Any]

WAYS: dict[str, tuple[quick.Form, Thorough]] = {
    "zeek-json": (ZeekForm(), zeekjson.thorough),
    "suricata": (EveForm(), suricata.thorough),
    "cof": (CofForm(), passivedns.thorough),
}


def told(batches: Iterator[pa.RecordBatch], tally: Tally) -> tuple[Any, ...]:
    rows: Counter[tuple[Any, ...]] = Counter()
    columns: set[tuple[str, ...]] = set()
    for batch in batches:
        batch.validate(full=True)
        columns.add(tuple(batch.schema.names))
        rows.update(tuple(row.values()) for row in batch.to_pylist())
    assert len(columns) <= 1
    assert tally.observations == rows.total()
    return rows, tally.records, +tally.passed_over, +tally.bad, tally.samples


def both(name: str, text: bytes, sensor: str | None = None) -> tuple[Any, Any, int]:
    """Return what the quick way says, what the thorough way says, and what was left to it."""
    form, thorough = WAYS[name]
    options = ReadOptions(sensor=sensor)
    left = 0

    def counted(rest: bytes) -> Iterator[pa.RecordBatch]:
        nonlocal left
        left += rest.count(b"\n")
        return thorough(rest, tally=tally, options=options)

    tally, other = Tally(), Tally()
    with patch.multiple(quick, LEAST_BYTES=0, FEW=0.0):  # every block is worth it
        quickly = told(quick.read([text], form, tally, options, counted), tally)
    return quickly, told(thorough(text, tally=other, options=options), other), left


def zeek(**changes: Any) -> Object:
    line = {
        "ts": 1795046400.056367,
        "uid": "CwBcanpz71z5IWFupy",
        "id.orig_h": "10.230.221.154",
        "id.orig_p": 54520,
        "id.resp_h": "10.64.0.53",
        "id.resp_p": 53,
        "proto": "udp",
        "query": "www.example.com",
        "qtype": 1,
        "qtype_name": "A",
        "rcode": 0,
        "rcode_name": "NOERROR",
        "AA": False,
        "RA": True,
        "answers": ["edge.example.net", "192.0.2.1", "192.0.2.2"],
        "TTLs": [300.0, 18.0, 18.0],
        "rejected": False,
    }
    return {key: value for key, value in {**line, **changes}.items() if value != "-"}


def record(value: str = "192.0.2.1", **changes: Any) -> Object:
    kind = "A" if value[-1:].isdigit() else "CNAME"
    return {"rrname": "www.example.com", "rrtype": kind, "ttl": 60, "rdata": value, **changes}


def eve(*answers: Object, dns: Object | None = None, **changes: Any) -> Object:
    inner: Object = {
        "version": 2,
        "type": "answer",
        "id": 55205,
        "flags": "8180",
        "qr": True,
        "ra": True,
        "rrname": "www.example.com",
        "rrtype": "A",
        "rcode": "NOERROR",
    }
    if answers:
        inner["answers"] = list(answers)
    line = {
        "timestamp": "2026-11-19T00:00:00.056367+0000",
        "flow_id": 354420011953082,
        "event_type": "dns",
        "src_ip": "10.230.221.154",
        "src_port": 10839,
        "dest_ip": "10.64.0.53",
        "dest_port": 53,
        "dns": {**inner, **(dns or {})},
    }
    return {**line, **changes}


def cof(**changes: Any) -> Object:
    line = {
        "rrname": "www.example.com",
        "rrtype": "A",
        "rdata": ["192.0.2.1", "192.0.2.2"],
        "time_first": 1795046400,
        "time_last": 1795046500,
        "count": 3,
        "sensor_id": "s1",
    }
    return {key: value for key, value in {**line, **changes}.items() if value != "-"}


def needs_no_engine(name: str, objects: list[Object]) -> None:
    """Assert that all *objects* are read quickly, and give the same as otherwise."""
    padding = {"more": "x" * 600}  # the last line of a block is always left
    lines = [json.dumps(each, separators=(",", ":")) for each in [*objects, padding]]
    quickly, thoroughly, left = both(name, ("\n".join(lines) + "\n").encode(), "s")
    assert quickly == thoroughly
    assert left == 1
