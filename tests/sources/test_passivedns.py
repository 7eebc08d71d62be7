from __future__ import annotations

import json

import pytest

from fluxhound.sources.format import ReadOptions
from fluxhound.sources.passivedns import FORMAT
from tests.reading import brief, read, read_log


def test_common_output_format() -> None:
    rows, tally = read_log(FORMAT, "cof/cof.json")
    rows.sort(key=lambda row: str(row["answers"]))
    assert [(*brief(row), row["sensor"], row["count"]) for row in rows] == [
        ("a.example.com", "A", "192.0.2.1,192.0.2.2", None, "s1", 5),
        ("a.example.com.", "A", "192.0.2.3", None, None, 7),
        ("b.example.com.", "AAAA", "2001:db8::1", None, None, None),
        ("example.com.", "NS", "ns1.example.com.,ns2.example.com.", None, None, None),
    ]
    assert {(row["time"], row["time_last"]) for row in rows} == {(1700000000.0, 1700001000.0)}
    assert tally.passed_over == {"other event": 1, "other record type": 1}
    assert tally.bad == {"time out of range": 1}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"count": -1}, (100.0, 200.0, None)),
        ({"count": "7"}, (100.0, 200.0, 7)),
        ({"count": 1e300}, (100.0, 200.0, None)),
        ({"time_first": None}, (200.0, 200.0, 3)),
        ({"time_last": None}, (100.0, 100.0, 3)),
        ({"time_first": 300}, (200.0, 300.0, 3)),
    ],
)
def test_counts_and_times(change: dict[str, object], expected: tuple[object, ...]) -> None:
    record = {
        "rrname": "a.example",
        "rrtype": "A",
        "rdata": "192.0.2.1",
        "time_first": 100,
        "time_last": 200,
        "count": 3,
    }
    [row], _ = read(FORMAT, json.dumps(record | change).encode(), ReadOptions(sensor="x"))
    assert (row["time"], row["time_last"], row["count"]) == expected
    assert row["sensor"] == "x"
