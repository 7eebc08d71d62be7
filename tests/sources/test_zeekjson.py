from __future__ import annotations

import json

import pytest

from fluxhound.sources import zeek
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.zeekjson import FORMAT
from tests.reading import LOGS, brief, read, read_log


def test_all_variants_of_the_fields() -> None:
    rows, tally = read_log(FORMAT, "zeek-json/variants.json")
    assert [brief(row) for row in rows] == [
        ("www.example.com", "A", "edge.example.net,203.0.113.10,203.0.113.11", 60),
        ("www.example.com", "AAAA", "2001:db8::1", 30),
        ("example.com", "NS", "ns1.example.com,ns2.example.com", 86400),
        ("above.example.com", "A", "203.0.113.30", 10),
        ("any.example.com", "A", "203.0.113.40", 30),
        ("any.example.com", "AAAA", "2001:db8::40", 30),
        ("od\\044d\\032na\\000me.example.com", "A", "c\\044omma.example.net,203.0.113.50", 30),
    ]
    assert [row["time"] for row in rows[:4]] == [
        1795507200.5,
        1795507201.25,
        1795507202.0,
        1795507203.0,
    ]
    assert [row["client"] for row in rows[:3]] == ["10.0.0.5", "10.0.0.5", "10.0.0.6"]
    assert [row["sensor"] for row in rows[:4]] == [
        "192.0.2.53",
        "192.0.2.53",
        "192.0.2.54",
        "192.0.2.53",  # above the resolver: the asker
    ]
    assert tally.records == 15
    assert tally.passed_over == {
        "no addresses": 1,
        "other log": 1,
        "error response": 1,
        "no answer": 1,
        "other record type": 1,
    }
    assert tally.bad == {"not a JSON object": 3, "time out of range": 1}
    assert "early.example.com" in tally.samples["time out of range"][0]


def test_equals_the_tab_separated_log() -> None:
    """Zeek writes the same columns in both forms."""
    text = (LOGS / "zat" / "dns.log").read_text()
    fields: list[str] = []
    lines = []
    for line in text.splitlines():
        if line.startswith("#fields"):
            fields = line.split("\t")[1:]
        elif not line.startswith("#"):
            record: dict[str, object] = dict(zip(fields, line.split("\t"), strict=True))
            record = {key: value for key, value in record.items() if value != "-"}
            record["ts"] = float(str(record["ts"]))
            if "answers" in record:
                record["answers"] = str(record["answers"]).split(",")
                record["TTLs"] = [float(ttl) for ttl in str(record["TTLs"]).split(",")]
            lines.append(json.dumps(record))
    ours, _ = read(FORMAT, "\n".join(lines).encode())
    theirs, _ = read(zeek.FORMAT, text.encode())
    assert len(ours) > 10
    assert ours == theirs


def test_the_example_log() -> None:
    rows, tally = read_log(FORMAT, "zat/dns.json")
    assert (tally.records, len(rows)) == (50, 42)
    assert not tally.bad


def test_a_named_sensor_wins() -> None:
    rows, _ = read_log(FORMAT, "zat/dns.json", ReadOptions(sensor="tap-1"))
    assert {row["sensor"] for row in rows} == {"tap-1"}


@pytest.mark.parametrize(
    ("change", "answers", "kind"),
    [
        ({"answers": ["2001:db8::1", "203.0.113.1"]}, ["203.0.113.1", "2001:db8::1"], "A"),
        ({"answers": ["203.0.113.1", None]}, ["203.0.113.1"], "A"),
        ({"answers": "203.0.113.1"}, [], None),
        ({"answers": []}, [], None),
        ({"answers": {"a": 1}}, [], None),
        ({"query": "x" * 2000}, [], None),
        ({"query": "."}, [], None),
        ({"query": None}, [], None),
        ({"answers": ["y" * 2000, "203.0.113.1"]}, [], None),
        ({"ts": "soon"}, [], None),
        ({"ts": 1e999}, [], None),
        ({"ts": 4_102_444_801}, [], None),
        ({"ts": True}, [], None),
    ],
)
def test_odd_values(change: dict[str, object], answers: list[str], kind: str | None) -> None:
    record = {"ts": 1.5e9, "query": "a.example", "qtype_name": "A", "answers": ["203.0.113.1"]}
    rows, _ = read(FORMAT, json.dumps(record | change).encode())
    assert [row["answers"] for row in rows] == answers
    assert not rows or rows[0]["type"] == kind


@pytest.mark.parametrize(
    ("ttls", "ttl"),
    [
        ([60], 60),
        ([-1], None),
        ([2**31], None),
        ([0.4], 0),
        ([], None),
        (None, None),
        (["x"], None),
    ],
)
def test_ttl(ttls: object, ttl: int | None) -> None:
    record = {
        "ts": 1.5e9,
        "query": "a.b",
        "qtype_name": "A",
        "answers": ["192.0.2.1"],
        "TTLs": ttls,
    }
    rows, _ = read(FORMAT, json.dumps(record).encode())
    assert [row["ttl"] for row in rows] == [ttl]
