"""What new inputs show for the first time, with its history: judged without the whole store.

Touched are the registered domains of names with an answer that the store did not have, of the names
in the chains of such answers and of their name servers, and the members of known networks that
showed one of the addresses in them. All that was ever seen of them is brought into a
temporary table that takes the place of the history. What repeats what is known is judged already,
and neighbours that are in no network yet and show nothing new are not touched: that takes a
judgement of the whole.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from fluxhound.enrichment.domains import DomainTable

#: Names whose domains are looked up at a time, to bound memory.
_PORTION = 200_000

#: The names in answers are told from addresses as in the gate: what holds a colon or ends with a
#: digit is none (RFC 3696 section 2).
_FRESH = """
CREATE OR REPLACE TEMP TABLE fresh_answer AS
WITH new AS (SELECT DISTINCT name, type, answers FROM history WHERE source >= $source),
known AS (
    SELECT DISTINCT name, type, answers FROM history SEMI JOIN new USING (name, type, answers)
    WHERE source < $source)
SELECT name, type, answers FROM new ANTI JOIN known USING (name, type, answers)
"""
_NAMES = """
CREATE OR REPLACE TEMP TABLE new_name AS
WITH texts AS (SELECT DISTINCT answers FROM fresh_answer),
parts AS (SELECT DISTINCT rtrim(unnest(string_split(answers, ',')[:64]), '.') AS part FROM texts)
SELECT DISTINCT name FROM fresh_answer
UNION
SELECT part FROM parts
WHERE part <> '' AND NOT contains(part, ':') AND part[-1] NOT BETWEEN '0' AND '9'
"""

#: Members of networks that are known to show one of the new addresses; a network's other members
#: would bring half of the store along. IPv6 is stored by its /64, so it is found by IPv4 alone.
_COMPANY = """
WITH texts AS (SELECT DISTINCT answers FROM fresh_answer WHERE type <> 'NS'),
shown AS (SELECT DISTINCT unnest(string_split(answers, ',')[:4096]) AS unit FROM texts)
SELECT DISTINCT domain FROM network_unit SEMI JOIN shown USING (unit)
"""

_ENDINGS = "SELECT DISTINCT len(string_split(domain, '.')) FROM touched ORDER BY 1"

#: Only endings with as many labels as a touched domain has are built.
_ROWS = """
CREATE OR REPLACE TEMP TABLE history AS
WITH named AS (SELECT DISTINCT name FROM history),
mine AS (SELECT name FROM (SELECT name, string_split(name, '.') AS labels FROM named) WHERE {ends}),
rows AS (SELECT * FROM history SEMI JOIN mine USING (name)),
hosts AS (
    SELECT DISTINCT rtrim(unnest(string_split(answers, ',')[:64]), '.') AS name
    FROM rows WHERE type = 'NS')
SELECT * FROM rows
UNION ALL
SELECT * FROM history SEMI JOIN (SELECT name FROM hosts ANTI JOIN mine USING (name))
USING (name) WHERE type <> 'NS'
"""
_END = "array_to_string(labels[-{labels}:], '.') IN (SELECT domain FROM touched)"


def bring_touched(
    connection: duckdb.DuckDBPyConnection, *, since_source: int, domains: DomainTable
) -> int:
    """Put what the inputs from a mark on touch in place of the history, on this connection.

    Return the rows that were brought. ``history`` stays what it is.
    """
    connection.execute(_FRESH, {"source": since_source})
    connection.execute(_NAMES)
    connection.execute("CREATE OR REPLACE TEMP TABLE touched (domain VARCHAR)")
    names = connection.sql("SELECT name FROM new_name").to_arrow_table().column("name")
    for start in range(0, len(names), _PORTION):
        found = domains.lookup(names.slice(start, _PORTION).combine_chunks())
        _add(connection, found.column("registered_domain"))
    company = connection.sql(_COMPANY).to_arrow_table()
    _add(connection, company.column("domain"))
    ends = [_END.format(labels=int(labels)) for (labels,) in connection.sql(_ENDINGS).fetchall()]
    connection.execute(_ROWS.format(ends=" OR ".join(ends) or "false"))
    return int(connection.execute("SELECT count(*) FROM temp.history").fetchall()[0][0])


def _add(connection: duckdb.DuckDBPyConnection, domains: pa.ChunkedArray) -> None:
    connection.register("found", pa.table({"domain": domains}))
    connection.execute(
        "INSERT INTO touched SELECT DISTINCT domain FROM found ANTI JOIN touched USING (domain)"
    )
    connection.unregister("found")
