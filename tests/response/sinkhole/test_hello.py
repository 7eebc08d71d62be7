from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.hello import LARGEST, is_tls, read_hello
from tests.response.sinkhole.greeting import KNOWN, body, message, records, server_name, vector

NAMED = message(body(extensions=[server_name(b"evil.example")]))


@pytest.mark.parametrize("name", KNOWN)
def test_hellos_of_real_clients_are_read_whole(name: str) -> None:
    found = read_hello(KNOWN[name].octets)
    assert found.hello is not None
    assert not found.hello.damaged
    named = name not in ("curl-by-address", "openssl-tls10")
    assert found.hello.server_name == (b"evil.example" if named else b"")


def test_what_a_client_offers() -> None:
    hello = read_hello(KNOWN["curl"].octets).hello
    assert hello is not None
    assert hello.alpn == (b"h2", b"http/1.1")
    assert 0x0304 in hello.versions
    assert hello.version == 0x0303
    assert 29 in hello.groups  # x25519


@pytest.mark.parametrize("size", [1, 3, 50, 16_384])
def test_a_hello_may_be_spread_over_records(size: int) -> None:
    hello = read_hello(records(NAMED, size=size)).hello
    assert hello is not None
    assert hello.server_name == b"evil.example"
    assert not hello.damaged


@pytest.mark.parametrize("name", KNOWN)
def test_every_beginning_asks_for_more(name: str) -> None:
    octets = KNOWN[name].octets
    for end in range(len(octets)):
        found = read_hello(octets[:end])
        assert (found.hello, found.more) == (None, True)
        assert is_tls(octets[:end]) is (True if end >= 5 else None)


@pytest.mark.parametrize(
    ("octets", "tls"),
    [
        (b"", None),
        (b"\x16", None),
        (b"\x16\x03", None),
        (b"\x16\x03\x01\x00\x05", True),
        (b"\x16\x02", False),
        (b"\x17\x03\x01\x00\x05", False),
        (b"\x16\x03\x01\x00\x00", False),
        (b"\x16\x03\x01\xff\xff", False),
        (b"GET / HTTP/1.1", False),
        (b"\x80\x2e\x01\x00\x02", False),  # SSL 2
    ],
)
def test_what_begins_tls(octets: bytes, *, tls: bool | None) -> None:
    assert is_tls(octets) is tls


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n",
        records(message(body(), kind=2)),  # a ServerHello
        records(b"\x01\xff\xff\xff" + bytes(500)),  # longer than anybody's
        records(b"\x01") + records(b"\0\0\x50", kind=21),  # an alert in between
        records(b"\x01") + b"GET / HTTP/1.1\r\n",
    ],
)
def test_what_is_no_hello_is_told_at_once(octets: bytes) -> None:
    found = read_hello(octets)
    assert (found.hello, found.more) == (None, False)


@pytest.mark.parametrize(
    "octets",
    [
        body(extensions=[server_name(b"evil.example"), (16, b"")])[:-3],
        body(extensions=[server_name(b"evil.example")]) + b"",
        body(extensions=[server_name(b"evil.example"), (13, b"\xff\xff\x04"), (16, b"\0\x05\xff")]),
    ],
)
def test_what_was_read_before_the_damage_is_kept(octets: bytes) -> None:
    hello = read_hello(records(message(octets))).hello
    assert hello is not None
    assert hello.server_name == b"evil.example"


def test_a_length_beyond_the_end_is_noted() -> None:
    hello = read_hello(records(message(body()[:40]))).hello
    assert hello is not None
    assert hello.damaged
    assert hello.version == 0x0303


def test_only_the_first_host_name_counts() -> None:
    names = b"\x07" + vector(2, b"other") + b"\0" + vector(2, b"a") + b"\0" + vector(2, b"b")
    hello = read_hello(records(message(body(extensions=[(0, vector(2, names))])))).hello
    assert hello is not None
    assert hello.server_name == b"a"


@given(st.binary(max_size=600))
def test_no_octets_raise(octets: bytes) -> None:
    read_hello(octets)
    read_hello(b"\x16\x03\x01" + octets)
    read_hello(records(message(octets)))


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_no_change_of_a_real_hello_raises(name: str, drawn: st.DataObject) -> None:
    octets = bytearray(KNOWN[name].octets)
    for _ in range(drawn.draw(st.integers(1, 4))):
        octets[drawn.draw(st.integers(0, len(octets) - 1))] = drawn.draw(st.integers(0, 255))
    read_hello(bytes(octets[: drawn.draw(st.integers(0, len(octets)))]))


@given(
    version=st.integers(0, 0xFFFF),
    ciphers=st.lists(st.integers(0, 0xFFFF), max_size=50),
    extensions=st.lists(st.tuples(st.integers(100, 0xFFFF), st.binary(max_size=20)), max_size=20),
    size=st.integers(1, 300),
)
def test_what_is_written_is_read(
    version: int, ciphers: list[int], extensions: list[tuple[int, bytes]], size: int
) -> None:
    written = body(version=version, ciphers=ciphers, extensions=extensions)
    hello = read_hello(records(message(written), size=size)).hello
    assert hello is not None
    assert (hello.version, hello.ciphers) == (version, tuple(ciphers))
    assert hello.extensions == tuple(number for number, _ in extensions)
    assert not hello.damaged


def test_the_worst_takes_no_time() -> None:
    worst = records(message(body(extensions=[(at, b"") for at in range(4_000)])[:LARGEST]), size=1)
    begun = time.process_time()
    read_hello(worst)
    assert time.process_time() - begun < 0.5
