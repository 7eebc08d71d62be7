from __future__ import annotations

import pytest

from tests.sources.quickly import Object, eve, needs_no_engine, record


@pytest.mark.parametrize(
    "objects",
    [
        [eve(record()), eve(record("edge.example.net"), record(rrname="edge.example.net"))],
        [eve(record("2001:db8::1", rrtype="AAAA")), eve(record(rrtype="TXT"))],
        [eve(record("ns1.example.com", rrtype="NS")), eve(dns={"type": "query"})],
        [eve(event_type="flow"), eve(dns={"rcode": "NXDOMAIN"}), eve()],
        [eve(record(ttl=2**40)), eve(record(), dns={"version": 3, "aa": True})],
        [eve(record(), src_port=53, dest_port=40001, dns={"type": "response"})],
    ],
)
def test_usual_lines_need_no_engine(objects: list[Object]) -> None:
    needs_no_engine("suricata", objects)
