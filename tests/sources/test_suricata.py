from __future__ import annotations

import json

import pytest

from fluxhound.sources.suricata import FORMAT
from tests.reading import brief, read, read_log

EDGE = "edge.example.net,203.0.113.10,203.0.113.11"


def test_version_3() -> None:
    rows, tally = read_log(FORMAT, "suricata/v3.json")
    assert [brief(row) for row in rows] == [
        ("example.net", "NS", "ns1.example.net,ns2.example.net", 172800),
        ("ns1.example.net", "A", "203.0.113.53", 3600),
        ("ns1.example.net", "AAAA", "2001:0db8:0000:0000:0000:0000:0000:0053", 3600),
        ("www.example.com", "A", EDGE, 60),
        ("odd.example.com", "A", "203.0.113.20", 60),
        ("other.example.org", "A", "203.0.113.66", 60),
    ]
    # The source of a version 3 response is the responder, whether its port tells or not.
    assert {row["client"] for row in rows} == {"10.0.0.5", "10.0.0.7"}
    assert {row["sensor"] for row in rows} == {"192.0.2.53"}
    assert tally.passed_over == {
        "other event": 1,
        "query": 1,
        "error response": 1,
        "other record type": 1,
    }


def test_version_1_is_put_together() -> None:
    rows, tally = read_log(FORMAT, "suricata/v1.json")
    assert [brief(row) for row in rows] == [
        ("other.example.com", "A", "203.0.113.20", 30),
        ("www.example.com", "A", EDGE, 60),
    ]
    assert tally.passed_over == {"query": 1, "error response": 1}


@pytest.mark.parametrize("form", ["detailed", "grouped"])
def test_version_2_as_suricata_wrote_it(form: str) -> None:
    rows, tally = read_log(FORMAT, f"suricata/v2-{form}.json")
    assert (tally.records, len(rows)) == (108, 53)
    assert tally.passed_over == {"query": 54, "other record type": 1}
    assert {row["client"] for row in rows} == {"172.17.64.6", "10.16.1.11"}
    google = [row for row in rows if row["name"] == "google.com" and row["client"] == "10.16.1.11"]
    assert [row["type"] for row in google] == ["A", "AAAA"]
    assert len(google[0]["answers"].split(",")) == 12
    assert google[0]["ttl"] == (299 if form == "detailed" else None)
    [referral] = [row for row in rows if row["name"] == "io"]
    assert brief(referral) == (
        "io",
        "NS",
        "a0.nic.io,a2.nic.io,b0.nic.io,c0.nic.io",
        172800,
    )


def test_detailed_and_grouped_agree_but_for_the_ttl() -> None:
    detailed, _ = read_log(FORMAT, "suricata/v2-detailed.json")
    grouped, _ = read_log(FORMAT, "suricata/v2-grouped.json")
    kept = ("time", "name", "type", "answers", "client", "sensor")
    assert [[row[key] for key in kept] for row in detailed] == [
        [row[key] for key in kept] for row in grouped
    ]


@pytest.mark.parametrize(
    ("version", "source", "target", "client"),
    [
        (2, ("10.0.0.1", 999), ("192.0.2.53", 53), "10.0.0.1"),
        (2, ("192.0.2.53", 53), ("10.0.0.1", 999), "10.0.0.1"),
        (3, ("192.0.2.53", 53), ("10.0.0.1", 999), "10.0.0.1"),
        (3, ("10.0.0.1", 999), ("192.0.2.53", 53), "10.0.0.1"),
        (2, ("10.0.0.1", 999), ("192.0.2.53", 5353), "10.0.0.1"),
        (3, ("192.0.2.53", 5353), ("10.0.0.1", 999), "10.0.0.1"),
        (2, ("10.0.0.1", 53), ("192.0.2.53", 53), "10.0.0.1"),
        (3, ("192.0.2.53", 53), ("10.0.0.1", 53), "10.0.0.1"),
    ],
)
def test_client_and_server_are_told_apart(
    version: int, source: tuple[str, int], target: tuple[str, int], client: str
) -> None:
    event = {
        "timestamp": "2026-11-24T08:00:00.000000+0000",
        "event_type": "dns",
        "src_ip": source[0],
        "src_port": source[1],
        "dest_ip": target[0],
        "dest_port": target[1],
        "dns": {
            "version": version,
            "type": "answer" if version == 2 else "response",
            "rrname": "a.example",
            "queries": [{"rrname": "a.example", "rrtype": "A"}],
            "rcode": "NOERROR",
            "answers": [{"rrname": "a.example", "rrtype": "A", "ttl": 1, "rdata": "192.0.2.1"}],
        },
    }
    [row], _ = read(FORMAT, json.dumps(event).encode())
    assert (row["client"], row["sensor"]) == (client, "192.0.2.53")


def test_above_the_resolver_the_asker_is_the_sensor() -> None:
    event = {
        "timestamp": "2026-11-24T09:00:00.000000+0100",
        "event_type": "dns",
        "src_ip": "192.0.2.53",
        "src_port": 5,
        "dest_ip": "198.51.100.1",
        "dest_port": 53,
        "dns": {
            "version": 2,
            "type": "answer",
            "rrname": "a.example",
            "aa": True,
            "grouped": {"A": ["192.0.2.1", "no address"]},
        },
    }
    [row], _ = read(FORMAT, json.dumps(event).encode())
    assert (row["sensor"], row["answers"], row["time"]) == ("192.0.2.53", "192.0.2.1", 1795507200)
