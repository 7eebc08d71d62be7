"""The user's own address table in MaxMind's MMDB format (GeoLite2, DB-IP, IPinfo)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from fluxhound.enrichment.addresses import Keys
from fluxhound.enrichment.csvtable import LAST_ASN
from fluxhound.enrichment.holders import LONGEST_HOLDER
from fluxhound.enrichment.ranges import IPV4_BITS, IPV6_BITS, IntArray
from fluxhound.enrichment.tables import Holders, country_code, holders
from fluxhound.errors import MissingExtraError, TableError
from fluxhound.sources.tally import printable

if TYPE_CHECKING:
    from maxminddb import Reader

#: The mark before the metadata, within the last 128 KiB of the file (MaxMind DB 2.0).
MARK = b"\xab\xcd\xefMaxMind.com"
MARK_WITHIN = 128 << 10

#: Field names of the publishers: GeoLite2-ASN and DB-IP, then IPinfo Lite, then older IPinfo files.
ASN_FIELDS = ("autonomous_system_number", "asn")
HOLDER_FIELDS = ("autonomous_system_organization", "as_name", "name", "org")
#: "country" is a record with "iso_code" in GeoLite2, text in IPinfo's files.
COUNTRY_FIELDS = ("country_code", "country", "registered_country")


def is_mmdb(path: Path) -> bool:
    """Tell whether the file has the mark of the format.

    Raises:
        TableError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MARK_WITHIN))
            return MARK in file.read()
    except OSError as error:
        raise TableError(f"The address table {path} cannot be read: {error.strerror}.") from error


@dataclass(slots=True)
class MmdbTable:
    """An open MMDB file; a network is looked up when an address in it is asked for.

    The reader is the one written in Python: the one in C, ten times as fast, corrupts memory on
    some damaged files (seen with version 3.2.0).
    """

    path: Path
    reader: Reader
    has_networks: bool
    has_countries: bool
    _holders: dict[tuple[int, str], int] = field(default_factory=dict, repr=False)

    @property
    def date(self) -> str:
        """Return the day on which the file was built."""
        built = self.reader.metadata().build_epoch
        try:
            return datetime.fromtimestamp(built, UTC).date().isoformat()
        except (TypeError, OverflowError, OSError, ValueError):
            return ""

    def networks(self, found: Keys) -> tuple[IntArray, Holders]:
        """Return a network code for each address, and what the codes stand for."""
        codes = self._codes(found, self._network_code)
        names = pa.array([name for _, name in self._holders], pa.string())
        return codes, holders([asn for asn, _ in self._holders], names)

    def countries(self, found: Keys) -> IntArray:
        """Return a country code for each address: two letters as a number, or 0."""
        return self._codes(found, _country)

    def _network_code(self, record: object) -> int:
        known = _network(record)
        return self._holders.setdefault(known, len(self._holders) + 1) if known[0] else 0

    def _codes(self, found: Keys, code: Callable[[object], int]) -> IntArray:
        codes = np.zeros(len(found.family), dtype=np.int64)
        with _sound(self.path):
            hosts, place = np.unique(found.host[found.by_ipv4], return_inverse=True)
            codes[found.by_ipv4] = self._looked_up(hosts.tolist(), IPV4_BITS, code)[place]
            if self.reader.metadata().ip_version == 6:  # noqa: PLR2004 - the address family
                uppers, place = np.unique(found.upper[found.by_ipv6], return_inverse=True)
                codes[found.by_ipv6] = self._looked_up(uppers.tolist(), IPV6_BITS, code)[place]
        return codes

    def _looked_up(self, ordered: list[int], bits: int, code: Callable[[object], int]) -> IntArray:
        """Return the code of each key, in rising order; one network is looked up once."""
        codes = np.zeros(len(ordered), dtype=np.int64)
        network, shift, value = -1, 0, 0
        for place, key in enumerate(ordered):
            if key >> shift != network:
                address = IPv4Address(key) if bits == IPV4_BITS else IPv6Address(key << IPV6_BITS)
                record, prefix = self.reader.get_with_prefix_len(address)
                shift = max(bits - prefix, 0)
                network, value = key >> shift, code(record)
            codes[place] = value
        return codes


def open_mmdb(path: Path) -> MmdbTable:
    """Open the MMDB file *path*.

    Raises:
        MissingExtraError: the maxminddb package is not installed.
        TableError: the file is damaged.
    """
    try:
        import maxminddb  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError(
            f"{path} is an MMDB file; install its reader with pip install 'fluxhound[mmdb]'."
        ) from error
    with _sound(path):
        reader = maxminddb.open_database(path, maxminddb.MODE_MMAP)
        return MmdbTable(path, reader, _names(path, ASN_FIELDS), _names(path, COUNTRY_FIELDS))


def _names(path: Path, fields: tuple[str, ...]) -> bool:
    """Tell whether the file has a key of this name, without walking its tree.

    The tree of a damaged file may have no end. A text of up to 28 bytes begins with one byte that
    holds its type (2) and its length (MaxMind DB 2.0, data section).
    """
    keys = [bytes([2 << 5 | len(name)]) + name.encode() for name in fields]
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return any(content.find(key) >= 0 for key in keys)


@contextmanager
def _sound(path: Path) -> Iterator[None]:
    """Turn the errors of maxminddb into one that says what to do."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError, LookupError, OSError, MemoryError) as error:
        raise TableError(
            f"The address table {path} is damaged ({printable(str(error))}); download it again."
        ) from error


def _first(record: object, names: tuple[str, ...]) -> object:
    if not isinstance(record, Mapping):
        return None
    return next((record[name] for name in names if record.get(name)), None)


def _network(record: object) -> tuple[int, str]:
    """Return number and holder; (0, "") where the record has none that is sound."""
    number = _first(record, ASN_FIELDS)
    if isinstance(number, str):
        digits = number.upper().removeprefix("AS")[:11]
        number = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not isinstance(number, int) or not 0 < number <= LAST_ASN:
        return 0, ""
    holder = _first(record, HOLDER_FIELDS)
    return number, holder.strip()[:LONGEST_HOLDER] if isinstance(holder, str) else ""


def _country(record: object) -> int:
    country = _first(record, COUNTRY_FIELDS)
    if isinstance(country, Mapping):
        country = country.get("iso_code")
    return country_code(country) if isinstance(country, str) else 0
