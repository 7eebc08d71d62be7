from __future__ import annotations

from fluxhound.sources.route53 import FORMAT
from tests.reading import read_log


def test_resolver_query_log() -> None:
    rows, tally = read_log(FORMAT, "route53/resolver.json")
    assert [(row["name"], row["answers"], row["client"], row["sensor"]) for row in rows] == [
        (
            "www.example.com.",
            "edge.example.net.,203.0.113.10,203.0.113.11",
            "10.0.0.5",
            "vpc-0a",
        ),
        ("six.example.com.", "2001:db8::1", "10.0.0.6", "vpc-0b"),
    ]
    assert [row["time"] for row in rows] == [1795507200.0, 1795507203.0]
    assert tally.records == 4
    assert tally.passed_over == {"error response": 1, "other record type": 1}
