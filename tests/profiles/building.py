"""Profiles of small made-up traffic: a store, facts that can be seen in an address, and rows."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import FACTS, AddressTable
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.profiles.profile import build_profiles
from fluxhound.records import OBSERVATION

HOUR = 3600
DAY = 86_400
#: A Monday at 00:00 UTC, so that days in a test begin where days begin.
START = 1_793_577_600.0

#: First octet of an IPv4 address (or third group of an IPv6 address) -> kind of network.
KINDS = {
    80: "access", 81: "mobile", 82: "hosting", 83: "cloud", 84: "cdn", 85: "education",
    86: "government", 87: "unknown",
}  # fmt: skip

Row = dict[str, Any]


def row(
    time: float,
    answers: str,
    *,
    name: str = "flux.example.com",
    ttl: int | None = 300,
    client: str | None = "10.0.0.9",
    sensor: str | None = "r1",
    time_last: float | None = None,
    count: int | None = None,
) -> Row:
    """Return one observation; the type is told by the answers."""
    last = answers.rsplit(",", 1)[-1]
    kind = "AAAA" if ":" in last else "A" if last[-1].isdigit() else "NS"
    return {
        "time": START + time,
        "name": name,
        "type": kind,
        "answers": answers,
        "ttl": ttl,
        "client": client,
        "sensor": sensor,
        "time_last": None if time_last is None else START + time_last,
        "count": count,
    }


def facts(addresses: pa.Array) -> pa.Table:
    """Say of an address what its digits say; two AS numbers in a row have one operator."""
    found = AddressTable().lookup(addresses).to_pylist()
    return pa.Table.from_pylist([each | _network(each) for each in found], schema=FACTS)


def _network(known: Row) -> Row:
    if not known["routable"]:
        return {}
    packed = ipaddress.ip_address(known["address"]).packed
    first, second = packed[0], packed[1]
    if known["family"] == 6:
        first, second = packed[5], packed[3]
    if first not in KINDS:
        return {}
    return {
        "asn": first * 256 + second + 1,
        "operator": first * 256 + second // 2 + 1,
        "country": f"{'ABCDEFGH'[first % 8]}{'XY'[second % 2]}",
        "kind": KINDS[first],
    }


def everything(measures: pa.Table) -> NDArray[np.bool_]:
    """Let all pass the screen."""
    return np.ones(measures.num_rows, dtype=bool)


@contextmanager
def stored(rows: Sequence[Row]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a store in memory that holds *rows*."""
    table = pa.Table.from_pylist(list(rows), schema=OBSERVATION)
    with Store(threads=1) as store:
        compactor = Compactor(store.connection)
        for batch in table.to_batches():
            compactor.take(batch)
        compactor.finish()
        yield store.connection


def build(connection: duckdb.DuckDBPyConnection, **given: Any) -> pa.Table:
    """Build profiles with the made-up facts; *given* as for ``build_profiles``."""
    chosen: dict[str, Any] = {
        "domains": domain_table().lookup,
        "facts": facts,
        "screen": everything,
        "wide": True,
    }
    return build_profiles(connection, **(chosen | given))


def profiles(rows: Sequence[Row], **given: Any) -> dict[tuple[str, str], Row]:
    """Return profiles by (kind, name)."""
    with stored(rows) as connection:
        table = build(connection, **given)
    return {(p["kind"], p["name"]): p for p in table.to_pylist()}


def profile(rows: Sequence[Row], name: str = "flux.example.com", **given: Any) -> Row:
    """Return the profile of one name, whatever it showed."""
    return profiles(rows, wanted=(name,), **given)["name", name]


def address(rng: np.random.Generator, *, first: Sequence[int] = tuple(KINDS)) -> str:
    """Draw an IPv4 address of a few networks of each kind."""
    return f"{rng.choice(first)}.{rng.integers(6)}.{rng.integers(4)}.{rng.integers(1, 250)}"
