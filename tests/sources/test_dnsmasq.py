from __future__ import annotations

import io

import pytest

from fluxhound.sources.dnsmasq import FORMAT, read_until
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from tests.reading import LOGS, Row, brief

NOW = 1795521600.0  # 2026-11-24T12:00:00Z


def rows_of(content: bytes) -> tuple[list[Row], Tally]:
    tally = Tally()
    stream = Stream(io.BytesIO(content), name="input")
    batches = list(read_until(stream, tally, ReadOptions(), now=NOW))
    stream.close()
    return [row for batch in batches for row in batch.to_pylist()], tally


def test_a_syslog() -> None:
    rows, tally = rows_of((LOGS / "dnsmasq/syslog.log").read_bytes())
    assert [brief(row) for row in rows] == [
        ("www.example.com", "A", "edge.example.net,203.0.113.10,203.0.113.11", None)
    ]
    assert rows[0]["time"] == 1795507200.0
    assert rows[0]["client"] == "192.168.1.5"
    assert tally.records == 12
    assert tally.passed_over == {
        "query": 3,
        "other event": 2,
        "no answer": 1,
        "local answer": 1,
        "error response": 1,
    }


def test_extra_tells_queries_apart() -> None:
    rows, _ = rows_of((LOGS / "dnsmasq/extra.log").read_bytes())
    assert [(row["name"], row["answers"], row["client"], row["time"]) for row in rows] == [
        ("a.example.com", "203.0.113.1", "192.168.1.5", 1795503600.6),
        ("a.example.com", "203.0.113.2", "192.168.1.6", 1795503600.6),
        ("six.example.com", "2001:db8::1", "192.168.1.6", 1795507202.0),
    ]
    assert rows[0]["sensor"] == "router"


def lines(*bodies: str) -> bytes:
    return "".join(f"Nov 24 08:00:00 dnsmasq[1]: {body}\n" for body in bodies).encode()


@pytest.mark.parametrize(
    ("bodies", "answers"),
    [
        (["reply a is 192.0.2.1", "reply a is 192.0.2.2"], ["192.0.2.1,192.0.2.2"]),
        (["reply a is 192.0.2.1", "reply b is 192.0.2.2"], ["192.0.2.1", "192.0.2.2"]),
        (["reply a is 192.0.2.1", "reply a is 2001:db8::1"], ["192.0.2.1", "2001:db8::1"]),
        (["reply a is 192.0.2.1", "query[A] b from ::1", "reply a is 192.0.2.2"],
         ["192.0.2.1", "192.0.2.2"]),
        (["reply a is <CNAME>", "reply b is <CNAME>", "reply c is 192.0.2.1"], ["b,c,192.0.2.1"]),
        (["cached-stale a is 192.0.2.1", "reply a is <SRV>"], ["192.0.2.1"]),
        (["reply a is <CNAME>", "reply b is NXDOMAIN"], []),
        (["/etc/hosts a is 192.0.2.1", "config a is 192.0.2.1", "DHCP a is 192.0.2.1"], []),
        ([f"reply {'x' * 2000} is 192.0.2.1"], []),
    ],
)  # fmt: skip
def test_what_belongs_together(bodies: list[str], answers: list[str]) -> None:
    rows, tally = rows_of(lines(*bodies))
    assert [row["answers"] for row in rows] == answers
    assert tally.observations == len(answers)


def test_a_long_answer_set_is_bounded() -> None:
    rows, _ = rows_of(lines(*[f"reply a is 10.0.{i // 256}.{i % 256}" for i in range(5000)]))
    assert [len(row["answers"].split(",")) for row in rows] == [4096, 904]


def test_lines_of_other_kinds_are_bad() -> None:
    _, tally = rows_of(b"hello\nNov 31 08:00:00 dnsmasq[1]: reply a is 192.0.2.1\n")
    assert tally.bad == {"not a dnsmasq line": 1, "time out of range": 1}


def test_name() -> None:
    assert FORMAT.matches(lines("query[A] a from ::1"))
    assert not FORMAT.matches(b"Nov 24 08:00:00 named[1]: query: a IN A\n")
