"""Which tables an analysis uses: the embedded ones, the user's own, or none."""

from __future__ import annotations

from pathlib import Path

from fluxhound.enrichment.csvtable import read_csv_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.mmdb import MmdbTable, is_mmdb, open_mmdb
from fluxhound.enrichment.tables import (
    Countries,
    Networks,
    RangeTable,
    embedded,
    embedded_table,
    manifest,
)
from fluxhound.errors import TableError


def open_tables(
    *, asn: Path | None = None, country: Path | None = None, embedded_tables: bool = True
) -> AddressTable:
    """Return the tables to look addresses up in.

    *asn* and *country* (MMDB or CSV) replace the embedded tables of their kind. A file given for
    *asn* that also has countries replaces both, unless *country* is given. Without
    *embedded_tables* there are only the user's own, and published ranges are not used for kinds.

    Raises:
        TableError: a file cannot be used, or does not hold what it is given for.
        MissingExtraError: a file is MMDB and its reader is not installed.
    """
    table = AddressTable()
    dates: dict[str, str] = {}
    if embedded_tables:
        whole = embedded_table()
        table.networks, table.countries, table.kinds = whole, whole, embedded("kind")
        dates.update({name: stated["date"] for name, stated in manifest().items()})
    if asn is not None:
        networks, countries, date = _opened(asn)
        if networks is None:
            raise TableError(f"The address table {asn} holds no AS numbers; give one that does.")
        table.networks, dates["asn"] = networks, date
        if countries is not None:
            table.countries, dates["country"] = countries, date
    if country is not None:
        _, countries, date = _opened(country)
        if countries is None:
            raise TableError(f"The address table {country} holds no countries; give one that does.")
        table.countries, dates["country"] = countries, date
    table.dates = dates
    return table


def _opened(path: Path) -> tuple[Networks | None, Countries | None, str]:
    """Return what *path* knows about networks and countries, and its date."""
    if is_mmdb(path):
        mmdb = open_mmdb(path)
        known: MmdbTable | RangeTable = mmdb
        networks, countries, date = mmdb.has_networks, mmdb.has_countries, mmdb.date
    else:
        user = read_csv_table(path)
        known = user.table
        networks, countries, date = user.has_networks, user.has_countries, user.date
    return known if networks else None, known if countries else None, date
