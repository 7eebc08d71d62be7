"""One look: the judgement of an analysis, over the rows of a few domains and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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
#: Parts of one answer that are looked at.
MOST_PARTS = 64
#: Answers that what a finding showed last is taken from.
SHOWN_ANSWERS = 50
#: Clients of one look's names that are counted, and the hours before the newest row in which they
#: are looked for: a month of who asked can be a hundred million rows. Chosen.
MOST_CLIENTS = 200_000
CLIENT_HOURS = 24

_TABLES = (
    "CREATE TEMP TABLE network (id VARCHAR, first_seen DOUBLE, last_seen DOUBLE)",
    "CREATE TEMP TABLE network_unit (id VARCHAR, unit VARCHAR, domain VARCHAR, last DOUBLE)",
    "CREATE TEMP TABLE asked_by (name VARCHAR, client UBIGINT, source INTEGER)",
)
_ROWS = "SELECT hour, name, type, answers, last FROM temp.history"

#: IPv6 is stored by its /64: such networks are found by their IPv4 addresses, or at the next sweep.
_KNOWN = f"""
WITH known AS (
    SELECT id FROM network_unit SEMI JOIN shown USING (unit) GROUP BY id
    ORDER BY count(*) DESC, id LIMIT {MOST_NETWORKS})
SELECT id, first_seen, last_seen, unit, domain, last
FROM network SEMI JOIN known USING (id) JOIN network_unit USING (id)
ORDER BY last DESC LIMIT {MOST_UNITS}
"""
#: Rows of who asked lie in the order of their hours: only the latest are read.
_CLIENTS = f"""
SELECT DISTINCT name, client, CAST(0 AS INTEGER) AS source FROM (
    SELECT name, client FROM asked
    UNION ALL SELECT name, client FROM asking WHERE client <> 0 AND hour >= $oldest)
SEMI JOIN names USING (name) LIMIT {MOST_CLIENTS}
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
        self._full: set[str] = set()
        self._rows: pa.Table | None = None
        for statement in _TABLES:
            self._cursor.execute(statement)
        self._store = store
        self._tables = tables

    def look(
        self, domains: Keys, *, known: Mask, among: Keys, not_observable: tuple[str, ...] = ()
    ) -> Looked:
        """Judge *domains* by the rows on the bench, with their neighbours *among* others.

        *known* are those of *domains* that had findings before.
        """
        self._bench.copy(self._cursor, domains, among=among)
        rows = self._bring()
        found = judged(self._cursor, tables=self._tables, not_observable=not_observable)
        return looked(self._cursor, found, domains, known=known, rows=rows)

    def shown(self, finding: Finding) -> tuple[str, ...]:
        """Return what *finding* of the last look was answered with last, its newest answers first.

        Nothing of networks, and of what was not in that look.
        """
        if self._rows is None or finding.entity is EntityKind.NETWORK:
            return ()
        name, below = self._rows.column("name"), finding.entity is not EntityKind.NAME
        mine = pc.equal(name, finding.name)
        if below:
            mine = pc.or_(mine, pc.ends_with(name, f".{finding.name}"))
        mine = pc.and_(mine, pc.not_equal(self._rows.column("type"), "NS"))
        rows = self._rows.filter(mine).sort_by([("last", "descending")]).slice(0, SHOWN_ANSWERS)
        return tuple(
            part for text in rows.column("answers").to_pylist() for part in text.split(",")
        )

    def _bring(self) -> int:
        """Copy what the store knows of networks on these addresses, and of clients.

        Returns the number of rows that are looked at.
        """
        rows = self._rows = self._cursor.sql(_ROWS).to_arrow_table()
        with self._store.connection.cursor() as store:
            store.register("shown", pa.table({"unit": _units(rows.column("answers"))}))
            known = store.sql(_KNOWN).to_arrow_table()
            store.register("names", pa.table({"name": rows.column("name").unique()}))
            asked = store.sql(_CLIENTS, params={"oldest": _oldest(rows)}).to_arrow_table()
        ids = known.group_by("id", use_threads=False).aggregate(
            [("first_seen", "min"), ("last_seen", "max")]
        )
        self._put("network", ids)
        self._put("network_unit", known.select(["id", "unit", "domain", "last"]))
        self._put("asked_by", asked)
        return int(rows.num_rows)

    def _put(self, table: str, rows: pa.Table) -> None:
        """Let a temporary table have these rows alone; most looks have none."""
        if table in self._full:
            self._cursor.execute(f"TRUNCATE temp.{table}")
            self._full.discard(table)
        if rows.num_rows:
            self._full.add(table)
            self._cursor.register("brought", rows)
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
        ruled_out=_ruled_out(connection, domains, unjudged=np.isnan(best)),
        hot=hot_addresses(connection, found),
        rows=rows,
    )


def _ruled_out(connection: duckdb.DuckDBPyConnection, domains: Keys, *, unjudged: Mask) -> Mask:
    """Tell which of the domains passed by counts, although nothing was judged of them."""
    if not unjudged.any():
        return unjudged
    counted = connection.execute(_COUNTED).fetchnumpy()["domain_key"]
    return unjudged & np.isin(domains, np.asarray(counted, np.uint64))


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
    if not len(flagged):
        return np.empty(0, np.uint64)
    connection.register("flagged", pa.table({"entity": flagged}))
    keys = connection.execute(_SHOWN_BY).fetchnumpy()["address_key"]
    connection.unregister("flagged")
    return np.asarray(keys, np.uint64)


def _units(answers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the parts of answers, each once: addresses, and names in chains that match nothing."""
    parts = pc.list_slice(pc.split_pattern(answers.unique(), ","), 0, MOST_PARTS)
    return pc.list_flatten(parts).unique()


def _oldest(rows: pa.Table) -> int:
    """Return the first hour in which it is looked for who asked."""
    hours = pc.min_max(rows.column("hour")).as_py()
    return int(max(hours["min"] or 0, (hours["max"] or 0) - CLIENT_HOURS))


def _entities(found: Judged, wanted: Mask) -> tuple[Finding, ...]:
    """Return the wanted entities and the networks that they are in."""
    if not wanted.any():
        return ()
    entities = found.told(np.flatnonzero(wanted))
    networks = {entity.network for entity in entities if entity.network}
    return (*entities, *found.told(found.rows_named(networks, EntityKind.NETWORK)))
