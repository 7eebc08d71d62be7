from __future__ import annotations

import ipaddress

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.intel.networkindex import NetworkIndex, masked, numbered

ADDRESSES = st.ip_addresses(network="10.0.0.0/24") | st.ip_addresses(network="2001:db8::/120")


def networks() -> st.SearchStrategy[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    def around(
        address: ipaddress.IPv4Address | ipaddress.IPv6Address, back: int
    ) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        return ipaddress.ip_network((address, address.max_prefixlen - back), strict=False)

    return st.builds(around, ADDRESSES, st.integers(0, 32))


@given(st.lists(networks(), max_size=8), st.lists(ADDRESSES, max_size=8))
def test_all_networks_around_an_address_are_found(
    held: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
    wanted: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    first = numbered(pa.array([str(n.network_address) for n in held], pa.string()))
    bits = np.array([n.prefixlen for n in held], dtype=np.int64)
    index = NetworkIndex(first, bits, np.arange(len(held)), 5)
    row, owner, _ = index.find(numbered(pa.array([str(a) for a in wanted], pa.string())))
    expected = {(r, o) for r, a in enumerate(wanted) for o, n in enumerate(held) if a in n}
    assert set(zip(row.tolist(), owner.tolist(), strict=True)) == expected
    assert len(row) == len(expected)


def test_what_is_no_address_has_no_family() -> None:
    found = numbered(pa.array(["9.9.9.9", "a.example", None, "::ffff:9.9.9.9", "2620:fe::fe"]))
    assert found.family.tolist() == [4, 0, 0, 4, 6]
    assert found.lower[0] == found.lower[3] == 0x09090909


def test_masks_cut_both_halves() -> None:
    ones = np.array([2**64 - 1], dtype=np.uint64)
    assert [int(n[0]) for n in masked(ones, ones, 6, 65)] == [2**64 - 1, 2**63]
    assert int(masked(ones, np.array([0xFFFFFFFF], np.uint64), 4, 8)[1][0]) == 0xFF000000
