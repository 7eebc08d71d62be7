"""Addresses as text."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import addresses


@given(st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=16, max_size=16)))
def test_text_is_the_address(octets: bytes) -> None:
    text = addresses.text(octets)
    assert text is None or ipaddress.ip_address(text).packed == octets
    assert (text is None) is (not any(octets))


@pytest.mark.parametrize("octets", [b"", b"\0" * 4, b"\0" * 16, b"abc", b"abcde"])
def test_no_address_is_none(octets: bytes) -> None:
    assert addresses.text(octets) is None
