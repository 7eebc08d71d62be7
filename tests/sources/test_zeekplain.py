"""The quick way of reading must say exactly what the careful way says."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.records import KEPT_COLUMN
from fluxhound.sources import zeek, zeekplain
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeeklayout import Layout

RECORD = {
    "ts": "1500000000.500000",
    "uid": "CwBcanpz71z5IWFupy",
    "id.orig_h": "10.0.0.1",
    "id.resp_h": "192.0.2.53",
    "query": "a.example",
    "qtype_name": "A",
    "rcode_name": "NOERROR",
    "AA": "F",
    "RA": "T",
    "answers": "203.0.113.1",
    "TTLs": "60.000000",
    "rejected": "F",
}
FIELDS = list(RECORD)
V6 = "2001:db8:aaaa:bbbb::dead:beef"
VALUES: dict[str, list[str]] = {
    "ts": ["1500000000.500000", "1500003599.999999", "1795046400.005636"],
    "id.orig_h": ["10.0.0.1", "255.255.255.255", V6, "-", ""],
    "id.resp_h": ["192.0.2.53", V6, "-", "(empty)"],
    "query": [
        "a.example",
        "-",
        "(empty)",
        "",
        "A.Example",
        "a.example.",
        ".",
        "x" * 80 + ".example",
        "_dmarc.a.example",
        "-x",
        "(empty)x",
        "xn--bcher-kva.example",
    ],
    "qtype_name": ["A", "AAAA", "NS", "1", "28", "-", "TXT", "HTTPS", "a-longer-type-name", ""],
    "rcode_name": ["NOERROR", "0", "-", "NXDOMAIN", "NOERRORX", ""],
    "AA": ["T", "F", "-", "true", "1"],
    "RA": ["T", "F", "-"],
    "answers": [
        "203.0.113.1",
        "Edge.Example,203.0.113.1,203.0.113.22",
        V6,
        f"{V6},x",
        "a.example",
        "a.example,203.0.113.1,RRSIG 5 a.example",
        "-",
        "",
        "(empty)",
        "ns1.example,ns2.example",
        "198.51.100.7," * 12 + "203.0.113.1",
        "a",
        ":",
    ],
    "TTLs": [
        "60.000000",
        "5.000000,3600.000000",
        "-",
        "",
        "0.500000",
        "12345678.000000",
        "99999999999.000000",
        "x",
        "-5.000000",
        "60.000000,-",
        "0.000000",
    ],
}
#: What is not plain: the whole piece goes the careful way.
ODD: dict[str, list[str]] = {
    "ts": ["-", "x", "1500000000", "0.000000", "9999999999.000000", "1500000000.5"],
    "query": ["b\u00fccher.example", "a\\x2cb.example", "x" * 1030, "a\x01b"],
    "answers": ["a\\x2cb.example,203.0.113.1", "b\u00fccher.example,203.0.113.1"],
    "uid": ["a\tb", "a\r"],
}
RECORDS = st.lists(
    st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in VALUES.items()}),
    min_size=1,
    max_size=30,
)
STRANGE = st.lists(
    st.sampled_from([{key: text} for key, texts in ODD.items() for text in texts]), max_size=1
)


def log(records: list[dict[str, str]], fields: list[str]) -> bytes:
    lines = ["#separator \\x09", "#fields\t" + "\t".join(fields)]
    lines += ["\t".join((RECORD | record)[name] for name in fields) for record in records]
    return "".join(f"{line}\n" for line in lines).encode()


def read(
    content: bytes, monkeypatch: pytest.MonkeyPatch, options: ReadOptions, *, plainly: bool
) -> tuple[list[dict[str, Any]], Tally]:
    with monkeypatch.context() as patched:
        if not plainly:
            patched.setattr(zeekplain, "_is_usual", lambda _: False)
        tally = Tally()
        stream = Stream(io.BytesIO(content), name="input")
        rows: list[dict[str, Any]] = []
        for batch in zeek.read(stream, tally, options):
            batch.validate(full=True)
            rows += [row for row in batch.to_pylist() if row.pop(KEPT_COLUMN, True)]
        stream.close()
    return sorted(rows, key=repr), tally


@given(
    records=RECORDS,
    strange=STRANGE,
    fields=st.permutations(FIELDS),
    missing=st.lists(st.sampled_from(FIELDS), max_size=2),
    piece=st.integers(1, 2_000),
    views=st.booleans(),
    sensor=st.sampled_from([None, "s"]),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_reads_what_the_careful_way_reads(
    monkeypatch: pytest.MonkeyPatch,
    records: list[dict[str, str]],
    strange: list[dict[str, str]],
    fields: list[str],
    missing: list[str],
    piece: int,
    views: bool,
    sensor: str | None,
) -> None:
    present = [name for name in fields if name not in missing or name in {"query", "ts"}]
    content = log([*records, *strange, *records], present)
    monkeypatch.setattr(zeekplain, "PIECE_BYTES", piece)
    options = ReadOptions(views=views, sensor=sensor)
    rows, tally = read(content, monkeypatch, options, plainly=True)
    expected, counted = read(content, monkeypatch, options, plainly=False)
    assert rows == expected
    assert (tally.records, tally.observations) == (counted.records, counted.observations)
    assert (tally.passed_over, tally.bad) == (counted.passed_over, counted.bad)


def parts(content: bytes, layout: Layout | None = None) -> list[pa.RecordBatch | None]:
    chosen = layout or Layout(fields=FIELDS)
    options = ReadOptions(views=True)
    found = zeekplain.parted(memoryview(content), chosen, options)
    return [plain and plain.batch for _, plain in found]


def line(change: Mapping[str, str] | None = None) -> bytes:
    return "\t".join((RECORD | dict(change or {})).values()).encode() + b"\n"


def test_texts_stand_where_they_were_read() -> None:
    long = {"query": "a-name-longer-than-a-view.example"}
    (batch,) = parts(line(long))
    assert batch is not None
    assert batch.schema.field("name").type == pa.string_view()
    assert batch.column("name").to_pylist() == [long["query"]]
    assert batch.column("name").buffers()[2].size == len(line(long))


@pytest.mark.parametrize(
    "change",
    [{"query": "A.example"}, {"query": "a.example."}, {"answers": "A.example,203.0.113.1"}],
)
def test_what_is_not_in_its_one_form_is_no_view(change: dict[str, str]) -> None:
    (batch,) = parts(line() + line(change))
    assert batch is not None
    assert batch.schema.field(next(iter(change)).replace("query", "name")).type == pa.string()


@pytest.mark.parametrize("change", [{k: v} for k, texts in ODD.items() for v in texts])
def test_what_is_not_plain_is_left_to_the_careful_way(change: dict[str, str]) -> None:
    assert parts(line() + line(change)) == [None]


@pytest.mark.parametrize(
    "layout",
    [
        Layout(fields=FIELDS, separator=b"|"),
        Layout(fields=FIELDS, set_separator=";"),
        Layout(fields=FIELDS, unset="NULL"),
        Layout(fields=FIELDS, empty="none"),
        Layout(fields=["ts", "query"]),
    ],
)
def test_other_layouts_are_left_to_the_careful_way(layout: Layout) -> None:
    assert parts(line(), layout) == [None]


def test_only_the_piece_that_is_not_plain_is_read_carefully(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zeekplain, "PIECE_BYTES", 1)
    content = line() * 3 + line({"ts": "x"}) * 2 + line()
    found = list(zeekplain.parted(memoryview(content), Layout(fields=FIELDS), ReadOptions()))
    assert [plain.counts.records if plain else None for _, plain in found] == [3, None, 1]
    assert b"".join(bytes(body) for body, _ in found) == content
