"""One look: the judgement of an analysis, over the rows of a few domains and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.enrichment.facts import AddressTable
from fluxhound.history.store import Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.bench import Bench
from fluxhound.service.judged import Judged, judged

Keys = NDArray[np.uint64]
Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Networks of the last sweep that one look is told of, and what they showed. Chosen.
MOST_NETWORKS = 50
MOST_UNITS = 20_000
#: Clients of one look's names that are counted.
MOST_CLIENTS = 200_000

_NO_NETWORKS = (
    "CREATE OR REPLACE TEMP TABLE network (id VARCHAR, first_seen DOUBLE, last_seen DOUBLE)",
    """CREATE OR REPLACE TEMP TABLE network_unit (id VARCHAR, unit VARCHAR, domain VARCHAR,
       last DOUBLE)""",
    "CREATE OR REPLACE TEMP TABLE asked_by (name VARCHAR, client UBIGINT, source INTEGER)",
)

_ADDRESSES = """
SELECT DISTINCT unnest(string_split(answers, ',')[:64]) AS unit FROM temp.history WHERE type <> 'NS'
"""
_NAMES = "SELECT DISTINCT name FROM temp.history"

#: IPv6 is stored by its /64: such networks are found by their IPv4 addresses, or at the next sweep.
_KNOWN_IDS = f"""
CREATE OR REPLACE TEMP TABLE known_id AS
SELECT id FROM network_unit SEMI JOIN shown USING (unit) GROUP BY id
ORDER BY count(*) DESC, id LIMIT {MOST_NETWORKS}
"""
_KNOWN_UNITS = f"""
SELECT id, unit, domain, last FROM network_unit SEMI JOIN known_id USING (id)
ORDER BY last DESC LIMIT {MOST_UNITS}
"""
_KNOWN = "SELECT id, first_seen, last_seen FROM network SEMI JOIN known_id USING (id)"
_CLIENTS = f"""
SELECT DISTINCT name, client, CAST(0 AS INTEGER) AS source
FROM asked_by SEMI JOIN names USING (name)
LIMIT {MOST_CLIENTS}
"""

#: Which domains passed by counts, so that the screen must have ruled out what is not judged.
_COUNTED = """
SELECT domain_key FROM owner_domain SEMI JOIN (SELECT key AS owner FROM counted WHERE strict)
USING (owner)
UNION SELECT key FROM counted_domain WHERE strict
"""
_SCORED = """
SELECT row_number() OVER (ORDER BY entity) - 1 AS row, hash('=' || registered_domain) AS domain
FROM entity SEMI JOIN scored USING (entity)
"""
_SHOWN_BY = """
SELECT DISTINCT address_key FROM member SEMI JOIN flagged USING (entity) LIMIT 200000
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """What a look found; the arrays have one element for each domain that was looked at."""

    #: Findings, and what else there is to say of domains that were known for findings, with the
    #: networks that they are in.
    entities: tuple[Finding, ...]
    odds: Reals  # the best log-odds of a domain's entities, NaN where none was judged
    found: Mask
    ruled_out: Mask  # passed by counts, and cannot be flux by where the addresses lie
    hot: Keys  # addresses of findings
    rows: int


class Looks:
    """A scratch pad beside the bench, on which the domains that are due are judged."""

    def __init__(self, bench: Bench, engine: Store, store: Store, *, tables: AddressTable) -> None:
        """Judge on a cursor of *engine*, the bench's own, with what *store* knows of networks."""
        self._bench = bench
        self._cursor = engine.connection.cursor()
        self._store = store
        self._tables = tables

    def look(
        self, domains: Keys, *, known: Mask, among: Keys, not_observable: tuple[str, ...] = ()
    ) -> Looked:
        """Judge *domains* by the rows on the bench, with their neighbours *among* others.

        *known* are those of *domains* that had findings before.
        """
        rows = self._bench.copy(self._cursor, domains, among=among)
        self._bring()
        found = judged(self._cursor, tables=self._tables, not_observable=not_observable)
        return looked(self._cursor, found, domains, known=known, rows=rows)

    def _bring(self) -> None:
        """Copy from the store what it knows of networks on these addresses, and of clients."""
        for statement in _NO_NETWORKS:
            self._cursor.execute(statement)
        units = self._cursor.sql(_ADDRESSES).to_arrow_table()
        names = self._cursor.sql(_NAMES).to_arrow_table()
        with self._store.connection.cursor() as store:
            store.register("shown", units)
            store.register("names", names)
            store.execute(_KNOWN_IDS)
            for query, table in (
                (_KNOWN, "network"),
                (_KNOWN_UNITS, "network_unit"),
                (_CLIENTS, "asked_by"),
            ):
                self._cursor.register("brought", store.sql(query).to_arrow_table())
                self._cursor.execute(f"INSERT INTO temp.{table} SELECT * FROM brought")
                self._cursor.unregister("brought")

    def close(self) -> None:
        """Close the cursor."""
        self._cursor.close()


def looked(
    connection: duckdb.DuckDBPyConnection,
    found: Judged,
    domains: Keys,
    *,
    known: Mask,
    rows: int,
) -> Looked:
    """Return what *found* says of *domains*, from the tables that judging left on *connection*."""
    keys, odds, flagged = domain_scores(connection, found)
    counted = np.asarray(connection.execute(_COUNTED).fetchnumpy()["domain_key"], np.uint64)
    best = np.full(len(domains), np.nan)
    is_found = np.zeros(len(domains), dtype=bool)
    order = np.argsort(domains, kind="stable")
    wanted = np.isin(keys, domains)
    place = order[np.searchsorted(domains[order], keys[wanted])]
    np.fmax.at(best, place, odds[wanted])
    np.logical_or.at(is_found, place, flagged[wanted])
    return Looked(
        entities=_entities(found, np.isin(keys, domains[is_found | known])),
        odds=best,
        found=is_found,
        ruled_out=np.isnan(best) & np.isin(domains, counted),
        hot=hot_addresses(connection, found),
        rows=rows,
    )


def domain_scores(connection: duckdb.DuckDBPyConnection, found: Judged) -> tuple[Keys, Reals, Mask]:
    """Return for each entity the key of its registered domain, its log-odds, whether it is found.

    Networks have a key that belongs to no domain.
    """
    connection.register("scored", pa.table({"entity": pa.array(found.numbers, pa.int32())}))
    keys = connection.execute(f"{_SCORED} ORDER BY row").fetchnumpy()["domain"]
    connection.unregister("scored")
    return np.asarray(keys, np.uint64), found.log_odds, found.flagged


def hot_addresses(connection: duckdb.DuckDBPyConnection, found: Judged) -> Keys:
    """Return the hashes of the addresses that findings showed."""
    flagged = pa.array(found.numbers[found.flagged], pa.int32())
    connection.register("flagged", pa.table({"entity": flagged}))
    keys = connection.execute(_SHOWN_BY).fetchnumpy()["address_key"]
    connection.unregister("flagged")
    return np.asarray(keys, np.uint64)


def _entities(found: Judged, wanted: Mask) -> tuple[Finding, ...]:
    """Return the wanted entities and the networks that they are in."""
    if not wanted.any():
        return ()
    entities = found.told(np.flatnonzero(wanted))
    networks = {entity.network for entity in entities if entity.network}
    return (*entities, *found.told(found.rows_named(networks, EntityKind.NETWORK)))
