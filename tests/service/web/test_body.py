from __future__ import annotations

import gzip
import http.client
import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.service.web.body import Limits
from tests.service.web.serving import OBSERVE, Pipeline, bearer, observation, post, served

SMALL = Limits(body=4096, body_s=0.3)


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415, "application/x-ndjson"),
        ({"Content_Type": ""}, 415, "missing"),
        ({"Content_Type": "text/html\x09<b>"}, 415, "text/html"),
        ({"Content_Type": "text/plain; charset=utf-8"}, 202, ""),
        ({"Content_Encoding": "br"}, 415, "gzip"),
        ({"Content_Encoding": "gzip"}, 400, "no sound gzip"),
    ],
)
def test_headers(address: str, headers: dict[str, str], status: int, said: str) -> None:
    found = post(address, observation(), **headers)
    assert found.status_code == status
    assert said in found.text


def test_not_json_lines(address: str) -> None:
    for body in (b"#separator \\x09\n", b"time,name\n1,a\n", b"\x1f\x8b\x08", b"[1]", b"\x00"):
        assert post(address, body).status_code == 415


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.lists(
        st.sampled_from(
            [observation(), b"{", b"}", b"\n", b'{"time": 1}\n', b"\xff", b"\0", b"null"]
        )
        | st.binary(max_size=20),
        max_size=20,
    ).map(b"".join),
    packed=st.booleans(),
)
def test_any_body_is_counted_or_refused(address: str, body: bytes, *, packed: bool) -> None:
    found = post(address, body, Content_Encoding="gzip" if packed else "identity")
    assert found.status_code in ((202, 400, 415) if packed else (202, 415))
    if found.status_code == 202:
        told = found.json()
        assert told["records"] == told["accepted"] + told["rejected"] + told["passed_over"]


def test_too_large() -> None:
    big = observation() * 100
    pipeline = Pipeline()
    with served(pipeline, limits=SMALL) as address:
        assert post(address, big).status_code == 413
        assert post(address, gzip.compress(big), Content_Encoding="gzip").status_code == 413
        assert post(address, observation()).status_code == 202
        assert unannounced(address, big) == 413
    assert len(pipeline.portions) == 1


def unannounced(address: str, body: bytes) -> int:
    """Post without a Content-Length."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    headers = {"Content-Type": "text/plain"} | bearer(OBSERVE)
    connection.request("POST", "/api/v1/observations", iter([body]), headers, encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_bomb_is_bounded() -> None:
    bomb = gzip.compress(b"\n" * (200 << 20), 9)
    assert len(bomb) < 256 << 10
    pipeline = Pipeline()
    with served(pipeline) as address:
        assert post(address, bomb, Content_Encoding="gzip").status_code == 413
    assert pipeline.portions == []


def test_gzip_in_members_and_gzip_that_ends_early() -> None:
    member = gzip.compress(observation())
    pipeline = Pipeline()
    with served(pipeline) as address:
        assert post(address, member * 3, Content_Encoding="gzip").json()["accepted"] == 3
        found = post(address, member[:-5], Content_Encoding="gzip")
        assert (found.status_code, "ends early" in found.text) == (400, True)
    assert len(pipeline.portions) == 1


def half_sent(address: str, *, then: str) -> bytes:
    """Send the head and half of a body; then wait for an answer, or leave."""
    where = urlsplit(address)
    head = (
        "POST /api/v1/observations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
        f"Authorization: Bearer {OBSERVE}\r\nContent-Length: 200\r\n\r\n"
    )
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(head.encode() + observation())
        return connection.recv(4096) if then == "wait" else b""


def test_a_body_that_does_not_come() -> None:
    pipeline = Pipeline()
    with served(pipeline, limits=SMALL) as address:
        assert half_sent(address, then="wait").startswith(b"HTTP/1.1 408 ")
        half_sent(address, then="leave")
        assert post(address, observation()).status_code == 202
    assert len(pipeline.portions) == 1
