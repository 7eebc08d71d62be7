from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import CorruptInputError, FluxhoundError
from fluxhound.records import KEPT_COLUMN, OBSERVATION
from fluxhound.sources import stream as streams
from fluxhound.sources import zeek
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeek import FORMAT
from tests.reading import LOGS, brief
from tests.scenarios import FLUX, SCENARIOS
from tests.writers import ZEEK_FIELDS, zeek_tsv

Row = dict[str, Any]

HEADER = {
    "separator": "\\x09",
    "set_separator": ",",
    "empty_field": "(empty)",
    "unset_field": "-",
    "path": "dns",
}
RECORD = {
    "ts": "1500000000.500000",
    "id.orig_h": "10.0.0.1",
    "id.resp_h": "192.0.2.53",
    "query": "a.example",
    "qtype_name": "A",
    "rcode_name": "NOERROR",
    "AA": "F",
    "RA": "T",
    "answers": "203.0.113.1",
    "TTLs": "60.000000",
}


def log(
    *records: Mapping[str, str],
    header: Mapping[str, str] | None = None,
    between: str = "\t",
    end: str = "\n",
) -> bytes:
    """Write a log whose columns are those of its first record."""
    said = HEADER | dict(header or {})
    first = records[0] if records else RECORD
    lines = [f"#separator {said.pop('separator')}"]
    lines += [f"#{key}{between}{value}" for key, value in said.items()]
    lines.append(between.join(["#fields", *first]))
    lines += [between.join(record.values()) for record in records]
    return "".join(line + end for line in lines).encode("utf-8", "surrogateescape")


def read(content: bytes, options: ReadOptions | None = None) -> tuple[list[Row], Tally]:
    tally = Tally()
    stream = Stream(io.BytesIO(content), name="input")
    rows: list[Row] = []
    try:
        for batch in FORMAT.read(stream, tally, options or ReadOptions()):
            batch.validate(full=True)
            names = [name for name in batch.schema.names if name != KEPT_COLUMN]
            assert all(batch.schema.field(n).type == OBSERVATION.field(n).type for n in names)
            rows += [row for row in batch.to_pylist() if row.pop(KEPT_COLUMN, True)]
    finally:
        stream.close()
    assert len(rows) == tally.observations
    counted = tally.observations + tally.passed_over.total() + tally.bad.total()
    assert counted >= tally.records
    return sorted(rows, key=lambda row: (row["time"], row["name"])), tally


def answers(*records: Mapping[str, str], **how: Any) -> list[str]:
    return [row["answers"] for row in read(log(*records, **how))[0]]


def test_rotated_logs_with_different_columns() -> None:
    rows, tally = read((LOGS / "zeek" / "rotated.log").read_bytes())
    assert [brief(row) for row in rows] == [
        ("www.example.com", "A", "edge.example.net,203.0.113.10,203.0.113.11", 60),
        ("www.example.com", "AAAA", "2001:db8::1", 30),
        ("example.com", "NS", "ns1.example.com,ns2.example.com", 86400),
        ("above.example.com", "A", "203.0.113.30", 10),
        ("od\\044d\\032na\\000me.example.com", "A", "c\\044omma.example.net,203.0.113.50", 30),
        ("second.example.com", "A", "edge.example.net,203.0.113.60", 20),
        ("third.example.com", "A", "203.0.113.61,RRSIG 5 example.com", 20),
        ("fourth.example.com", "A", "203.0.113.70", None),
    ]
    assert [row["time"] for row in rows[-3:]] == [1795507210.0, 1795507211.5, 1795507221.0]
    assert [row["client"] for row in rows[5:]] == ["10.0.0.6", None, None]
    assert [row["sensor"] for row in rows] == [
        *["192.0.2.53"] * 3,
        "10.0.0.5",  # above the resolver: the asker
        "192.0.2.53",
        *["192.0.2.54"] * 2,
        None,
    ]
    assert tally.records == 15
    assert tally.passed_over == {
        "error response": 1,
        "other record type": 1,
        "no answer": 3,
        "other log": 1,
    }
    assert tally.bad == {"wrong number of columns": 1}


def test_the_example_log() -> None:
    rows, tally = read((LOGS / "zat" / "dns.log").read_bytes())
    assert (tally.records, len(rows)) == (54, 51)
    assert not tally.bad


@pytest.mark.parametrize("order", [list(RECORD), list(RECORD)[::-1], sorted(RECORD)])
def test_any_order_of_the_columns(order: list[str]) -> None:
    rows, _ = read(log({key: RECORD[key] for key in order}))
    assert [brief(row) for row in rows] == [("a.example", "A", "203.0.113.1", 60)]


@pytest.mark.parametrize(
    ("left_out", "change"),
    [
        (set(), {}),
        ({"TTLs"}, {"ttl": None}),
        ({"id.orig_h"}, {"client": None}),
        ({"id.resp_h"}, {"sensor": None}),
        ({"rcode_name"}, {}),
        ({"AA"}, {}),
        ({"RA", "AA"}, {}),
    ],
)
def test_missing_columns(left_out: set[str], change: Row) -> None:
    rows, _ = read(log({k: v for k, v in RECORD.items() if k not in left_out}))
    expected = {
        "time": 1500000000.5,
        "name": "a.example",
        "type": "A",
        "answers": "203.0.113.1",
        "ttl": 60,
        "client": "10.0.0.1",
        "sensor": "192.0.2.53",
    }
    assert rows == [expected | change]


@pytest.mark.parametrize(
    ("left_out", "passed_over", "bad"),
    [
        ("ts", {}, {"no answers or ts column": 1}),
        ("answers", {}, {"no answers or ts column": 1}),
        ("query", {"other log": 1}, {}),
        ("qtype_name", {"other record type": 1}, {}),
    ],
)
def test_columns_without_which_nothing_is_read(
    left_out: str, passed_over: dict[str, int], bad: dict[str, int]
) -> None:
    rows, tally = read(log({k: v for k, v in RECORD.items() if k != left_out}))
    assert (rows, tally.records) == ([], 1)
    assert (tally.passed_over, tally.bad) == (passed_over, bad)


def test_numbers_serve_where_names_of_types_lack() -> None:
    record = {k: v for k, v in RECORD.items() if not k.endswith("_name")} | {"rcode": "0"}
    rows, _ = read(log(record | {"qtype": "28", "answers": "2001:db8::1"}))
    assert [brief(row) for row in rows] == [("a.example", "AAAA", "2001:db8::1", 60)]
    assert answers(record | {"qtype": "16"}) == []
    assert answers(record | {"qtype": "1", "rcode": "3"}) == []


def test_extra_columns() -> None:
    extra = {"label": "Malicious", "opcode": "0", "opcode_name": "query", "é": "ü"}
    rows, _ = read(log(extra | RECORD | {"rtt": "-"}))
    assert [brief(row) for row in rows] == [("a.example", "A", "203.0.113.1", 60)]


@pytest.mark.parametrize("written", ["\\x7c", "\\x20", "\\x2c", "\\x3B", "\\x01", "|"])
def test_other_separators(written: str) -> None:
    between = chr(int(written.replace("\\x", "0x"), 0)) if written.startswith("\\x") else written
    header = {"separator": written, "set_separator": "/"}
    rows, tally = read(
        log(RECORD | {"answers": "b.example/203.0.113.1"}, header=header, between=between)
    )
    assert [row["answers"] for row in rows] == ["b.example,203.0.113.1"]
    assert not tally.bad


@pytest.mark.parametrize("written", ["\\x00", "\\x0a", "\\x0d", "\\xff", "", "\\xzz"])
def test_separators_that_cannot_be(written: str) -> None:
    """What cannot part columns is not taken, and the usual tab is."""
    assert answers(RECORD, header={"separator": written}) in (["203.0.113.1"], [])


@pytest.mark.parametrize("between", [";", "|", "\\x3b", "::", "; "])
def test_other_set_separators(between: str) -> None:
    real = between.replace("\\x3b", ";")
    record = RECORD | {"answers": f"b.example{real}203.0.113.1", "TTLs": f"300.0{real}20.0"}
    rows, _ = read(log(record, header={"set_separator": between}))
    assert [brief(row) for row in rows] == [("a.example", "A", "b.example,203.0.113.1", 20)]


def test_a_comma_within_a_name_parts_nothing() -> None:
    record = RECORD | {"answers": "b,c.example;203.0.113.1"}
    assert answers(record, header={"set_separator": ";"}) == ["b\\044c.example,203.0.113.1"]


@pytest.mark.parametrize("held", ["-", "(empty)", ""])
@pytest.mark.parametrize("column", ["answers", "query"])
def test_nothing_held(held: str, column: str) -> None:
    rows, tally = read(log(RECORD | {column: held}))
    assert (rows, tally.passed_over) == ([], {"no answer": 1})


def test_other_marks_for_nothing() -> None:
    header = {"empty_field": "NONE", "unset_field": "UNSET"}
    records = [RECORD | {"answers": held} for held in ("NONE", "UNSET", "-,203.0.113.9")]
    assert answers(*records, header=header) == ["-,203.0.113.9"]


@pytest.mark.parametrize(
    ("ts", "seconds"),
    [
        ("1500000000.5", 1500000000.5),
        ("1500000000", 1500000000.0),
        ("1.5e9", 1.5e9),
        ("2017-07-14T02:40:00.500000Z", 1500000000.5),
        ("2017-07-14T02:40:00Z", 1500000000.0),
        ("2017-07-14T02:40:00", 1500000000.0),
        ("2017-07-14T04:40:00+02:00", 1500000000.0),
        ("0.0", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("4102444800.0", None),
        ("2100-01-01T00:00:00Z", None),
        ("soon", None),
        ("-", None),
        ("9" * 400, None),
        ("0000-00-00T00:00:00Z", None),
    ],
)
def test_times(ts: str, seconds: float | None) -> None:
    rows, tally = read(log(RECORD | {"ts": ts}, RECORD | {"ts": "1500000009.0"}))
    assert [row["time"] for row in rows] == [*([seconds] if seconds else []), 1500000009.0]
    assert tally.bad == ({} if seconds else {"time out of range": 1})
    assert tally.records == 2


@pytest.mark.parametrize(
    ("ttls", "ttl"),
    [
        ("60.000000", 60),
        ("300.0,20.0", 20),
        ("0.0", 0),
        ("0.4", 0),
        ("2147483647.0", 2**31 - 1),
        ("2147483648.0", None),
        ("-1.0", None),
        ("x", None),
        ("nan", None),
        ("60.0,", None),
        ("-", None),
        ("(empty)", None),
        ("1" * 500, None),
        ("0x10", None),
    ],
)
def test_ttl(ttls: str, ttl: int | None) -> None:
    rows, _ = read(log(RECORD | {"TTLs": ttls}, RECORD))
    assert {row["ttl"] for row in rows} == {ttl, 60}


@pytest.mark.parametrize(
    ("held", "kept"),
    [
        ("b.example,c.example,203.0.113.1", "b.example,c.example,203.0.113.1"),
        ("203.0.113.1,RRSIG 5 example", "203.0.113.1,RRSIG 5 example"),
        ("a\\x2cb.example,203.0.113.1", "a\\044b.example,203.0.113.1"),
        ("\\xff\\x1b.example,203.0.113.1", "\\255\\027.example,203.0.113.1"),
        ("\x1b[31m\x7f.example,203.0.113.1", "\\027[31m\\127.example,203.0.113.1"),
        ("\udcff.example,203.0.113.1", "\\255.example,203.0.113.1"),
    ],
)
def test_answers_are_kept_as_they_stand_with_escapes(held: str, kept: str) -> None:
    assert answers(RECORD | {"answers": held}) == [kept]


def test_name_servers() -> None:
    rows, _ = read(log(RECORD | {"qtype_name": "NS", "answers": "ns1.a.example,ns2.a.example"}))
    assert [brief(row) for row in rows] == [("a.example", "NS", "ns1.a.example,ns2.a.example", 60)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends(end: str) -> None:
    content = log(RECORD, RECORD, end=end)
    assert len(read(content)[0]) == 2
    assert len(read(content.rstrip())[0]) == 2


@pytest.mark.parametrize("count", [1, 9, 11, 300])
def test_a_wrong_number_of_columns_costs_one_line(count: int) -> None:
    content = log(RECORD, RECORD) + b"\t".join([b"x"] * count) + b"\n"
    rows, tally = read(content)
    assert (len(rows), tally.records, tally.bad) == (2, 3, {"wrong number of columns": 1})
    assert tally.samples["wrong number of columns"][0].startswith("x")


def test_bad_lines_are_counted_once_though_a_block_is_read_twice() -> None:
    content = log(RECORD, RECORD | {"ts": "soon"}) + b"a\tb\n" * 5
    _, tally = read(content)
    assert tally.bad == {"wrong number of columns": 5, "time out of range": 1}
    assert tally.records == 7


@pytest.mark.parametrize(
    ("content", "records", "bad"),
    [
        (log(), 0, {}),
        (log().rstrip(), 0, {}),
        (b"#separator \\x09\n", 0, {}),
        (log() + b"\n\n\n", 0, {}),
        (b"1500000000.5\ta.example\n", 1, {"record before #fields": 1}),
        (b"#fields\n1\n2", 2, {"record before #fields": 2}),
        (b"#fields" + b"\tq" * 300 + b"\n1\n", 1, {"too many columns": 1}),
    ],
)
def test_logs_that_hold_nothing(content: bytes, records: int, bad: dict[str, int]) -> None:
    rows, tally = read(content)
    assert (rows, tally.records) == ([], records)
    assert bad.items() <= tally.bad.items()


@pytest.mark.parametrize("path", ["conn", "http", "dns_red"])
def test_other_logs_are_passed_over(path: str) -> None:
    rows, tally = read(log(RECORD, RECORD, header={"path": path}))
    assert (rows, tally.records, tally.passed_over) == ([], 2, {"other log": 2})


def test_of_duplicate_columns_the_first_is_taken() -> None:
    content = log(RECORD | {"other": "b.example"}).replace(b"\tother\n", b"\tquery\n")
    assert [row["name"] for row in read(content)[0]] == ["a.example"]


@pytest.mark.parametrize("fill", ["b", "\udcff", "é", "\\x2c"])
@pytest.mark.parametrize("column", ["query", "answers", "label"])
def test_very_long_values(fill: str, column: str) -> None:
    """Almost a line's limit, and four times that once what is no UTF-8 is escaped."""
    size = (streams.LINE_BYTES - 1_000) // len(fill.encode("utf-8", "surrogateescape"))
    rows, tally = read(log(RECORD | {column: fill * size}, RECORD | {column: "203.0.113.1"}))
    assert len(rows) >= 1
    assert tally.records == 2


def test_a_line_beyond_the_limit_within_a_block() -> None:
    rows, tally = read(log(RECORD, RECORD | {"query": "b" * 7_000_000}, RECORD))
    assert (len(rows), tally.records, tally.bad) == (2, 3, {"line too long": 1})


def test_a_named_sensor_wins() -> None:
    rows, _ = read(log(RECORD, RECORD | {"id.resp_h": "-"}), ReadOptions(sensor="tap-1"))
    assert [row["sensor"] for row in rows] == ["tap-1"] * 2


def test_repeated_headers_cost_no_parse_each() -> None:
    """Rotated logs joined: three thousand headers, one layout."""
    once = log(RECORD)
    rows, _ = read(once * 3_000)
    assert len(rows) == 3_000


def test_layouts_that_change_all_the_time_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zeek, "MAX_LAYOUTS", 50)
    one, other = log(RECORD), log(dict(reversed(RECORD.items())))
    with pytest.raises(CorruptInputError, match="changes of columns"):
        read((one + other) * 26)
    rows, _ = read((one + other) * 20)
    assert len(rows) == 40


def test_a_million_remarks_take_bounded_time() -> None:
    started = time.process_time()
    rows, tally = read(b"#\n" * 1_000_000 + log(RECORD))
    assert (len(rows), tally.records) == (1, 1)
    assert time.process_time() - started < 10  # measured: 0.6 s


def test_a_hash_within_records_is_no_header() -> None:
    records = [RECORD | {"query": f"#{i}.example"} for i in range(2_000)]
    assert len(answers(*records)) == 2_000


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_the_writer_writes_is_read(name: str) -> None:
    table = SCENARIOS[name].table(duration_s=1_800)
    rows, tally = read(zeek_tsv(table))
    firsts = {(r["time"], r["client"]): r for r in reversed(table.to_pylist())}
    wanted = sorted(firsts.values(), key=lambda row: (row["time"], row["name"]))
    assert not tally.bad
    columns = ("name", "type", "answers", "ttl", "client", "sensor")
    assert [[r[c] for c in columns] for r in rows] == [[r[c] for c in columns] for r in wanted]


@given(st.permutations(list(ZEEK_FIELDS)), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_columns_in_any_order_mean_the_same(order: list[str], random: Any) -> None:
    content = zeek_tsv(TABLE)
    lines = [line.split("\t") for line in content.decode().splitlines()]
    place = [lines[6].index(field) - 1 for field in order]
    moved = [
        [line[0], *(line[1 + i] for i in place)] if line[0] in ("#fields", "#types") else line
        for line in lines
    ]
    moved = [[line[i] for i in place] if not line[0].startswith("#") else line for line in moved]
    del random
    assert read("\n".join("\t".join(line) for line in moved).encode())[0] == READ


TABLE = FLUX["classic"].table(duration_s=1_800)
READ = read(zeek_tsv(TABLE))[0]

CELL = st.one_of(
    st.sampled_from(["-", "(empty)", "", "A", "NS", "NOERROR", "192.0.2.1", "2001:db8::1", "T"]),
    st.sampled_from(["1500000000.0", "0", "nan", "\\x2c", "\\x", "a,b", "#", "\r", "\x1b[0m"]),
    st.text(max_size=12).filter(lambda text: "\n" not in text),
)
LINE = st.one_of(
    st.lists(CELL, min_size=8, max_size=11).map("\t".join),
    st.fixed_dictionaries(dict.fromkeys(RECORD, CELL)).map(lambda r: "\t".join(r.values())),
    st.sampled_from(["#fields\tts\tquery\tanswers\tqtype", "#path\tconn", "#path\tdns", "#close"]),
    st.sampled_from(["#separator \\x7c", "#separator", "#set_separator\t", "#unset_field\tA", "#"]),
)


@given(st.lists(LINE, max_size=20), st.binary(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_lines_end_in_rows_or_a_sentence(lines: list[str], rest: bytes) -> None:
    content = log() + "\n".join(lines).encode("utf-8", "replace") + rest
    try:
        read(content)
    except FluxhoundError as error:
        assert str(error)  # noqa: PT017 - either way is right


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_end_in_rows_or_a_sentence(content: bytes) -> None:
    FORMAT.matches(content)
    for start in (b"", b"#separator \\x09\n#fields\tts\tquery\tqtype\tanswers\n"):
        try:
            read(start + content)
        except FluxhoundError as error:  # it may begin like a compressed file
            assert str(error)  # noqa: PT017 - either way is right
