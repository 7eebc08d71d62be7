from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intel.readers import SOME, counts, read, survives, taken

LIST = """\
# Domains
Evil.Example
b[.]example  # found today
9.9.9.9:443
8.8.0.0/16
hxxps://t[.]example/s/x
d41d8cd98f00b204e9800998ecf8427e
invoice.exe
c.example 8.8.4.4
"""
PROSE = """\
The loader (see https://vendor.example/blog) calls hxxp://evil[.]example/gate.php, then
contacts 192[.]0[.]3[.]7 and "b(.)example". Version 1.2.3.4 of update.py is not affected.
Nothing of interest stands here, e.g. example.org or readme.md.
"""


def test_a_list_is_read_line_by_line() -> None:
    feed = read(LIST)
    assert feed.forms == ("text",)
    assert taken(LIST) == [
        "domain evil.example",
        "address 9.9.9.9",
        "network 8.8.0.0/16",
        "url https://t.example/s/x",
        "domain b.example",
        "domain c.example",
        "address 8.8.4.4",
    ]
    assert counts(feed.tally) == {"a file's hash": 1, "no top-level domain that exists": 1}


def test_of_prose_only_what_is_defanged_is_taken() -> None:
    assert taken(PROSE) == [
        "url http://evil.example/gate.php",
        "address 192.0.3.7",
        "domain b.example",
    ]
    assert counts(read(PROSE).tally) == {"text without a defanged indicator": 1}


@pytest.mark.parametrize("line", ["- evil[.]example", "* evil[.]example", "evil[.]example,"])
def test_marks_of_lists_do_not_count(line: str) -> None:
    assert taken(line) == ["domain evil.example"]


@SOME
@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    survives(text.encode("utf-8", "replace"), "text")


@pytest.mark.parametrize("line", ["a " * 400_000, " " * 900_000, "[." * 400_000, "a.b" * 300_000])
def test_long_lines_take_no_time(line: str) -> None:
    survives(line.encode(), "text")


def test_many_lines_of_blanks_take_no_time() -> None:
    start = time.perf_counter()
    survives(("a" + " " * 4_000 + "b\n").encode() * 1_000, "text")
    assert time.perf_counter() - start < 5
