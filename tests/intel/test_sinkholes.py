from __future__ import annotations

import ipaddress

import duckdb
import pyarrow as pa
import pytest

from fluxhound.intel import sinkholes
from fluxhound.intel.sinkholes import (
    known_sinkhole,
    known_sinkhole_name,
    known_sinkholes,
    sinkholed_entities,
    taken_over,
)
from fluxhound.records import EntityKind
from tests.response.responses import finding

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
    addresses = sinkholes._addresses()
    assert len(addresses) > 1_300
    assert all(ipaddress.ip_address(each).is_global for each in addresses)
    assert all(operator.isalnum() for operator in addresses.values())
    rows = list(sinkholes._rows())
    assert len({operator for operator, _, _ in rows}) == len(rows) == 77


@pytest.mark.parametrize(
    ("sightings", "taken"),
    [
        ([("", "A", 1, 1, 2), ("", "A", 2, 3, 4)], False),  # sinkhole first, then something else
        ([("", "A", 2, 1, 2), ("", "A", 1, 3, 4)], True),
        ([("www", "A", 2, 1, 2), ("mail", "A", 1, 3, 4)], True),  # nobody asked for www since
        ([("www", "A", 2, 1, 5), ("mail", "A", 1, 3, 4)], False),
        ([("", "AAAA", 2, 1, 9), ("", "A", 1, 3, 4)], False),  # half of it goes on
        ([("", "A", 3, 1, 2)], False),  # one address of two
        ([("", "A", 2, 1, 2)], False),
    ],
)
def test_what_is_answered_with_sinkholes_and_nothing_else(
    sightings: list[tuple[str, str, int, float, float]], *, taken: bool
) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE set_address (answer_set INTEGER, address VARCHAR)")
        sets = [(1, CERT_PL), (1, "148.81.111.112"), (2, "9.9.9.9"), (3, CERT_PL), (3, "9.9.9.9")]
        connection.executemany("INSERT INTO set_address VALUES (?, ?)", sets)
        connection.execute(
            "CREATE TABLE sighting (entity INTEGER, track VARCHAR, type VARCHAR, "
            "answer_set INTEGER, first DOUBLE, last DOUBLE)"
        )
        connection.executemany("INSERT INTO sighting VALUES (7, ?, ?, ?, ?, ?)", sightings)
        assert sinkholed_entities(connection) == ({7: ("certpl",)} if taken else {})


def test_a_network_is_no_name_that_could_be_taken_over() -> None:
    network = finding(entity=EntityKind.NETWORK)
    assert taken_over(network, ("certpl",)) == network
    assert taken_over(finding(), ()) == finding()
    after = taken_over(finding(malice=1.0), ("certpl", "microsoft"))
    assert 0.99 < after.malice <= 1
    assert "(certpl, microsoft)" in after.evidence[-1].text
