"""The history of candidates as numbers: who showed which answer set, where and when.

Here, and only here, answer texts are split. Strings become small integers, so that everything
after this is joins of integers.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa

from fluxhound.history.answers import split_answers

#: addresses -> a table with at least ``FACT_COLUMNS``, one row for each address, in order.
Facts = Callable[[pa.Array], pa.Table]

#: What profiles need to know about an address (see the enrichment's schema of facts).
FACT_COLUMNS = (
    "address", "family", "asn", "operator", "holder", "country", "kind", "prefix", "subnet",
    "routable",
)  # fmt: skip

#: ``unit`` is what counts as one address: itself for IPv4, the /64 for IPv6, since one host has a
#: whole /64 (RFC 4291 section 2.5.4) and may change its address within it daily (RFC 8981). Units
#: and addresses are joined by their 64-bit hashes, which are much faster to compare than texts.
_FACT_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS fact AS
SELECT *, hash(address) AS address_key,
       hash(CASE WHEN family = 6 THEN subnet ELSE address END) AS unit
FROM found_facts LIMIT 0
"""

_FACT_ROWS = """
INSERT INTO fact
SELECT *, hash(address), hash(CASE WHEN family = 6 THEN subnet ELSE address END) FROM found_facts
WHERE address IS NOT NULL
"""

#: ``profiled`` tells which owners' histories make up the entities that are looked at now.
_ROWS = """
CREATE OR REPLACE TEMP TABLE candidate_row AS
WITH owners AS (SELECT DISTINCT hash(owner) AS owner_key FROM profiled),
wanted_pair AS (
    SELECT owner_key, text_key FROM pair SEMI JOIN owners USING (owner_key)
    UNION
    SELECT owner_key, text_key FROM pair SEMI JOIN (
        SELECT text_key FROM chain_owner SEMI JOIN owners USING (owner_key)) USING (text_key))
SELECT s.* FROM {source} s SEMI JOIN wanted_pair
    ON hash(s.name) = owner_key AND hash(s.answers) = text_key
WHERE type <> 'NS'
"""

_TEXTS = """
CREATE OR REPLACE TEMP TABLE candidate_text AS
SELECT DISTINCT answers, false AS hosts FROM candidate_row
"""

#: Numbered in the order of their texts, so that ties do not depend on the order of reading.
_SETS = """
CREATE OR REPLACE TEMP TABLE answer_set AS
SELECT CAST(row_number() OVER (ORDER BY clean) AS INTEGER) AS answer_set, clean AS text
FROM (SELECT DISTINCT clean FROM answer_text WHERE clean <> '')
"""

#: Which entities a (name, answer text) belongs to: through its name, or a name of its chain.
_LINKS = """
CREATE OR REPLACE TEMP TABLE link AS
WITH pairs AS (SELECT DISTINCT name, answers FROM candidate_row)
SELECT name, answers, entity FROM pairs JOIN profiled ON owner = name
UNION
SELECT name, answers, entity FROM pairs JOIN chain_owner USING (answers) JOIN profiled USING (owner)
"""

#: ``track`` keeps the names of a registered domain or a network apart; a name is one track, whoever
#: asked for it through whichever CNAME.
_SIGHTINGS = """
CREATE OR REPLACE TEMP TABLE sighting AS
SELECT entity, hour, sensor, type,
       CASE WHEN kind IN ('registered-domain', 'network') THEN candidate_row.name ELSE '' END
           AS track,
       answer_set, min(first) AS first, max(last) AS last,
       CAST(sum(count) AS BIGINT) AS count, max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min
FROM candidate_row JOIN link USING (name, answers) JOIN answer_text USING (answers)
JOIN answer_set ON text = clean JOIN entity USING (entity)
GROUP BY ALL
"""

_SET_ADDRESSES = """
CREATE OR REPLACE TEMP TABLE set_address AS
SELECT answer_set, address, hash(address) AS address_key
FROM (SELECT answer_set, unnest(string_split(text, ',')) AS address FROM answer_set)
"""

_SET_UNITS = """
CREATE OR REPLACE TEMP TABLE set_unit AS
SELECT answer_set, unit, min(operator) AS operator
FROM set_address JOIN fact USING (address_key) GROUP BY ALL
"""

_SET_SIZES = """
CREATE OR REPLACE TEMP TABLE set_size AS
SELECT answer_set, count(*) AS size, count(DISTINCT operator) AS operators
FROM set_unit GROUP BY answer_set
"""

#: Each answer set of an entity once, before it is taken apart: most are seen many times.
_ENTITY_SETS = """
CREATE OR REPLACE TEMP TABLE entity_set AS
SELECT entity, answer_set, min(first) AS first, max(last) AS last,
       CAST(sum(count) AS BIGINT) AS count
FROM sighting GROUP BY entity, answer_set
"""

_MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS
SELECT entity, address_key, min(first) AS first, max(last) AS last,
       CAST(sum(count) AS BIGINT) AS count
FROM entity_set JOIN set_address USING (answer_set) GROUP BY entity, address_key
"""


def gather(connection: duckdb.DuckDBPyConnection, facts: Facts, *, source: str = "seen") -> None:
    """Fill ``sighting``, ``answer_set``, ``set_address``, ``set_unit``, ``fact`` and ``member``.

    The rows are taken from *source*: the whole history, or ``candidate_row`` once more.
    """
    connection.execute(_ROWS.format(source=source))
    connection.execute(_TEXTS)
    split_answers(connection, "candidate_text")
    for statement in (_SETS, _LINKS, _SIGHTINGS, _SET_ADDRESSES):
        connection.execute(statement)
    connection.execute("DROP TABLE IF EXISTS fact")
    look_up_addresses(connection, facts, "SELECT DISTINCT address FROM set_address")
    for statement in (_SET_UNITS, _SET_SIZES, _ENTITY_SETS, _MEMBERS):
        connection.execute(statement)


def look_up_addresses(connection: duckdb.DuckDBPyConnection, facts: Facts, query: str) -> None:
    """Add the facts of the addresses that *query* gives to the table ``fact``."""
    addresses = connection.sql(query).to_arrow_table().column(0).combine_chunks()
    found = facts(addresses).select(list(FACT_COLUMNS))
    connection.register("found_facts", found)
    connection.execute(_FACT_TABLE)
    connection.execute(_FACT_ROWS)
    connection.unregister("found_facts")
