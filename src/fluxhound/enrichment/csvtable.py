"""The user's own address table as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import chain
from pathlib import Path

import pyarrow as pa

from fluxhound.enrichment.addresses import packed
from fluxhound.enrichment.ranges import IPV4_BITS, IPV6_BITS, flatten, network_halves
from fluxhound.enrichment.tables import NOTHING, Column, RangeTable, country_code, holders
from fluxhound.errors import TableError
from fluxhound.sources.tally import printable

#: Our column -> the header names it is known by, the better ones first (lower case).
HEADERS: dict[str, tuple[str, ...]] = {
    "network": ("network", "cidr", "prefix", "route"),
    "start": ("start", "start_ip", "ip_range_start", "range_start", "ip_from", "first"),
    "end": ("end", "end_ip", "ip_range_end", "range_end", "ip_to", "last"),
    "asn": ("asn", "as", "as_number", "autonomous_system_number", "origin"),
    "holder": (
        *("holder", "as_name", "autonomous_system_organization", "organization", "org", "name"),
        *("as_org", "description"),
    ),
    "country": ("country_code", "country_iso_code", "iso_code", "country"),
}

#: Files without a header line, as ip-location-db publishes them: columns by their number.
HEADLESS: dict[int, tuple[str, ...]] = {
    3: ("start", "end", "country"),
    4: ("start", "end", "asn", "holder"),
    5: ("start", "end", "asn", "holder", "country"),
}

#: The whole Internet has about 0.6 million ranges in the embedded table; GeoIP blocks up to 4
#: million. Bounds the memory on a file that is none. Chosen, not measured.
MOST_ROWS = 8_000_000

#: Largest number of an autonomous system, RFC 6793 section 2.
LAST_ASN = (1 << 32) - 1


@dataclass(slots=True)
class _Rows:
    """What was read so far: (first, last, code) for each family, and what the codes stand for."""

    networks: dict[int, list[tuple[int, int, int]]] = field(default_factory=lambda: {4: [], 6: []})
    countries: dict[int, list[tuple[int, int, int]]] = field(default_factory=lambda: {4: [], 6: []})
    holders: dict[tuple[int, str], int] = field(default_factory=dict)

    def add(self, family: int, first: int, last: int, cells: dict[str, str]) -> None:
        """Add one line's network and country to the range."""
        asn = _asn(cells.get("asn", ""))
        if asn:
            known = (asn, cells.get("holder", "").strip())
            code = self.holders.setdefault(known, len(self.holders) + 1)
            self.networks[family].append((first, last, code))
        if text := cells.get("country", "").strip():
            self.countries[family].append((first, last, _country(text)))


@dataclass(frozen=True, slots=True)
class UserTable:
    """A user's table and what it holds."""

    table: RangeTable
    has_networks: bool
    has_countries: bool
    date: str


def read_csv_table(path: Path) -> UserTable:
    """Return the table in the CSV file *path*; docs/tables.md lists the header names.

    Ranges may overlap: the more specific one wins.

    Raises:
        TableError: the file cannot be read or a line is not what its header says.
    """
    rows = _Rows()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            columns = _read_into(rows, reader, path)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"The address table {path} cannot be read as CSV: {error}.") from error
    return UserTable(
        table=RangeTable(
            _column(rows.networks),
            holders(
                [a for a, _ in rows.holders], pa.array([h for _, h in rows.holders], pa.string())
            ),
            _column(rows.countries),
        ),
        has_networks="asn" in columns,
        has_countries="country" in columns,
        date=changed.date().isoformat(),
    )


def _column(rows: dict[int, list[tuple[int, int, int]]]) -> Column:
    if not any(rows.values()):
        return NOTHING
    return Column(flatten(rows[4], IPV4_BITS), flatten(rows[6], IPV6_BITS))


def _read_into(rows: _Rows, reader: Iterator[list[str]], path: Path) -> dict[str, int]:
    """Read all lines; return our columns with the places where they stand."""
    first = next(reader, [])
    headless = len(first) in HEADLESS and _number(first[0]) is not None
    columns = _places(HEADLESS[len(first)] if headless else first, path)
    bounds = _network_bounds if "network" in columns else _end_bounds
    for number, line in enumerate(
        chain([first], reader) if headless else reader, 1 if headless else 2
    ):
        if number > MOST_ROWS:
            raise TableError(f"The address table {path} has more than {MOST_ROWS:,} lines.")
        if not line:
            continue
        cells = {name: line[place] for name, place in columns.items() if place < len(line)}
        try:
            _add(rows, *bounds(cells), cells)
        except (KeyError, ValueError) as error:
            raise TableError(f"{path}:{number} is no line of an address table: {error}.") from error
    return columns


def _places(header: Sequence[str], path: Path) -> dict[str, int]:
    """Return where our columns stand below *header*."""
    names = [name.strip().lower() for name in header]
    found = {
        ours: next(names.index(name) for name in known if name in names)
        for ours, known in HEADERS.items()
        if any(name in names for name in known)
    }
    ranged = "network" in found or {"start", "end"} <= found.keys()
    if not ranged or not found.keys() & {"asn", "country"}:
        shown = printable(", ".join(names)) or "none"
        raise TableError(
            f"The address table {path} needs the columns network, or start and end, and asn or "
            f"country; its header has: {shown}."
        )
    return found


def _add(rows: _Rows, family: int, first: int, last: int, cells: dict[str, str]) -> None:
    if family == 6:  # noqa: PLR2004 - the address family
        halves = network_halves(first, last)
        if halves is None:  # smaller than what is told apart
            return
        first, last = halves
    rows.add(family, first, last, cells)


def _network_bounds(cells: dict[str, str]) -> tuple[int, int, int]:
    network = ip_network(cells["network"].strip(), strict=False)
    return network.version, int(network[0]), int(network[-1])


def _end_bounds(cells: dict[str, str]) -> tuple[int, int, int]:
    first, last = _number(cells["start"]), _number(cells["end"])
    if first is None or last is None:
        raise ValueError("its start or end is no address")
    family = 6 if max(first[0], last[0]) == 6 else 4  # noqa: PLR2004 - the address family
    if first[1] > last[1]:
        raise ValueError("its start is after its end")
    return family, first[1], last[1]


def _number(text: str) -> tuple[int, int] | None:
    """Return family and number of an address in text or in decimal (as in the "-num" files)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        number = int(text[:40])  # 2^128 has 39 digits
        return (4 if number < 1 << 32 else 6, number) if number < 1 << 128 else None
    address = packed(text)
    if address is None:
        return None
    return (4 if len(address) == 4 else 6), int.from_bytes(address, "big")  # noqa: PLR2004 - bytes


def _asn(text: str) -> int:
    """Return the number in "15169" or "AS15169", 0 for nothing."""
    digits = text.strip().upper().removeprefix("AS")
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit()) or int(digits[:11]) > LAST_ASN:
        raise ValueError(f"{printable(text)!r} is no AS number")
    return int(digits[:11])


def _country(text: str) -> int:
    if not (code := country_code(text)):
        raise ValueError(f"{printable(text)!r} is no country code of two letters")
    return code
