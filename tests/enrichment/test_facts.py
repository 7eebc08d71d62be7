from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.enrichment.facts import FACTS, AddressTable
from fluxhound.enrichment.kinds import NetworkKind
from fluxhound.enrichment.opening import open_tables
from fluxhound.records import AddressFacts


@pytest.fixture(scope="module")
def table() -> AddressTable:
    return open_tables()


@pytest.mark.parametrize(
    ("address", "asn", "country", "kind"),
    [
        ("73.1.2.3", 7922, "US", "access"),
        ("79.192.0.1", 3320, "DE", "access"),
        ("1.1.1.1", 13335, None, "cdn"),
        ("8.8.8.8", 15169, "US", "cdn"),
        ("54.230.1.1", 16509, None, "cdn"),  # CloudFront within Amazon
        ("3.5.140.2", 16509, "KR", "cloud"),
        ("34.64.1.1", 396982, None, "cloud"),  # Google's cloud, not its content network
        ("23.32.1.1", 20940, None, "cdn"),
        ("2606:4700::1111", 13335, None, "cdn"),
        ("2a00:1450:4001:80b::200e", 15169, None, "cdn"),
        ("2002:4901:203::1", 7922, "US", "access"),  # 6to4 of 73.1.2.3
        ("64:ff9b::4901:203", 7922, "US", "access"),  # NAT64 of 73.1.2.3
        ("10.1.2.3", 0, "", "unknown"),
        ("nonsense", 0, "", "unknown"),
    ],
)
def test_known_addresses(
    table: AddressTable, address: str, asn: int, country: str | None, kind: str
) -> None:
    row = table.lookup([address]).to_pylist()[0]
    assert (row["asn"], row["kind"]) == (asn, kind)
    assert country is None or row["country"] == country
    assert bool(row["holder"]) == bool(row["operator"]) == bool(asn)


def test_a_row_has_all_facts(table: AddressTable) -> None:
    row = table.lookup(["2001:4860:4860:0000::8888"]).to_pylist()[0]
    assert row.pop("operator") > 0
    assert row == {
        "address": "2001:4860:4860::8888",
        "family": 6,
        "asn": 15169,
        "holder": "Google LLC",
        "country": "US",
        "kind": "cdn",
        "prefix": "2001:4860::/32",
        "subnet": "2001:4860:4860::/64",
        "routable": True,
    }


def test_tunnels_are_where_their_ipv4_address_is(table: AddressTable) -> None:
    plain, tunnel = table.lookup(["73.1.2.3", "2002:4901:203::1"]).to_pylist()
    assert (plain.pop("address"), plain.pop("family")) == ("73.1.2.3", 4)
    assert (tunnel.pop("address"), tunnel.pop("family")) == ("2002:4901:203::1", 6)
    assert plain == tunnel


def test_without_any_table() -> None:
    none = open_tables(embedded_tables=False)
    assert not none.knows_networks
    row = none.lookup(["8.8.8.8"]).to_pylist()[0]
    assert row["asn"] == row["operator"] == 0
    assert row["holder"] == row["country"] == ""
    assert row["kind"] == NetworkKind.UNKNOWN
    assert row["prefix"] == "8.8.0.0/16"
    assert row["routable"]
    assert none.facts("8.8.8.8").asn is None


def test_facts_of_one_address(table: AddressTable) -> None:
    assert table.facts("::ffff:8.8.8.8") == AddressFacts(
        address="8.8.8.8", asn=15169, holder="Google LLC", country="US", kind="cdn"
    )
    unknown = AddressFacts(address="example", asn=None, holder="", country="", kind="unknown")
    assert table.facts("example") == unknown


@pytest.mark.parametrize("addresses", [[], [None], ["8.8.8.8", None, "8.8.8.8"]])
def test_rows_are_those_asked_for_whatever_they_come_in(
    table: AddressTable, addresses: list[str | None]
) -> None:
    column = pa.array(addresses, pa.string())
    for given_in in (addresses, column, pa.chunked_array([column, column])):
        found = table.lookup(given_in)
        assert found.schema == FACTS
        assert found.num_rows == len(given_in)
        found.validate(full=True)


@settings(deadline=None)
@given(texts=st.lists(st.ip_addresses().map(str) | st.text(max_size=12), max_size=30))
def test_every_row_is_what_the_address_alone_gives(table: AddressTable, texts: list[str]) -> None:
    together = table.lookup(texts).to_pylist()
    assert together == [table.lookup([text]).to_pylist()[0] for text in texts]
    for row in together:
        assert (row["family"] == 0) == (row["address"] is None)
        assert (row["asn"] == 0) == (row["operator"] == 0)
        assert row["kind"] in list(NetworkKind)
