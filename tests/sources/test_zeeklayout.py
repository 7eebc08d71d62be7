from __future__ import annotations

import pytest

from fluxhound.sources.tally import Tally
from fluxhound.sources.zeeklayout import MAX_FIELDS, Layout


def learned(*lines: bytes) -> tuple[Layout, Tally]:
    layout, tally = Layout(), Tally()
    for line in lines:
        layout.learn(line, tally)
    return layout, tally


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"#separator \\x09", Layout()),
        (b"#separator |", Layout(separator=b"|")),
        (b"#separator \\x0a", Layout()),
        (b"#set_separator\t;", Layout(set_separator=";")),
        (b"#set_separator\t\\x7c", Layout(set_separator="|")),
        (b"#empty_field\tnone", Layout(empty="none")),
        (b"#unset_field\tNULL", Layout(unset="NULL")),
        (b"#path\tconn", Layout(path="conn")),
        (b"#fields\tts\tquery", Layout(fields=["ts", "query"])),
        (b"#fields", Layout()),
        (b"#close\t2026-11-19-00-00-00", Layout()),
        (b"#", Layout()),
    ],
)
def test_each_header_line_says_one_thing(line: bytes, expected: Layout) -> None:
    assert learned(line) == (expected, Tally())


def test_the_separator_holds_for_the_lines_after_it() -> None:
    layout, _ = learned(b"#separator \\x2c", b"#fields,ts,query")
    assert layout.fields == ["ts", "query"]


def test_columns_without_end_are_refused() -> None:
    layout, tally = learned(b"#fields" + b"\tx" * (MAX_FIELDS + 1))
    assert layout.fields == []
    assert tally.bad == {"too many columns": 1}
