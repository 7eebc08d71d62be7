"""Texts of addresses written together are those that the system writes."""

from socket import AF_INET6, inet_ntoa, inet_ntop

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources.addresstexts import distinct_ipv4, distinct_ipv6, ipv4, ipv6
from fluxhound.sources.labels import padded

groups = st.sampled_from([b"\0\0", b"\0\0", b"\0\1", b"\0\x10", b"\1\0", b"\xff\xff"]) | st.binary(
    min_size=2, max_size=2
)
addresses = st.lists(groups, min_size=8, max_size=8).map(b"".join)


@given(st.lists(st.binary(min_size=4, max_size=4)))
def test_ipv4(octets: list[bytes]) -> None:
    numbers = np.frombuffer(b"".join(octets), ">u4").astype(np.uint32)
    assert ipv4(numbers).to_pylist() == [inet_ntoa(each) for each in octets]


@given(st.lists(addresses))
def test_ipv6(octets: list[bytes]) -> None:
    found = ipv6(np.frombuffer(b"".join(octets), np.uint8))
    assert found.to_pylist() == [inet_ntop(AF_INET6, each) for each in octets]


def test_ipv6_with_dots_and_all_zeros() -> None:
    octets = [
        bytes(16),
        bytes(15) + b"\1",
        bytes(10) + b"\xff\xff\1\2\3\4",
        bytes(12) + b"\1\2\3\4",
    ]
    found = ipv6(np.frombuffer(b"".join(octets), np.uint8))
    assert found.to_pylist() == ["::", "::1", "::ffff:1.2.3.4", "::1.2.3.4"]


def test_each_text_is_made_once() -> None:
    text, number = distinct_ipv4(np.array([1, 2, 1], np.uint32))
    assert (text.to_pylist(), number.tolist()) == (["0.0.0.1", "0.0.0.2"], [0, 1, 0])
    octets = padded(bytes(15) + b"\1" + bytes(16))
    text, number = distinct_ipv6(octets, np.array([16, 0, 16]))
    assert (text.to_pylist(), number.tolist()) == (["::", "::1"], [0, 1, 0])
    assert distinct_ipv6(octets, np.array([], np.int64))[0].to_pylist() == []
