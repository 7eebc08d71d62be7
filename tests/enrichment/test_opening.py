from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fluxhound.enrichment.opening import open_tables
from fluxhound.enrichment.tables import manifest
from fluxhound.errors import TableError

Writer = Callable[..., Path]
ADDRESS = "73.1.2.3"  # Comcast, US, in the embedded tables


def known(address: str = ADDRESS, **options: Path | bool) -> tuple[int, str, str]:
    facts = open_tables(**options).facts(address)  # type: ignore[arg-type]
    return facts.asn or 0, facts.country, facts.kind


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    path = tmp_path / "networks.csv"
    path.write_text("network,asn,holder\n73.0.0.0/8,64500,Acme Hosting\n")
    return path


@pytest.fixture
def countries(tmp_path: Path) -> Path:
    path = tmp_path / "countries.csv"
    path.write_text("network,country\n73.0.0.0/8,CA\n")
    return path


@pytest.fixture
def both(tmp_path: Path) -> Path:
    path = tmp_path / "both.csv"
    path.write_text("network,asn,holder,country\n73.0.0.0/8,64500,Acme Hosting,MX\n")
    return path


def test_the_embedded_tables_are_the_default() -> None:
    assert known() == (7922, "US", "access")
    assert open_tables().dates == {name: m["date"] for name, m in manifest().items()}


def test_a_users_table_replaces_the_one_of_its_kind(networks: Path, countries: Path) -> None:
    assert known(asn=networks) == (64500, "US", "hosting")
    assert known(country=countries) == (7922, "CA", "access")
    assert known(asn=networks, country=countries) == (64500, "CA", "hosting")
    assert known("8.8.8.8", asn=networks) == (0, "US", "unknown")  # not mixed with the embedded


def test_a_table_of_both_replaces_both(both: Path, countries: Path) -> None:
    assert known(asn=both) == (64500, "MX", "hosting")
    assert known(asn=both, country=countries) == (64500, "CA", "hosting")
    assert known(country=both) == (7922, "MX", "access")


def test_without_the_embedded_tables(networks: Path) -> None:
    assert known(embedded_tables=False) == (0, "", "unknown")
    assert known(asn=networks, embedded_tables=False) == (64500, "", "hosting")
    assert open_tables(embedded_tables=False).dates == {}


def test_an_mmdb_table(tmp_path: Path, write_mmdb: Writer) -> None:
    record = {"asn": "AS64501", "as_name": "Beta VPS", "country_code": "JP"}
    path = write_mmdb(tmp_path / "lite.mmdb", {"73.0.0.0/8": record})
    assert known(asn=path) == (64501, "JP", "hosting")
    assert known(country=path) == (7922, "JP", "access")
    assert open_tables(asn=path).dates["asn"] == "2026-01-01"


def test_a_file_must_hold_what_it_is_given_for(
    networks: Path, countries: Path, tmp_path: Path, write_mmdb: Writer
) -> None:
    with pytest.raises(TableError, match="no AS numbers"):
        open_tables(asn=countries)
    with pytest.raises(TableError, match="no countries"):
        open_tables(country=networks)
    empty = write_mmdb(tmp_path / "t.mmdb", {"192.0.2.0/24": {"x": 1}})
    with pytest.raises(TableError, match="no AS numbers"):
        open_tables(asn=empty)
    with pytest.raises(TableError, match="cannot be read"):
        open_tables(asn=tmp_path / "none.csv")
