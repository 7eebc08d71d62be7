from __future__ import annotations

import orjson

from fluxhound.lab.writing.responses import responses
from fluxhound.lab.writing.suricata import lines
from tests.lab.writing.made import TRAFFIC, batch, row


def test_the_event_is_as_suricata_writes_it() -> None:
    (line,) = lines(responses(batch(TRAFFIC[:4])), above=False).to_pylist()
    event = orjson.loads(line)
    dns = event.pop("dns")
    for made_up in ("flow_id", "src_port"):
        assert isinstance(event.pop(made_up), int)
    assert event == {
        "timestamp": "2026-11-02T00:00:00.250000+0000",
        "event_type": "dns",
        "src_ip": "10.0.1.7",
        "dest_ip": "10.0.0.53",
        "dest_port": 53,
        "proto": "UDP",
    }
    assert isinstance(dns.pop("id"), int)
    record = {"rrtype": "A", "ttl": 300}
    edge = "edge.cdn.example"
    zone = {"rrname": "shop.example", "rrtype": "NS", "ttl": 300}
    assert dns == {
        "version": 2,
        "type": "answer",
        "flags": "8180",
        "qr": True,
        "rd": True,
        "ra": True,
        "opcode": 0,
        "rcode": "NOERROR",
        "rrname": "www.shop.example",
        "rrtype": "A",
        "answers": [
            {"rrname": "www.shop.example", "rrtype": "CNAME", "ttl": 300, "rdata": edge},
            {"rrname": edge, **record, "rdata": "192.0.2.1"},
            {"rrname": edge, **record, "rdata": "198.51.100.7"},
        ],
        "authorities": [{**zone, "rdata": f"ns{n}.shop.example"} for n in (1, 2)],
    }


def test_only_responses_with_a_delegation_have_an_authority_section() -> None:
    found = [
        orjson.loads(line) for line in lines(responses(batch(TRAFFIC)), above=True).to_pylist()
    ]
    assert ["authorities" in event["dns"] for event in found] == [
        *(True, False, False, False, True, False)
    ]
    assert {event["dns"]["flags"] for event in found} == {"8400"}


def test_a_missing_ttl_is_left_out() -> None:
    (line,) = lines(responses(batch([row(ttl=None)])), above=False).to_pylist()
    assert "ttl" not in orjson.loads(line)["dns"]["answers"][0]
