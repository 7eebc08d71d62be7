from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.urls.gateway import CSV, TEXT
from fluxhound.sources.urls.link import LINK
from tests.flowing import read, survives

ROW = {
    "time": 1700000000.0,
    "client": None,
    "recipient": "a@corp.example",
    "host": "evil.example",
    "url": "http://evil.example/x",
}


@pytest.mark.parametrize(
    "text",
    [
        "time,recipient,url\n1700000000,A@corp.example,http://evil.example/x?y=1\n",
        "Date;To;Clicked URL\n2023-11-14T22:13:20Z;Ann <a@corp.example>;hxxp://evil[.]example/x\n",
        (
            '"URL","Recipient Address","Received"\n'
            '"http://u:p@evil.example/x#f","a@corp.example","2023-11-14 22:13:20"\n'
        ),
    ],
)
def test_tables(text: str) -> None:
    assert CSV.matches(text.encode())
    assert read(CSV, text.encode(), LINK)[0] == [ROW]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://evil.example/x", ROW | {"time": None, "recipient": None}),
        ("Nov 14 to=<a@corp.example> hxxp://evil[.]example/x?y seen", ROW | {"time": None}),
    ],
)
def test_text(text: str, expected: dict[str, object]) -> None:
    content = ("# list\n" + text + "\n\nnothing here\n").encode()
    assert TEXT.matches(content) is ("hxxp" in text or "http" in text)
    rows, tally = read(TEXT, content, LINK)
    assert rows == [expected]
    assert tally.passed_over == {"no URL": 2}


@pytest.mark.parametrize("head", [b"a,b\n", b"url\n", b"", b"http://x.example/,a@b\n"])
def test_other_things_are_no_table_of_urls(head: bytes) -> None:
    assert not CSV.matches(head)


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    survives(CSV, b"time,recipient,url\n" + content, LINK)
    survives(CSV, content, LINK)
    survives(TEXT, content, LINK)
