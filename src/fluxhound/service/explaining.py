"""The judgement and the time line of one name, from the store, for whoever asks about it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from fluxhound.enrichment.domains import registered_domain
from fluxhound.enrichment.facts import AddressTable
from fluxhound.history.store import Store
from fluxhound.profiles.identities import PREFIX
from fluxhound.records import EntityKind, Finding, Timeline
from fluxhound.service.judged import judged
from fluxhound.service.sweep import transaction

#: Rows that are looked at for one name, the newest, and domains of a network.
MOST_ROWS = 300_000
MOST_DOMAINS = 200

_DOMAINS = f"""
CREATE OR REPLACE TEMP TABLE explained AS
SELECT DISTINCT domain FROM network_unit WHERE id = $id ORDER BY domain LIMIT {MOST_DOMAINS}
"""
_DOMAIN = "CREATE OR REPLACE TEMP TABLE explained AS SELECT CAST($domain AS VARCHAR) AS domain"

#: Rows of the domain's names, of chains that lead into it, and of the hosts of its name servers.
_ROWS = f"""
CREATE OR REPLACE TEMP TABLE history AS
WITH endings AS (SELECT domain, '.' || domain AS ending FROM explained),
names AS (SELECT DISTINCT name FROM "{{db}}".main.history),
mine AS (SELECT DISTINCT name FROM names JOIN endings
         ON name = domain OR ends_with(name, ending)),
rows AS (
    SELECT * FROM "{{db}}".main.history SEMI JOIN mine USING (name)
    UNION ALL
    SELECT * FROM "{{db}}".main.history h ANTI JOIN mine USING (name)
    WHERE type <> 'NS' AND EXISTS (
        SELECT 1 FROM endings WHERE contains(h.answers, domain))),
hosts AS (
    SELECT DISTINCT rtrim(unnest(string_split(answers, ',')[:64]), '.') AS name
    FROM rows WHERE type = 'NS')
SELECT * FROM rows
UNION ALL
SELECT * FROM "{{db}}".main.history SEMI JOIN hosts USING (name) ANTI JOIN mine USING (name)
WHERE type <> 'NS'
ORDER BY last DESC LIMIT {MOST_ROWS}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What there is to say of one entity."""

    finding: Finding  # whether it is one or not
    timeline: Timeline


def explained(
    store: Store,
    name: str,
    entity: EntityKind | None = None,
    *,
    tables: AddressTable,
    not_observable: tuple[str, ...] = (),
) -> Explained:
    """Return the judgement of *name* by its own history, and what is known of its network.

    Raises:
        UnknownNameError: the name was not seen with addresses.
    """
    with store.connection.cursor() as cursor, transaction(cursor):
        _gather(cursor, name)
        found = judged(cursor, tables=tables, not_observable=not_observable, wanted=(name,))
        return Explained(finding=found.find(name, entity), timeline=found.timeline(name, entity))


def _gather(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    if name.startswith(PREFIX):
        cursor.execute(_DOMAINS, {"id": name.removeprefix(PREFIX)})
    else:
        cursor.execute(_DOMAIN, {"domain": registered_domain(name)})
    database = str(cursor.execute("SELECT current_database()").fetchall()[0][0])
    cursor.execute(_ROWS.format(db=database.replace('"', '""')))
