from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import KEPT_COLUMN
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally
from fluxhound.sources.zeekrows import (
    NAME_LIMIT,
    TTL_LIMIT,
    epoch_seconds,
    presented,
    rows,
    whole_seconds,
)

Row = dict[str, Any]

RECORD: Row = {
    "ts": 1.5e9,
    "query": "a.example",
    "qtype_name": "A",
    "rcode_name": "NOERROR",
    "id.orig_h": "10.0.0.1",
    "id.resp_h": "192.0.2.53",
    "AA": "F",
    "RA": "T",
    "answers": "203.0.113.1",
    "TTLs": "60.0",
}


SCHEMA = pa.schema([(key, pa.float64() if key == "ts" else pa.string()) for key in RECORD])


def observed(*records: Row, sensor: str | None = None, by: str = ",") -> tuple[list[Row], Tally]:
    tally = Tally()
    table = pa.Table.from_pylist(list(records), schema=SCHEMA)
    found: list[Row] = []
    for batch in rows(table, tally, ReadOptions(sensor=sensor), separator=by):
        found += [row for row in batch.to_pylist() if row.pop(KEPT_COLUMN, True)]
    assert len(found) == tally.observations
    return found, tally


@pytest.mark.parametrize(
    ("change", "reason", "bad"),
    [
        ({"ts": 0.0}, "time out of range", True),
        ({"ts": -5.0}, "time out of range", True),
        ({"ts": None}, "time out of range", True),
        ({"ts": float("nan")}, "time out of range", True),
        ({"ts": float("inf")}, "time out of range", True),
        ({"ts": 4_102_444_800.0}, "time out of range", True),
        ({"qtype_name": "TXT"}, "other record type", False),
        ({"qtype_name": None}, "other record type", False),
        ({"rcode_name": "NXDOMAIN"}, "error response", False),
        ({"answers": None}, "no answer", False),
        ({"query": None}, "no answer", False),
        ({"query": "x" * (NAME_LIMIT + 1)}, "name too long", True),
    ],
)
def test_what_is_no_observation_is_counted_by_reason(change: Row, reason: str, bad: bool) -> None:
    found, tally = observed(RECORD, *[RECORD | change] * 5)
    assert [row["name"] for row in found] == ["a.example"]
    assert (tally.bad if bad else tally.passed_over) == {reason: 5}
    assert len(tally.samples.get(reason, [])) <= SAMPLES_PER_REASON


def test_the_first_reason_counts() -> None:
    _, tally = observed(RECORD | {"ts": 0.0, "qtype_name": "TXT", "answers": None})
    assert (tally.bad, tally.passed_over) == ({"time out of range": 1}, {})


@pytest.mark.parametrize(
    ("change", "sensor"),
    [
        ({}, "192.0.2.53"),
        ({"AA": "T"}, "192.0.2.53"),  # a resolver that is authoritative as well
        ({"AA": "T", "RA": "F"}, "10.0.0.1"),
        ({"AA": "true", "RA": "false"}, "10.0.0.1"),
        ({"AA": "T", "RA": None}, "10.0.0.1"),
        ({"AA": None, "RA": None}, "192.0.2.53"),
        ({"id.resp_h": None}, None),
    ],
)
def test_the_vantage_point(change: Row, sensor: str | None) -> None:
    found, _ = observed(RECORD | change, RECORD)
    assert [row["sensor"] for row in found] == [sensor, "192.0.2.53"]
    assert [row["sensor"] for row in observed(RECORD | change, sensor="tap")[0]] == ["tap"]


def test_set_separators_become_commas_and_commas_are_escaped() -> None:
    record = RECORD | {"answers": "b,c.example|203.0.113.1", "TTLs": "300.0|20.0"}
    found, _ = observed(record, by="|")
    assert [(row["answers"], row["ttl"]) for row in found] == [("b\\044c.example,203.0.113.1", 20)]


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [
        ("60", 60),
        ("60.000000", 60),
        ("0", 0),
        ("0.5", 0),
        ("1.5", 2),
        (f"{TTL_LIMIT:.1f}", 2**31 - 1),
        ("2147483648", None),
        ("-0.1", None),
        ("nan", None),
        ("inf", None),
        ("x", None),
        ("", None),
        (None, None),
        ("1" * 400, None),
    ],
)
def test_whole_seconds(ttl: str | None, seconds: int | None) -> None:
    assert whole_seconds(pa.array([ttl, "7"], pa.string())).to_pylist() == [seconds, 7]
    assert whole_seconds(pa.array(["x", ttl], pa.string())).to_pylist() == [None, seconds]


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=10))
def test_any_ttl_text_is_a_number_in_range_or_nothing(texts: list[str | None]) -> None:
    found = whole_seconds(pa.array(texts, pa.string())).to_pylist()
    assert all(value is None or 0 <= value <= TTL_LIMIT for value in found)


@given(st.lists(st.one_of(st.none(), st.text(max_size=45)), max_size=10))
def test_any_time_text_is_finite_or_nothing(texts: list[str | None]) -> None:
    found = epoch_seconds(pa.chunked_array([pa.array(texts, pa.string())])).to_pylist()
    assert len(found) == len(texts)
    assert all(value is None or abs(value) < float("inf") for value in found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a.example", "a.example"),
        ("a\\x2cb", "a\\044b"),
        ("\\xFF\\x00", "\\255\\000"),
        ("\\x", "\\x"),
        ("\\xg0", "\\xg0"),
        ("\\\\x2c", "\\\\044"),
        ("\x1b[31m\x00\x7f", "\\027[31m\\000\\127"),
    ],
)
def test_presented(text: str, shown: str) -> None:
    assert presented(text) == shown
