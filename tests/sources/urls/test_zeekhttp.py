from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.urls.link import LINK
from fluxhound.sources.urls.zeekhttp import FORMAT, FORMAT_JSON
from tests.flowing import read, survives

HEADER = "#path\thttp\n#fields\tts\tuid\tid.orig_h\thost\turi\n"


def line(host: str = "Evil.example:8080", uri: str = "/a?q=secret", ts: str = "5.5") -> str:
    return f"{ts}\tC1\t10.0.0.1\t{host}\t{uri}\n"


def row(host: str = "evil.example", url: str = "http://Evil.example:8080/a") -> dict[str, object]:
    return {"time": 5.5, "client": "10.0.0.1", "recipient": None, "host": host, "url": url}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), row()),
        (line("evil.example", "-"), row(url="http://evil.example/")),
        (line("evil.example", "/" + "x" * 500), row(url="http://evil.example/" + "x" * 180)),
        (line("evil.example", "http://other.example/"), row(url="http://evil.example/")),
    ],
)
def test_requests(text: str, expected: dict[str, object]) -> None:
    content = (HEADER + text).encode()
    assert FORMAT.matches(content)
    assert read(FORMAT, content, LINK)[0] == [expected]


def test_json() -> None:
    text = json.dumps({
        "ts": 5.5, "id.orig_h": "10.0.0.1", "host": "evil.example", "uri": "/a#b",
    }).encode()  # fmt: skip
    assert FORMAT_JSON.matches(text)
    assert read(FORMAT_JSON, text, LINK)[0] == [row(url="http://evil.example/a")]


def test_bad_and_empty_records() -> None:
    rows, tally = read(FORMAT, (HEADER + line("-") + line(ts="x") + line()).encode(), LINK)
    assert rows == [row()]
    assert tally.passed_over == {"no URL": 1}
    assert tally.bad == {"time out of range": 1}


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    survives(FORMAT, HEADER.encode() + content, LINK)
    survives(FORMAT_JSON, b'{"uri":' + content, LINK)
