from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.hello import Hello
from fluxhound.response.sinkhole.protocols import Protocol
from fluxhound.response.sinkhole.request import Request
from fluxhound.response.sinkhole.visit import End, Visit, shown
from fluxhound.response.sinkhole.visitlog import LONGEST_LINE, line


def visit(**more: object) -> Visit:
    """Make a visit of 192.0.2.7 to 198.51.100.1 port 80."""
    given = {
        "time": 1_800_000_000.25,
        "client": "192.0.2.7",
        "client_port": 40_000,
        "address": "198.51.100.1",
        "port": 80,
        **more,
    }
    return Visit(**given)  # type: ignore[arg-type]


def request(**more: bytes) -> Request:
    return Request(**{"method": b"GET", "target": b"/", "host": b"evil.example", **more})  # type: ignore[arg-type]


def test_a_line_of_a_request() -> None:
    document = visit(
        protocol=Protocol.HTTP,
        request=request(target=b"/a?\x1b[31m", agent=b"x/1 \xff"),
        first=b"GET /",
        octets=77,
        seconds=0.12345,
        end=End.ANSWERED,
    ).document()
    assert document == {
        "time": "2027-01-15T08:00:00.250Z",
        "client": "192.0.2.7",
        "client_port": 40_000,
        "address": "198.51.100.1",
        "port": 80,
        "protocol": "http",
        "name": "evil.example",
        "host": "evil.example",
        "method": "GET",
        "path": "/a?\\x1b[31m",
        "agent": "x/1 \\xff",
        "first_hex": "474554202f",
        "first_text": "GET /",
        "octets": 77,
        "seconds": 0.123,
        "end": "answered",
    }


def test_a_line_of_a_handshake() -> None:
    hello = Hello(version=0x0303, server_name=b"Evil.Example", alpn=(b"h2",), extensions=(0, 16))
    document = visit(protocol=Protocol.TLS, hello=hello, request=request(host=b"other")).document()
    assert document["sni"] == "Evil.Example"
    assert document["name"] == "evil.example"  # what TLS was agreed for, not what was said within
    assert document["alpn"] == ["h2"]
    assert document["ja4"].startswith("t12d0002h2_")


def test_nothing_is_told_of_nothing() -> None:
    assert set(visit().document()) == {
        "time", "client", "client_port", "address", "port", "protocol", "octets", "seconds", "end",
    }  # fmt: skip


def test_text_is_cut_after_it_was_escaped() -> None:
    assert shown(b"\\" * 10, 6) == "\\x5c\\x"


texts = st.binary(max_size=9_000)


@given(target=texts, agent=texts, host=texts, method=texts, first=texts, names=st.lists(texts))
def test_no_line_is_long_or_more_than_one(
    target: bytes, agent: bytes, host: bytes, method: bytes, first: bytes, names: list[bytes]
) -> None:
    written = line(
        visit(
            hello=Hello(server_name=host, alpn=tuple(names)),
            request=request(target=target, agent=agent, host=host, method=method),
            first=first,
        )
    )
    assert len(written) <= LONGEST_LINE
    assert written.count(b"\n") == 1
    assert written.isascii()
    assert json.loads(written)["client"] == "192.0.2.7"
    assert written[:-1].decode("ascii").isprintable()
