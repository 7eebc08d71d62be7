from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fluxhound.enrichment.addresses import canonical, canonical_column, keys, prefixes

IPV6 = st.ip_addresses(v=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::1:0:0:0:1", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::192.0.2.1", "::c000:201"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        ("::", "::"),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("192.0.2.256", None),
        (" 192.0.2.1", None),
        ("192.0.2.1\0", None),
        ("1::2::3", None),
        ("example.net", None),
        ("\udcff:1", None),
        ("٣.1.1.1", None),
        ("", None),
    ],
)
def test_canonical(text: str, expected: str | None) -> None:
    assert canonical(text) == expected


@given(address=IPV6)
@example(address=ipaddress.IPv6Address("::1.2.3.4"))
def test_ipv6_text_agrees_with_the_standard_library(address: ipaddress.IPv6Address) -> None:
    mapped = address.ipv4_mapped
    expected = str(address) if mapped is None else str(mapped)
    assert canonical(str(address)) == canonical(address.exploded.upper()) == expected


@given(text=st.text(max_size=50) | st.from_regex(r"[0-9a-f:.%]{1,45}", fullmatch=True))
def test_any_text_is_an_address_exactly_if_the_standard_library_says_so(text: str) -> None:
    found = canonical(text)
    if "%" in text:
        assert found is None or canonical(found) == found
        return
    try:
        expected = ipaddress.ip_address(text)
    except ValueError:
        assert found is None
    else:
        assert found is not None
        assert canonical(found) == found
        assert ipaddress.ip_address(found) in {expected, getattr(expected, "ipv4_mapped", None)}


@given(texts=st.lists(st.none() | st.text(max_size=8) | IPV6.map(str), max_size=20))
def test_the_column_is_the_function_for_each(texts: list[str | None]) -> None:
    expected = [None if text is None else canonical(text) for text in texts]
    assert canonical_column(texts).to_pylist() == expected
    assert canonical_column(pa.array(texts, pa.string())).to_pylist() == expected


@pytest.mark.parametrize(
    ("text", "family", "host"),
    [
        ("198.51.100.7", 4, "198.51.100.7"),
        ("::ffff:198.51.100.7", 4, "198.51.100.7"),
        ("2002:c633:6407::1", 6, "198.51.100.7"),  # 6to4
        ("2001:0:5ef5:79fd:0:59d:39cc:9bf8", 6, "198.51.100.7"),  # Teredo: inverted
        ("64:ff9b::c633:6407", 6, "198.51.100.7"),  # NAT64
        ("64:ff9b::1:c633:6407", 6, None),  # not within 64:ff9b::/96
        ("2001:db8::1", 6, None),
        ("nothing", 0, None),
    ],
)
def test_addresses_that_carry_an_ipv4_address(text: str, family: int, host: str | None) -> None:
    found = keys([text])
    assert found.family.tolist() == [family]
    assert found.by_ipv4.tolist() == [host is not None]
    assert found.by_ipv6.tolist() == [family == 6 and host is None]
    if host:
        assert ipaddress.IPv4Address(int(found.host[0])) == ipaddress.IPv4Address(host)


@given(addresses=st.lists(st.ip_addresses(), max_size=20))
def test_prefixes_agree_with_the_standard_library(
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    plain = [a for a in addresses if not keys([str(a)]).by_ipv4[0] or a.version == 4]
    found = keys([str(a) for a in plain])
    for ipv4_bits, ipv6_bits in ((16, 32), (24, 64)):
        expected = [
            str(ipaddress.ip_network((a, ipv4_bits if a.version == 4 else ipv6_bits), strict=False))
            for a in plain
        ]
        assert prefixes(found, ipv4_bits, ipv6_bits).to_pylist() == expected


def test_what_is_no_address_has_no_prefix() -> None:
    assert prefixes(keys(["x", None]), 24, 64).to_pylist() == [None, None]
    assert prefixes(keys([]), 24, 64).to_pylist() == []
