from __future__ import annotations

import ipaddress
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.errors import UsageError
from fluxhound.history.clients import pseudonyms
from fluxhound.history.identification import candidates, identify

KEY = b"k" * 32


def of(*addresses: str) -> list[int]:
    hashed: list[int] = pseudonyms(addresses, KEY).to_pylist()
    return hashed


def test_clients_in_a_network_are_found_with_the_key_and_only_with_it() -> None:
    wanted = of("10.1.2.3", "10.1.255.255", "10.2.0.0")
    found = identify(wanted, KEY, candidates("10.1.0.0/16"))
    assert found == {wanted[0]: "10.1.2.3", wanted[1]: "10.1.255.255"}
    assert identify(wanted, b"x" * 32, candidates("10.1.0.0/16")) == {}


def test_the_search_ends_when_all_are_found() -> None:
    tried = itertools.count()
    endless = (f"10.0.0.{next(tried)}" for _ in itertools.repeat(0))
    assert identify(of("10.0.0.5"), KEY, endless) == {of("10.0.0.5")[0]: "10.0.0.5"}
    assert next(tried) == 6
    assert identify([], KEY, candidates("10.0.0.0/24")) == {}


@settings(max_examples=40)
@given(st.integers(0, (1 << 32) - 1), st.integers(20, 32))
def test_a_network_has_just_its_addresses(address: int, length: int) -> None:
    network = ipaddress.ip_network((address, length), strict=False)
    assert list(candidates(str(network))) == [str(each) for each in network]


@pytest.mark.parametrize(
    ("text", "first", "size"),
    [("10.0.0.1", "10.0.0.1", 1), ("2001:db8::/120", "2001:db8::", 256), ("::1", "::1", 1)],
)
def test_both_families_are_taken(text: str, first: str, size: int) -> None:
    found = list(candidates(text))
    assert (found[0], len(found)) == (first, size)


@pytest.mark.parametrize("text", ["10.0.0.0/7", "2001:db8::/64", "0.0.0.0/0", "::/0"])
def test_too_large_a_network_is_refused_at_once(text: str) -> None:
    with pytest.raises(UsageError, match="too many addresses"):
        candidates(text)


def test_the_largest_network_begins_and_ends_where_it_should() -> None:
    found = candidates("10.0.0.0/8")
    assert next(found) == "10.0.0.0"


def test_a_file_holds_one_address_a_line(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"# comment\n10.0.0.1\n\n 2001:DB8::0:1  # printer\n\xff\xfe\n" + b"x" * 600)
    found = list(candidates(str(path)))
    assert found[:2] == ["10.0.0.1", "2001:db8::1"]
    assert all(len(each) <= 256 for each in found)
    assert identify(of("2001:db8::1"), KEY, candidates(str(path)))


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "no such file", "\0"])
def test_what_is_neither_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="no network, no address"):
        candidates(text)
