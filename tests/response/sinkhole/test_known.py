from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest

from fluxhound.response.sinkhole import known
from fluxhound.response.sinkhole.known import (
    known_sinkhole,
    known_sinkhole_name,
    known_sinkholes,
)

MICROSOFT, CERT_PL = "199.2.137.5", "148.81.111.111"


@pytest.mark.parametrize(
    ("address", "operator"),
    [
        (MICROSOFT, "microsoft"),
        (f"::ffff:{MICROSOFT}", "microsoft"),
        (CERT_PL, "certpl"),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_one_address(address: str, operator: str | None) -> None:
    assert known_sinkhole(address) == operator


@pytest.mark.parametrize("column", [pa.array, lambda texts: pa.chunked_array([texts])])
def test_a_column(column: type) -> None:
    texts = [MICROSOFT, None, "nonsense", "192.0.2.1", CERT_PL]
    found = known_sinkholes(column(texts))
    assert found.to_pylist() == ["microsoft", None, None, None, "certpl"]
    assert known_sinkholes(pa.array([], pa.string())).to_pylist() == []


def test_names() -> None:
    assert known_sinkhole_name("sinkhole.cert.pl") == "certpl"
    assert known_sinkhole_name("www.example.com") is None


def test_the_table_is_sound() -> None:
    addresses = known._addresses()
    assert len(addresses) > 1_300
    assert all(ipaddress.ip_address(each).is_global for each in addresses)
    assert all(operator.isalnum() for operator in addresses.values())
    rows = list(known._rows())
    assert len({operator for operator, _, _ in rows}) == len(rows) == 77
