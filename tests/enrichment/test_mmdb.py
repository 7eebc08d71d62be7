from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fluxhound.enrichment.addresses import keys
from fluxhound.enrichment.mmdb import MmdbTable, is_mmdb, open_mmdb
from fluxhound.enrichment.tables import country_letters
from fluxhound.errors import MissingExtraError, TableError

Writer = Callable[..., Path]


def row(table: MmdbTable, address: str) -> tuple[int, str, str]:
    codes, holders = table.networks(keys([address]))
    name = holders.name[int(codes[0])].as_py()
    country = country_letters(int(table.countries(keys([address]))[0]))
    return int(holders.asn[codes[0]]), name, country


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {"autonomous_system_number": 64500, "autonomous_system_organization": "Acme"},
            (64500, "Acme", ""),
        ),
        ({"country": {"iso_code": "DE"}}, (0, "", "DE")),
        ({"registered_country": {"iso_code": "FR"}}, (0, "", "FR")),
        (
            {"asn": "AS64500", "as_name": "Acme", "country": "Germany", "country_code": "DE"},
            (64500, "Acme", "DE"),
        ),
        ({"asn": "AS64500", "name": "Acme", "country": "DE"}, (64500, "Acme", "DE")),
        ({"country_code": "de"}, (0, "", "DE")),
        # Records of other forms say nothing.
        ({"asn": "many", "name": "x"}, (0, "", "")),
        ({"asn": 2**40}, (0, "", "")),
        ({"asn": [1]}, (0, "", "")),
        ({"autonomous_system_number": 64500, "name": 7}, (64500, "", "")),
        ({"country": {"iso_code": 5}, "asn": 0}, (0, "", "")),
        ({}, (0, "", "")),
    ],
)
def test_fields_of_the_publishers(
    tmp_path: Path,
    write_mmdb: Writer,
    record: Mapping[str, object],
    expected: tuple[int, str, str],
) -> None:
    table = open_mmdb(write_mmdb(tmp_path / "t.mmdb", {"192.0.2.0/24": record}))
    assert row(table, "192.0.2.9") == expected
    assert row(table, "192.0.3.1") == row(table, "nothing") == (0, "", "")


def test_both_families_and_several_networks_in_one_column(
    tmp_path: Path, write_mmdb: Writer
) -> None:
    networks = {
        "192.0.2.0/24": {"asn": "AS1", "name": "One"},
        "198.51.100.0/24": {"asn": "AS2", "name": "Two"},
        "2001:db8::/32": {"asn": "AS3", "name": "Three"},
    }
    table = open_mmdb(write_mmdb(tmp_path / "t.mmdb", networks))
    asked = ["198.51.100.7", "x", "192.0.2.1", "2001:db8:5::1", "2001:db9::", "198.51.100.8"]
    codes, holders = table.networks(keys(asked))
    assert holders.asn[codes].tolist() == [2, 0, 1, 3, 0, 2]
    assert (table.has_networks, table.has_countries) == (True, False)
    assert table.date == "2026-01-01"


def test_neighbours_in_and_around_a_network(tmp_path: Path, write_mmdb: Writer) -> None:
    networks = {
        "10.0.0.0/9": {"asn": 1, "name": "Wide"},
        "10.128.7.8/32": {"asn": 2, "name": "Host"},
        "2001:db8:0:1::/64": {"asn": 3, "name": "Line"},
        "2001:db8:0:2::/80": {"asn": 4, "name": "Less than a line"},
    }
    table = open_mmdb(write_mmdb(tmp_path / "t.mmdb", networks))
    asked = {
        "9.255.255.255": 0,
        "10.0.0.0": 1,
        "10.127.255.255": 1,
        "10.128.0.0": 0,
        "10.128.7.7": 0,
        "10.128.7.8": 2,
        "10.128.7.9": 0,
        "2001:db8::ffff": 0,
        "2001:db8:0:1:ffff::": 3,
        "2001:db8:0:2:ffff::": 4,  # as the first address of its /64
        "2001:db8:0:3::": 0,
    }
    codes, holders = table.networks(keys(list(asked)))
    assert holders.asn[codes].tolist() == list(asked.values())


def test_a_table_of_ipv4_only_knows_no_ipv6(tmp_path: Path, write_mmdb: Writer) -> None:
    path = write_mmdb(tmp_path / "t.mmdb", {"192.0.2.0/24": {"asn": 5}}, version=4)
    table = open_mmdb(path)
    assert row(table, "192.0.2.1")[0] == 5
    assert row(table, "2001:db8::1") == (0, "", "")


def test_the_format_is_told_by_content(tmp_path: Path, write_mmdb: Writer) -> None:
    assert is_mmdb(write_mmdb(tmp_path / "any.name", {"192.0.2.0/24": {"asn": 5}}))
    (tmp_path / "t.mmdb").write_text("network,asn\n")
    assert not is_mmdb(tmp_path / "t.mmdb")
    with pytest.raises(TableError, match="cannot be read"):
        is_mmdb(tmp_path / "none")


def test_without_the_extra_the_error_says_what_to_install(
    tmp_path: Path, write_mmdb: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_mmdb(tmp_path / "t.mmdb", {"192.0.2.0/24": {"asn": 5}})
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    with pytest.raises(MissingExtraError, match=r"fluxhound\[mmdb\]"):
        open_mmdb(path)


def test_damaged_files_are_one_clear_sentence(tmp_path: Path, write_mmdb: Writer) -> None:
    path = write_mmdb(tmp_path / "t.mmdb", {"192.0.2.0/24": {"asn": "AS5", "name": "x" * 40}})
    whole = path.read_bytes()
    rng = random.Random(1)  # noqa: S311 - no secret
    for _ in range(500):
        damaged = bytearray(whole[: rng.choice([len(whole), rng.randrange(len(whole))])])
        for _ in range(rng.randint(0, 5)):
            if damaged:
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            table = open_mmdb(path)
            row(table, "192.0.2.1")
        except TableError as error:
            assert "damaged" in str(error)  # noqa: PT017 - most damage is harmless
