from __future__ import annotations

import ipaddress
from typing import cast

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.history.answers import MAX_ANSWERS, canonical_address, split, split_answers
from fluxhound.history.functions import register_functions

CASES = [
    ("192.0.2.1", "", "192.0.2.1"),
    ("192.0.2.2,192.0.2.1,192.0.2.2", "", "192.0.2.1,192.0.2.2"),
    ("edge.example,192.0.2.1", "edge.example", "192.0.2.1"),
    ("edge.example.,b.example.,192.0.2.1", "edge.example,b.example", "192.0.2.1"),
    ("edge.example", "edge.example", ""),
    ("192.0.2.1,rrsig 5 example", "", "192.0.2.1"),
    ("2001:db8::1", "", "2001:db8::1"),
    ("2001:0db8:0:0:0:0:0:0001,2001:db8::1", "", "2001:db8::1"),
    ("edge.example.,2001:db8::1", "edge.example", "2001:db8::1"),
    ("2001:db8::2,192.0.2.1,2001:db8::1", "", "192.0.2.1,2001:db8::1,2001:db8::2"),
    ("::ffff:192.0.2.1", "", "192.0.2.1"),
    ("a|b.example,2001:db8::1", "a|b.example", "2001:db8::1"),
    ("|,2001:db8::1", "|", "2001:db8::1"),
    ("a\\044b.example,192.0.2.1", "a\\044b.example", "192.0.2.1"),
    ("300.1.2.3,192.0.2.1", "300.1.2.3", "192.0.2.1"),
    ("1.2.3,192.0.2.1", "1.2.3", "192.0.2.1"),
    ("2001:db8::g,2001:db8::1", "", "2001:db8::1"),
    ("fe80::1%eth0,2001:db8::1", "", "2001:db8::1"),
    (",,192.0.2.1,,", "", "192.0.2.1"),
    ("", "", ""),
]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    register_functions(made, client_key=b"key")
    return made


def splits(
    connection: duckdb.DuckDBPyConnection, texts: list[str], *, hosts: bool = False
) -> dict[str, tuple[str, str]]:
    """Split by the engine, which hands texts with IPv6 addresses to ``split``."""
    distinct = sorted(set(texts))
    source = pa.table({"answers": distinct, "hosts": [hosts] * len(distinct)})
    connection.register("given_text", source)
    split_answers(connection, "given_text")
    found = connection.execute("SELECT answers, chain, clean FROM answer_text").fetchall()
    connection.unregister("given_text")
    assert len(found) == len(distinct)
    return {answers: (chain, clean) for answers, chain, clean in found}


@pytest.mark.parametrize(("text", "chain", "clean"), CASES)
def test_chains_and_answer_sets(
    connection: duckdb.DuckDBPyConnection, text: str, chain: str, clean: str
) -> None:
    assert splits(connection, [text]) == {text: (chain, clean)}
    assert split(text) == (chain, clean)


def test_name_servers_are_one_set(connection: duckdb.DuckDBPyConnection) -> None:
    text = "ns2.example.,ns1.example,ns2.example"
    assert splits(connection, [text], hosts=True) == {text: ("", "ns1.example,ns2.example")}


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
NAMES = st.from_regex(r"[a-z|_\\-]{1,8}(\.[a-z]{2,6}){1,2}", fullmatch=True)


@given(st.lists(NAMES, max_size=3), st.lists(ADDRESSES, max_size=5), st.booleans())
@settings(max_examples=60)
def test_what_was_joined_is_parted(
    connection: duckdb.DuckDBPyConnection,
    names: list[str],
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
    exploded: bool,
) -> None:
    written = [a.exploded if exploded else a.compressed for a in addresses]
    clean = {cast("str", canonical_address(str(a))) for a in addresses}
    text = ",".join([*names, *written])
    expected = {text: (",".join(names), ",".join(sorted(clean)))}
    assert splits(connection, [text]) == expected


@given(st.lists(st.text(max_size=40), max_size=5))
@settings(max_examples=60)
def test_any_text_is_parted_and_holds_only_addresses(
    connection: duckdb.DuckDBPyConnection, texts: list[str]
) -> None:
    lowered = [text.lower() for text in texts]
    for chain, clean in splits(connection, lowered).values():
        assert all(canonical_address(part) == part for part in clean.split(",") if part)
        assert all(part and not part.endswith(".") for part in chain.split(",") if chain)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:0::1", "2001:db8::1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("::192.0.2.1", "::192.0.2.1"),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("0xc0.0.2.1", None),
        ("2001:db8::1%0", None),
        ("a.example", None),
        ("1.2.3.4\0", None),
        ("", None),
    ],
)
def test_canonical_addresses(text: str, canonical: str | None) -> None:
    assert canonical_address(text) == canonical


@given(st.ip_addresses(v=6))
def test_all_spellings_of_ipv6_are_one(address: ipaddress.IPv6Address) -> None:
    spelled = {canonical_address(s) for s in (address.exploded.upper(), address.compressed)}
    assert len(spelled) == 1
    plain = address.ipv4_mapped or address
    assert ipaddress.ip_address(cast("str", spelled.pop())) == plain


def test_an_answer_is_bounded(connection: duckdb.DuckDBPyConnection) -> None:
    many = ",".join(f"10.{i >> 8}.{i & 255}.1" for i in range(MAX_ANSWERS + 500))
    six = ",".join(f"2001:db8::{i:x}" for i in range(MAX_ANSWERS + 500))
    for _, clean in splits(connection, [many, six]).values():
        assert clean.count(",") + 1 == MAX_ANSWERS
