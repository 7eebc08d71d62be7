"""Lab traffic as the recorder hands it over, for the tests of judging live."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.lab.parameters import parameters, realistic
from fluxhound.lab.setting import Setting
from fluxhound.lab.traffic import generate
from fluxhound.lab.vantage import Vantage
from fluxhound.records import Finding
from tests.lab.worlds import world

_MERGED = """
SELECT hour, sensor, name, type, answers, min(first) AS first, max(last) AS last,
       CAST(sum(count) AS BIGINT) AS count, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
FROM history GROUP BY ALL ORDER BY first, name, type, answers, sensor
"""


@functools.cache
def tables() -> AddressTable:
    """Return the embedded tables."""
    return open_tables()


@functools.cache
def traffic(domains: int = 120, flux: int = 3, days: float = 0.25, seed: int = 5) -> pa.Table:
    """Return observations of lab traffic in order of time: every kind of flux, and much else."""
    counts = realistic(
        domains, flux={name: flux for name, a in parameters().archetypes.items() if a.flux}
    )
    setting = Setting(seed=seed, counts=counts, days=days, vantage=Vantage(clients=100))
    run = generate(setting, world=world())
    return pa.Table.from_batches(run.batches(ordered=True), run.schema)


def store_of(observations: pa.Table | None, path: Any = None) -> Store:
    """Return a store with the history of *observations*."""
    store = Store(path, threads=1)
    if observations is not None:
        record(store, observations)
    return store


def record(store: Store, observations: pa.Table) -> pa.Table:
    """Add *observations* to a store, and return the rows that the watch is given."""
    with Store(None, threads=1) as tick:
        compactor = Compactor(tick.connection)
        for batch in observations.to_batches():
            compactor.take(batch)
        compactor.finish()
        rows = rows_in(tick.connection)
    store.connection.register("committed", rows)
    store.connection.execute("INSERT INTO history SELECT *, 0 FROM committed")
    store.connection.unregister("committed")
    return rows


def rows_in(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the merged history on *connection*, without ``source``."""
    return connection.sql(_MERGED).to_arrow_table()


def plain(findings: Iterable[Finding], *, rules: bool = True) -> list[Any]:
    """Return *findings* as plain values, numbers cut to what does not depend on summing order."""
    listed = [dataclasses.asdict(f) for f in findings]
    for each in listed:
        if not rules:
            del each["baselines"]
    return sorted((_cut(each) for each in listed), key=lambda f: (f["name"], f["entity"]))


def _cut(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _cut(each) for key, each in value.items()}
    return [_cut(each) for each in value] if isinstance(value, list | tuple) else value
