"""The full history of what gets a profile: asked of the cluster once the entities are known.

The embedded gate, screen and networks choose the entities from what ``context`` brought back. Then
their rows of every hour are fetched, and those of the name servers of their domains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from fluxhound.service.spark.context import COLUMNS, partial_owners, short_rows
from fluxhound.service.spark.parsing import ASKED
from fluxhound.service.spark.views import keep, keep_all

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: As ``profiles.sightings`` finds the rows of candidates.
_CANDIDATES = """
WITH chained AS (SELECT DISTINCT answers FROM chain_owner SEMI JOIN belongs USING (owner)),
names AS (SELECT DISTINCT owner FROM belongs)
SELECT DISTINCT name, type, answers FROM history
WHERE type <> 'NS'
  AND (name IN (SELECT owner FROM names) OR answers IN (SELECT answers FROM chained))
"""

_DOMAINS = "SELECT DISTINCT registered_domain AS domain FROM entity WHERE registered_domain <> ''"

_SERVED_ZONES = f"""
SELECT {COLUMNS} FROM history JOIN owner_domain ON owner = name
LEFT SEMI JOIN entity_domain USING (domain) WHERE type = 'NS'
"""
_SERVED_HOSTS = """
SELECT DISTINCT host AS owner FROM zone_host JOIN owner_domain ON owner = name
LEFT SEMI JOIN entity_domain USING (domain)
"""
#: Whatever shows a server's addresses, under its own name or through a chain.
_SERVING = """
SELECT DISTINCT name, type, answers, owners
FROM (SELECT *, explode(owners) AS owner FROM pair) LEFT SEMI JOIN served_host USING (owner)
"""
_KNOWN = """
SELECT owner FROM whole_owner UNION SELECT owner FROM partial_owner
UNION SELECT owner FROM served_host
"""
_FULL = f"""
SELECT {COLUMNS} FROM history LEFT SEMI JOIN (
    SELECT name, type, answers FROM candidate_pair UNION SELECT name, type, answers FROM serving
) USING (name, type, answers)
UNION ALL SELECT {COLUMNS} FROM served_zone
"""
_ASKED_NAMES = f"""
SELECT DISTINCT name, client FROM parsed
LEFT SEMI JOIN (SELECT DISTINCT name FROM candidate_pair) USING (name) WHERE type = '{ASKED}'
"""


def find_histories(spark: SparkSession, connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views ``full``, ``short_serving``, ``served_host`` and ``asked_name``.

    *connection* is the embedded store's, in which ``profiles.candidates.promote`` was run.
    """
    for view, query in (("candidate_pair", _CANDIDATES), ("entity_domain", _DOMAINS)):
        chosen: pa.Table = connection.sql(query).to_arrow_table()
        keep(spark.createDataFrame(chosen), view)
    steps = {
        "served_host": _SERVED_HOSTS,
        "served_zone": _SERVED_ZONES,
        "serving": _SERVING,
        "known_owner": _KNOWN,
        "newly_partial": partial_owners(real="serving", known="known_owner"),
        "short_serving": short_rows(partial="newly_partial", real="serving"),
        "full": _FULL,
        "asked_name": _ASKED_NAMES,
    }
    keep_all(spark, steps)


#: What stood for the same answers until now, and the short answers of servers, gives way.
_REPLACED = (
    """DELETE FROM history WHERE type = 'NS'
       AND name IN (SELECT name FROM arrived WHERE type = 'NS')""",
    """DELETE FROM history WHERE type <> 'NS'
       AND (name IN (SELECT owner FROM served)
            OR (name, type, answers) IN (SELECT (name, type, answers) FROM arrived))""",
)


def replace_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Put the rows of the table ``arrived`` in the place of their pairs; ``served`` has servers."""
    for statement in _REPLACED:
        connection.execute(statement)
    connection.execute(f"INSERT INTO history SELECT {COLUMNS}, 1 FROM arrived")
