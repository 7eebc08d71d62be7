from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.request import (
    LARGEST_HEAD,
    has_head,
    host_name,
    is_http,
    read_request,
)

PLAIN = b"GET /a?b=1 HTTP/1.1\r\nHost: Evil.example:80\r\nUser-Agent: x/1 (y)\r\n\r\n"


@pytest.mark.parametrize(
    ("octets", "http"),
    [
        (PLAIN, True),
        (b"POST /gate.php HTTP/1.0\r\n", True),
        (b"GET http://evil.example/ HTTP/1.1\n", True),
        (b"CONNECT evil.example:443 HTTP/1.1\r\n", True),
        (b"PRI * HTTP/2.0\r\n", True),
        (b"VERSION-CONTROL / HTTP/1.1\r\n", True),
        (b"GET /\r\n", True),  # HTTP/0.9
        (b"", None),
        (b"GET", None),
        (b"GET /" + b"a" * 3_000, None),
        (b"GET /" + b"a" * 5_000, False),
        (b"EHLO mail.example\r\n", False),
        (b"USER anonymous\r\n", False),
        (b"NICK bot\r\nUSER a b c d\r\n", False),
        (b"SSH-2.0-x\r\n", False),
        (b"get / http/1.1\r\n", False),
        (b" GET / HTTP/1.1\r\n", False),
        (b"\r\n\r\n", False),
        (b"GET  HTTP/1.1\r\n", False),
        (b"\x00\x01\x02", False),
        (b"A" * 30, False),
    ],
)
def test_what_begins_a_request(octets: bytes, *, http: bool | None) -> None:
    assert is_http(octets) is http


def test_a_request_is_read() -> None:
    request = read_request(PLAIN)
    assert request is not None
    assert (request.method, request.target, request.version) == (b"GET", b"/a?b=1", b"HTTP/1.1")
    assert (request.host, request.agent) == (b"Evil.example:80", b"x/1 (y)")
    assert request.complete


def test_of_fields_that_come_twice_the_first_counts() -> None:
    request = read_request(b"GET / HTTP/1.1\nHOST:a\nhost: b\nno colon\n: \n\n")
    assert request is not None
    assert request.host == b"a"


def test_a_line_that_is_cut_off_does_not_count() -> None:
    request = read_request(b"GET / HTTP/1.1\r\nHost: evil.exam")
    assert request is not None
    assert (request.host, request.complete) == (b"", False)


def test_bounds_of_the_head() -> None:
    many = b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"Host: late\r\n\r\n"
    request = read_request(many)
    assert request is not None
    assert (request.host, request.complete) == (b"", True)
    endless = b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000
    assert has_head(endless[:LARGEST_HEAD])
    request = read_request(endless)
    assert request is not None
    assert not request.complete


@pytest.mark.parametrize(
    ("octets", "whole"),
    [
        (PLAIN, True),
        (PLAIN[:-2], False),
        (b"GET / HTTP/1.1\n\n", True),
        (b"GET / HTTP/1.1\n", False),
        (b"GET /\n", True),
        (b"GET /", False),
    ],
)
def test_where_a_head_ends(octets: bytes, *, whole: bool) -> None:
    assert has_head(octets) is whole


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("evil.example", "evil.example"),
        ("EVIL.example.", "evil.example"),
        ("evil.example:8080", "evil.example"),
        ("_sip._tcp.evil.example", "_sip._tcp.evil.example"),
        ("localhost", "localhost"),
        ("192.0.2.1", ""),
        ("192.0.2.1:80", ""),
        ("[2001:db8::1]:80", ""),
        ("2001:db8::1", ""),
        ("1.2.3", ""),
        ("evil..example", ""),
        ("evil example", ""),
        ("a" * 64 + ".example", ""),
        (".".join(["a" * 60] * 5), ""),
        ("evil\\x00.example", ""),
        ("-", ""),
        ("", ""),
        (":80", ""),
    ],
)
def test_the_one_form_of_a_name(text: str, name: str) -> None:
    assert host_name(text) == name


@given(st.binary(max_size=400))
def test_no_octets_raise(octets: bytes) -> None:
    for each in (octets, b"GET " + octets, PLAIN[:20] + octets):
        is_http(each)
        has_head(each)
        request = read_request(each)
        if request is not None:
            host_name(request.host.decode("latin-1"))


@given(st.binary(max_size=200))
def test_what_is_known_of_a_beginning_stays_so(octets: bytes) -> None:
    told = [is_http(octets[:end]) for end in range(len(octets) + 1)]
    known = [each for each in told if each is not None]
    assert told == [None] * (len(told) - len(known)) + known
    assert len(set(known)) <= 1


def test_the_worst_takes_no_time() -> None:
    begun = time.process_time()
    for worst in (b"A" * 20_000, b"GET " + b" " * 20_000, b"GET /\r" * 4_000, b"a:" * 10_000):
        is_http(worst)
        has_head(worst)
        read_request(worst)
    assert time.process_time() - begun < 0.5
