"""The judgement of the scenarios, all in one log, once for every worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pytest

from fluxhound.detection.judgement import Judgement, judge
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.enrichment.opening import open_tables
from fluxhound.history.compaction import Compactor
from fluxhound.history.store import Store
from fluxhound.profiles.profile import build_profiles
from tests.scenarios import SCENARIOS, Scenario, mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Traffic, and what was made of it; the connection holds the tables of the profiles."""

    traffic: pa.Table
    connection: duckdb.DuckDBPyConnection
    tables: AddressTable
    judgement: Judgement

    def row(self, name: str, kind: str = "name") -> int:
        """Return the row of one entity."""
        p = self.judgement.profiles
        pairs = zip(p.column("kind").to_pylist(), p.column("name").to_pylist(), strict=True)
        return list(pairs).index((kind, name))

    def of(self, scenario: Scenario) -> int:
        """Return the row that a scenario is judged by."""
        return self.row(scenario.judged, scenario.entity.value)


def judged(traffic: pa.Table, *, embedded: bool) -> Iterator[Judged]:
    tables = open_tables(embedded_tables=embedded)
    with Store(threads=1) as store:
        compactor = Compactor(store.connection)
        for batch in traffic.to_batches():
            compactor.take(batch)
        compactor.finish()
        profiles = build_profiles(
            store.connection,
            domains=domain_table().lookup,
            facts=tables.lookup,
            screen=could_be_flux,
            wide=True,
            wanted=[s.judged for s in SCENARIOS.values()],
        )
        yield Judged(
            traffic=traffic,
            connection=store.connection,
            tables=tables,
            judgement=judge(profiles),
        )


@pytest.fixture(scope="session")
def mixture() -> Iterator[Judged]:
    yield from judged(mixed(seed=7), embedded=True)


@pytest.fixture(scope="session")
def without_tables() -> Iterator[Judged]:
    yield from judged(mixed(seed=7), embedded=False)
