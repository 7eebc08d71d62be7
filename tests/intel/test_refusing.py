from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.errors import UsageError
from fluxhound.intel.refusing import (
    OWN,
    RESERVED,
    Own,
    known_top_levels,
    own,
    own_mask,
    refused_addresses,
    refused_network,
    suffix_masks,
)


@pytest.mark.parametrize(
    ("name", "registry", "company"),
    [
        ("com", True, False),
        ("co.uk", True, False),
        ("ck", True, False),
        ("anything.ck", True, False),
        ("www.ck", False, False),  # an exception of the list
        ("github.io", False, True),
        ("x.github.io", False, False),
        ("ip6.arpa", True, False),
        ("5.2.1.ip6.arpa", False, False),
        ("evil.example", False, False),
        ("example", False, False),
    ],
)
def test_suffixes_are_told_by_the_list(name: str, *, registry: bool, company: bool) -> None:
    masks = suffix_masks(pa.array([name]))
    assert (bool(masks[0][0]), bool(masks[1][0])) == (registry, company)


def test_our_own_is_read_as_names_and_networks() -> None:
    ours = own(["corp.example", "*.lab.example", "192.0.2.0/24", "2001:db8::1"])
    assert ours.names == ("corp.example", "lab.example")
    assert [str(n) for n in ours.networks] == ["192.0.2.0/24", "2001:db8::1/128"]
    with pytest.raises(UsageError, match="one of your own"):
        own(["http://corp.example/a"])


def test_our_names_are_protected_in_both_directions() -> None:
    names = pa.array(["corp.example", "www.corp.example", "notcorp.example", "example.net", "net"])
    ours = Own(names=("corp.example", "a.b.example.net"))
    covering = own_mask(names, np.ones(5, dtype=np.bool_), ours)
    assert covering.tolist() == [True, True, False, True, True]
    exact = own_mask(names, np.zeros(5, dtype=np.bool_), ours)
    assert exact.tolist() == [True, True, False, False, False]


def test_addresses_nobody_routes_are_refused() -> None:
    texts = ["10.1.2.3", "127.0.0.1", "192.0.2.1", "9.9.9.9", "fe80::1", "::1", "2620:fe::fe"]
    reserved, mine = refused_addresses(pa.array(texts), own(["9.9.9.0/24", "2620:fe::/48"]))
    assert reserved.tolist() == [True, True, True, False, True, True, False]
    assert mine.tolist() == [False, False, False, True, False, False, True]


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        ("10.0.0.0/8", RESERVED),
        ("172.0.0.0/8", RESERVED),  # holds 172.16.0.0/12
        ("192.168.7.0/24", RESERVED),
        ("224.0.0.0/8", RESERVED),
        ("fc00::/16", RESERVED),
        ("2001:db8::/48", RESERVED),
        ("2001:20::/28", ""),
        ("9.9.0.0/16", OWN),
        ("8.8.0.0/16", ""),
        ("2a00::/20", ""),
    ],
)
def test_networks_that_hold_reserved_space_are_refused(network: str, reason: str) -> None:
    assert refused_network(network, own(["9.9.9.9"])) == reason


def test_names_for_documentation_have_a_top_level() -> None:
    known = set(known_top_levels().to_pylist())
    assert {"com", "example", "invalid", "xn--p1ai"} <= known
    assert "exe" not in known
