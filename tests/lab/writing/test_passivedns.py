from __future__ import annotations

import orjson

from fluxhound.lab.writing.passivedns import lines
from fluxhound.lab.writing.responses import responses
from tests.lab.writing.made import START, batch, row


def test_each_rrset_has_its_line() -> None:
    rows = [
        row(answers="b.example,192.0.2.1", time=START + 0.9, time_last=START + 9.9, count=3),
        row(name="c.example", answers="192.0.2.2,192.0.2.3", sensor=None),
        row(name="example", type="NS", answers="ns.example", sensor=None),
    ]
    found = [orjson.loads(line) for line in lines(responses(batch(rows)), above=False).to_pylist()]
    start = int(START)
    times = {"time_first": start, "time_last": start, "count": 1}
    seen = {"time_first": start, "time_last": start + 9, "count": 3, "sensor_id": "10.0.0.53"}
    assert found == [
        {"rrname": "a.example", "rrtype": "CNAME", "rdata": "b.example", **seen},
        {"rrname": "b.example", "rrtype": "A", "rdata": "192.0.2.1", **seen},
        {"rrname": "c.example", "rrtype": "A", "rdata": ["192.0.2.2", "192.0.2.3"], **times},
        {"rrname": "example", "rrtype": "NS", "rdata": "ns.example", **times},
    ]
