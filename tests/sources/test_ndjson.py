from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import ndjson
from fluxhound.sources.engine import Engine
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeekjson import FORMAT
from tests.reading import read

SOUND = b'{"ts":1600000000,"query":"a.example","qtype_name":"A","answers":["192.0.2.1"],"TTLs":[5]}'


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        (b"null", 1),
        (b"5", 1),
        (b'"x"', 1),
        (b"[1]", 1),
        (b"{", 1),
        (b'{"ts":1}{"ts":2}', 1),
        (b'{"query":"\xff\xfe"}', 1),
        (b'{"query":"\\ud800"}', 1),
        (b"\x00\x00", 1),
        (b"", 0),
        (b" \t\r", 0),
        (b"[" * 500_000, 1),
        (b'{"x":' * 100_000 + b"1" + b"}" * 100_000, 0),
        (b'{"answers":' + b"[" * 200_000 + b"]" * 200_000 + b"}", 0),
        (b'{"ts":NaN,"query":Infinity}', 0),
        (b'{"ts":' + b"9" * 5000 + b"}", 0),
        (b'{"ts":1,"ts":2}', 0),
        (b'{"query":"a\\u0000b","ts":1}', 0),
        (b"{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}", 0),
        (b'{"x":"' + b"y" * 900_000 + b'"}', 0),
    ],
)
def test_one_bad_line_costs_only_itself(line: bytes, bad: int) -> None:
    rows, tally = read(FORMAT, SOUND + b"\n" + line + b"\r\n" + SOUND)
    assert len(rows) == 2
    # A number where a sound record stood in another type is counted too, for another reason.
    assert sum(n for reason, n in tally.bad.items() if reason != "time out of range") == bad
    assert tally.records == (2 if not line.strip() else 3)


def test_first_line_null_and_byte_order_mark() -> None:
    assert len(read(FORMAT, b"null\n" + SOUND)[0]) == 1
    assert len(read(FORMAT, b"\xef\xbb\xbf" + SOUND + b"\r\n")[0]) == 1


def test_a_line_the_engine_cannot_hold_is_isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    select = Engine.select

    def refusing(self: Engine, sql: str, **tables: object) -> object:
        lines = tables["lines"].column("_line").to_pylist()  # type: ignore[attr-defined]
        if any("heavy" in line for line in lines):
            raise ndjson.TOO_MUCH[0]
        return select(self, sql, **tables)

    monkeypatch.setattr(Engine, "select", refusing)
    content = b"\n".join([SOUND] * 5 + [b'{"heavy":1}'] + [SOUND] * 5)
    rows, tally = read(FORMAT, content)
    assert (len(rows), tally.records, tally.bad) == (10, 11, {"line too complex": 1})


def test_lines_with_and_without_an_end() -> None:
    assert ndjson.line_array(b"a\nb", Tally()).to_pylist() == ["a\n", "b"]
    assert ndjson.line_array(b"a\nb\n", Tally()).to_pylist() == ["a\n", "b\n"]
    assert ndjson.line_array(b"\n\na\n\nb", Tally()).to_pylist() == ["a\n", "b"]
    assert ndjson.line_array(b"", Tally()).to_pylist() == []


def test_more_lines_than_the_engine_is_given_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "QUERY_LINES", 3)
    rows, tally = read(FORMAT, (SOUND + b"\n") * 10)
    assert (len(rows), tally.records) == (10, 10)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(["ts", "query", "qtype_name", "answers", "TTLs", "id", "id.orig_h", "_path"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=6))
def test_any_json_is_survived(records: list[dict[str, object]]) -> None:
    lines = [json.dumps(record).encode() for record in records]
    _, tally = read(FORMAT, b"\n".join(lines))
    assert tally.records == len(records)
