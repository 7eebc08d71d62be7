from __future__ import annotations

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.sources.cells import identifier
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.table import FORMAT
from tests.reading import brief, read

HEAD = "time,name,type,answers,ttl,client\n"


@pytest.mark.parametrize(
    ("cell", "answers"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1 192.0.2.2", "192.0.2.1,192.0.2.2"),
        ("192.0.2.1;192.0.2.2", "192.0.2.1,192.0.2.2"),
        ('"192.0.2.1,192.0.2.2"', "192.0.2.1,192.0.2.2"),
        ('"[""192.0.2.1"", ""192.0.2.2""]"', "192.0.2.1,192.0.2.2"),
        ('"edge.example.net, 192.0.2.1"', "edge.example.net,192.0.2.1"),
    ],
)
def test_lists_in_a_cell(cell: str, answers: str) -> None:
    rows, _ = read(FORMAT, f"{HEAD}1600000000,a.example,A,{cell},60,10.0.0.1\n".encode())
    assert [row["answers"] for row in rows] == [answers]


@pytest.mark.parametrize(
    ("time", "unit", "seconds"),
    [
        ("1600000000", None, 1600000000.0),
        ("1600000000.25", None, 1600000000.25),
        ("1600000000250", None, 1600000000.25),
        ("1600000000250000", None, 1600000000.25),
        ("1600000000250000000", None, 1600000000.25),
        ("5000000", "ms", 5000.0),
        ("2020-09-13T12:26:40Z", None, 1600000000.0),
        ("2020-09-13 12:26:40", None, 1600000000.0),
        ("2020-09-13T14:26:40+02:00", None, 1600000000.0),
        ("2020-09-13T07:26:40.5-0500", None, 1600000000.5),
    ],
)
def test_times(time: str, unit: str | None, seconds: float) -> None:
    options = ReadOptions(time_unit=unit)
    [row], _ = read(FORMAT, f"{HEAD}{time},a.example,A,192.0.2.1,60,\n".encode(), options)
    assert row["time"] == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("time", ["", "0", "-5", "nan", "inf", "9e9", "soon", "infinity", "epoch"])
def test_bad_times_are_counted(time: str) -> None:
    rows, tally = read(FORMAT, f"{HEAD}{time},a.example,A,192.0.2.1,60,\n".encode())
    assert (rows, tally.bad) == ([], {"time out of range": 1})


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="one of s, ms, us, ns"):
        read(FORMAT, HEAD.encode() + b"1,a,A,192.0.2.1,,\n", ReadOptions(time_unit="h"))


def test_one_address_per_row_is_one_answer_set() -> None:
    lines = "".join(
        f"1600000000,a.example,,{address},{ttl},10.0.0.1\n"
        for address, ttl in (("192.0.2.2", 5), ("192.0.2.1", 9), ("2001:db8::1", 7))
    )
    rows, _ = read(FORMAT, (HEAD + lines + lines.replace("10.0.0.1", "10.0.0.2")).encode())
    sets = {(*brief(row), row["client"]) for row in rows}
    assert len(rows) == len(sets) == 4
    assert sets == {
        ("a.example", kind, answers, ttl, client)
        for kind, answers, ttl in (("A", "192.0.2.2,192.0.2.1", 9), ("AAAA", "2001:db8::1", 7))
        for client in ("10.0.0.1", "10.0.0.2")
    }


def test_aggregates_stand_for_themselves() -> None:
    text = (
        "first_seen,last_seen,rrname,rrtype,rdata,count\n"
        "1600000000,1600000100,a.example,A,192.0.2.1,4\n"
        "1600000000,1600000100,a.example,A,192.0.2.2,5\n"
        "1600000000,1600000100,a.example,NS,ns1.example,6\n"
    )
    rows, _ = read(FORMAT, text.encode())
    assert sorted((row["answers"], row["time_last"], row["count"]) for row in rows) == [
        ("192.0.2.1", 1600000100.0, 4),
        ("192.0.2.2", 1600000100.0, 5),
        ("ns1.example", 1600000100.0, 6),
    ]


def test_an_answer_set_across_blocks_stays_one() -> None:
    padding = "x" * 1000
    head = "time,name,answers,note\n"
    body = "".join(f"16{i:08d},a.example,192.0.2.1,{padding}\n" for i in range(8300))
    last = "".join(f"1700000000,z.example,192.0.2.{i},{padding}\n" for i in range(200))
    rows, tally = read(FORMAT, (head + body + last).encode())
    assert tally.records == 8500
    assert len(rows[-1]["answers"].split(",")) == 200


def test_identifiers_are_quoted() -> None:
    assert identifier('a"b') == '"a""b"'
