"""The embedded tables: address ranges to networks, countries and published kinds."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from fluxhound.enrichment.addresses import Keys
from fluxhound.enrichment.ranges import IPV4_BITS, IPV6_BITS, IntArray, Ranges, empty, key_type
from fluxhound.errors import TableError

FAMILIES = ("ipv4", "ipv6")
BITS = {"ipv4": IPV4_BITS, "ipv6": IPV6_BITS}

#: A network code of the embedded tables is a place in holders.parquet plus one; a country code is
#: the two letters as a big-endian number; a kind code is a place in KINDS. 0 is unknown in all.
TABLES = ("asn", "country", "kind")


@dataclass(frozen=True, slots=True)
class Column:
    """One value for any address: ranges of both families with codes of one meaning."""

    ipv4: Ranges
    ipv6: Ranges

    def at(self, found: Keys) -> IntArray:
        """Return the code of each address; 0 where nothing is known, or it is no address."""
        codes = np.zeros(len(found.family), dtype=np.int64)
        codes[found.by_ipv4] = self.ipv4.at(found.host[found.by_ipv4])
        codes[found.by_ipv6] = self.ipv6.at(found.upper[found.by_ipv6])
        return codes


@dataclass(frozen=True, slots=True)
class Holders:
    """What a network code stands for, by its place: number and holder's name."""

    asn: IntArray
    name: pa.Array


class Networks(Protocol):
    """A table that knows the network of an address."""

    def networks(self, found: Keys) -> tuple[IntArray, Holders]:
        """Return a network code for each address, and what the codes stand for."""


class Countries(Protocol):
    """A table that knows the country of an address."""

    def countries(self, found: Keys) -> IntArray:
        """Return a country code for each address: two letters as a number, or 0."""


@dataclass(frozen=True, slots=True)
class RangeTable:
    """Networks and countries by ranges."""

    network_codes: Column
    holders: Holders
    country_codes: Column

    def networks(self, found: Keys) -> tuple[IntArray, Holders]:
        """Return a network code for each address, and what the codes stand for."""
        return self.network_codes.at(found), self.holders

    def countries(self, found: Keys) -> IntArray:
        """Return a country code for each address: two letters as a number, or 0."""
        return self.country_codes.at(found)


NOTHING = Column(empty(IPV4_BITS), empty(IPV6_BITS))


def country_code(letters: str) -> int:
    """Return the number for two letters in capitals, 0 for anything else."""
    known = len(letters) == 2 and letters.isascii() and letters.isalpha()  # noqa: PLR2004 - ISO 3166
    return int.from_bytes(letters.upper().encode(), "big") if known else 0


def country_letters(code: int) -> str:
    """Return the two letters that *code* stands for, "" for 0."""
    return int(code).to_bytes(2, "big").decode("ascii") if code else ""


def folder() -> Traversable:
    """Return the place of the embedded tables."""
    return files("fluxhound.enrichment").joinpath("tables")


@functools.cache
def manifest() -> Mapping[str, Mapping[str, Any]]:
    """Return what tables.json says of each table: source, version, date, licence."""
    text = folder().joinpath("tables.json").read_text("utf-8")
    stated: dict[str, dict[str, Any]] = json.loads(text)["tables"]
    return stated


@functools.cache
def embedded(table: str) -> Column:
    """Return the embedded *table*, one of TABLES; read on first use.

    Raises:
        TableError: the installation is damaged.
    """
    ipv4, ipv6 = (_ranges(f"{table}-{family}.parquet", BITS[family]) for family in FAMILIES)
    return Column(ipv4, ipv6)


@functools.cache
def embedded_table() -> RangeTable:
    """Return the embedded networks and countries."""
    return RangeTable(embedded("asn"), _embedded_holders(), embedded("country"))


def _embedded_holders() -> Holders:
    columns = _read("holders.parquet")
    return holders(columns["asn"].to_numpy(), columns["holder"].combine_chunks())


def holders(asn: npt.ArrayLike, name: pa.Array) -> Holders:
    """Return holders for the codes 1, 2, ... in order; the code 0 is no network."""
    numbers = np.concatenate([[0], np.asarray(asn, dtype=np.int64)]).astype(np.int64)
    return Holders(numbers, pa.concat_arrays([pa.array([""]), name]))


def _ranges(file: str, bits: int) -> Ranges:
    columns = _read(file)
    gaps = columns["gap"].to_numpy().astype(np.uint64)
    starts: npt.NDArray[np.uint64] = np.cumsum(gaps, dtype=np.uint64)
    return Ranges(starts.astype(key_type(bits)), columns["code"].to_numpy())


def _read(file: str) -> pa.Table:
    try:
        with folder().joinpath(file).open("rb") as stream:
            return pq.read_table(pa.BufferReader(stream.read()), use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise TableError(
            f"The embedded table {file} cannot be read; install Fluxhound again."
        ) from error


def table_dates() -> dict[str, str]:
    """Return the date of each embedded table and of the public suffix list (ISO 8601)."""
    # Imported here, since the suffix list needs none of the above and is used without it.
    from fluxhound.enrichment.suffixes import suffix_date  # noqa: PLC0415

    dates = {table: stated["date"] for table, stated in manifest().items()}
    return {**dates, "suffixes": suffix_date()}
