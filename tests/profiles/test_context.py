"""The units of entities are the same, split from answers or measured from the history."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from fluxhound.profiles import context
from tests.profiles.building import DAY, Row, address, build, row, stored

CHAIN = "edge.cdn.net,80.1.0.1,81.2.0.2"


def all_of(sketch: pa.Table) -> NDArray[np.bool_]:
    return np.ones(sketch.num_rows, dtype=bool)


def rows() -> list[Row]:
    """Return domains with shared addresses, a chain, IPv6, and name servers."""
    rng = np.random.default_rng(5)
    pool = [address(rng) for _ in range(30)]
    found = [
        row(i * 900, ",".join(rng.choice(pool, 3, replace=False)), name=f"{name}.example{at}.com")
        for i in range(12)
        for at in range(4)
        for name in ("www", "cdn")
    ]
    found += [row(i * 900, CHAIN, name="www.chained.com") for i in range(3)]
    found += [row(DAY + i, f"2001:db8:{i}::1,2001:db8:{i}::2", name="six.com") for i in range(4)]
    found += [
        row(0, "ns.example0.com", name="example0.com"),
        row(1, "80.1.0.7", name="ns.example0.com"),
    ]
    return found


def units(connection: duckdb.DuckDBPyConnection, table: str) -> set[tuple[Any, ...]]:
    query = f"SELECT entity, unit, routable FROM {table}"
    return set(connection.execute(query).fetchall())


@pytest.mark.parametrize("most", [2000, 1])
def test_what_the_gate_split_is_what_the_history_shows(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "_KEYS", context._KEYS.replace("> 2000", f"> {most}"))
    with stored(rows()) as connection:
        build(connection, wide=False, reach=all_of)
        assert units(connection, "context_unit") == units(connection, "entity_unit")
        assert units(connection, "shown_unit") == units(connection, "context_unit")


def test_domains_are_counted_on_each_unit() -> None:
    with stored(rows()) as connection:
        build(connection, wide=False, reach=all_of)
        counted = dict(connection.execute("SELECT number, domains FROM unit_domains").fetchall())
        told = connection.execute(
            """SELECT number, count(DISTINCT registered_domain) FROM context_unit
               JOIN entity USING (entity) WHERE strict GROUP BY number"""
        ).fetchall()
    assert counted == dict(told)
    assert max(counted.values()) == 4
