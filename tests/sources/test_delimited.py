from __future__ import annotations

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.sources.delimited import header
from fluxhound.sources.table import FORMAT
from tests.reading import brief, read, read_log


def test_a_table_with_semicolons() -> None:
    rows, tally = read_log(FORMAT, "table/semicolons.csv")
    assert [(*brief(row), row["client"]) for row in rows] == [
        ("a.example.com", "A", "192.0.2.1,192.0.2.2", 60, "10.0.0.1"),
        ("b.example.com", "A", "192.0.2.7", 60, "10.0.0.1"),
        ("b.example.com", "AAAA", "2001:db8::1", 60, "10.0.0.1"),
    ]
    assert tally.passed_over == {"other record type": 1}
    assert tally.bad == {"wrong number of columns": 1}
    assert tally.records == 5


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_and_line_ends(delimiter: str, newline: str, mark: str) -> None:
    lines = (["ts", "query", "answers"], ["1600000000", "a.example", '"192.0.2.1"'])
    text = mark + newline.join(delimiter.join(line) for line in lines) + newline
    rows, _ = read(FORMAT, text.encode())
    assert FORMAT.matches(text.encode())
    assert [brief(row) for row in rows] == [("a.example", "A", "192.0.2.1", None)]


@pytest.mark.parametrize(
    "body",
    [
        b'"1600000000,a.example,192.0.2.1\n',
        b'1600000000,"a.exa"mple,192.0.2.1\n',
        b"\xff\xfe,\x00\x00,\xff\n",
        b"\n\n\r\n",
        b"1600000000,a.example,192.0.2.1" + b",x" * 5000 + b"\n",
        b'1600000000,"' + b"x" * 3_000_000 + b'",192.0.2.1\n',
    ],
)
def test_broken_rows_do_not_lose_the_others(body: bytes) -> None:
    sound = b"1600000001,b.example,192.0.2.2\n"
    rows, _ = read(FORMAT, b"ts,query,answers\n" + sound + body + sound.replace(b"b.ex", b"c.ex"))
    assert "b.example" in [row["name"] for row in rows]


def test_the_same_column_twice() -> None:
    rows, _ = read(FORMAT, b"ts,query,answers,answers\n1600000000,a.example,192.0.2.1,x\n")
    assert [row["answers"] for row in rows] == ["192.0.2.1"]


def test_header() -> None:
    assert header(b'"a;b",c,d\r\n') == (",", ["a;b", "c", "d"])
    assert header(b"#a\tb") == ("\t", ["a", "b"])
    assert header(b"alone") == (",", ["alone"])


def test_too_many_columns() -> None:
    with pytest.raises(ConfigurationError, match="columns"):
        read(FORMAT, b"ts,query,answers" + b",x" * 5000 + b"\n1\n")
