"""Which units every entity showed, from what the gate split: what candidates are compared by.

Which addresses a domain shares with others, and what a network speaks for, is a matter of all that
passed the gate. Its profiles need the history, these tables do not.
"""

from __future__ import annotations

import duckdb

from fluxhound.profiles.candidates import MOST_NAMES
from fluxhound.profiles.screening import place_addresses
from fluxhound.profiles.sightings import Facts

#: ``direct`` tells entities whose units the screen listed; of a domain that is too large only a
#: sample of the names is profiled.
_KEYS = f"""
CREATE OR REPLACE TEMP TABLE entity_key AS
WITH large AS (
    SELECT domain_key FROM owner_domain GROUP BY domain_key HAVING count(*) > {MOST_NAMES})
SELECT entity, key, kind = 'registered-domain' AS is_domain,
       strict AND key NOT IN (SELECT domain_key FROM large) AS direct
FROM (SELECT entity, kind, strict,
             hash(CASE WHEN kind = 'registered-domain' THEN '=' ELSE '' END || name) AS key
      FROM entity)
"""

_OTHERS = """
CREATE OR REPLACE TEMP TABLE other_text AS
SELECT DISTINCT entity, text_key
FROM (SELECT entity, hash(b.owner) AS owner FROM belongs b JOIN entity_key USING (entity)
      WHERE NOT direct)
JOIN shows USING (owner)
"""

_UNPLACED = """
SELECT any_value(part) AS part FROM part SEMI JOIN other_text USING (text_key)
ANTI JOIN place USING (address) GROUP BY address ORDER BY address
"""

#: Each unit once, with a number.
_PLACES = """
CREATE OR REPLACE TEMP TABLE unit_place AS
SELECT CAST(row_number() OVER () - 1 AS INTEGER) AS number, * FROM (
    SELECT unit, any_value(prefix) AS prefix, any_value(subnet) AS subnet, any_value(asn) AS asn,
           any_value(operator) AS operator, any_value(country) AS country, any_value(kind) AS kind,
           any_value(text) AS text, bool_and(routable) AS routable
    FROM place GROUP BY unit)
"""

_UNITS = """
CREATE OR REPLACE TEMP TABLE context_unit AS
SELECT entity, unit, number, routable FROM (
    SELECT entity, unit FROM static_unit s JOIN entity_key k ON k.key = s.key
       AND k.is_domain = s.is_domain WHERE direct
    UNION ALL
    SELECT DISTINCT entity, unit FROM other_text JOIN part USING (text_key)
    JOIN place USING (address))
JOIN unit_place USING (unit)
"""

#: Texts that are not what they seem without their history: two that have one hash, parts that look
#: like addresses and are none, or the other way round.
_ODD_TEXTS = """
CREATE OR REPLACE TEMP TABLE odd_text AS
SELECT text_key FROM text GROUP BY text_key HAVING count(*) > 1
UNION
SELECT text_key FROM text WHERE chain IS NOT NULL AND len(list_filter(chain, lambda part:
    rtrim(part, '.') = '' OR rtrim(part, '.')[-1] BETWEEN '0' AND '9' OR contains(part, ':'))) > 0
UNION
SELECT text_key FROM part ANTI JOIN place USING (address) SEMI JOIN candidate_key USING (text_key)
"""

_CANDIDATE_KEYS = """
CREATE OR REPLACE TEMP TABLE candidate_key AS
SELECT DISTINCT text_key FROM shows SEMI JOIN (SELECT DISTINCT hash(owner) AS owner FROM belongs)
USING (owner)
"""

#: Of each owner the longest time to live, the largest answer, and how many (name, answer text) it
#: was seen in: under its own name (and with a chain), and as a name of a chain.
_OWNER_TEXTS = """
CREATE OR REPLACE TEMP TABLE owner_text AS
WITH texts AS (
    SELECT text_key, max(size) AS size, bool_or(coalesce(len(chain), 0) > 0) AS chained,
           bool_or(odd_text.text_key IS NOT NULL) AS odd
    FROM text LEFT JOIN odd_text USING (text_key) GROUP BY text_key),
wanted_owner AS (SELECT DISTINCT hash(owner) AS owner FROM belongs),
chains AS (
    SELECT text_key, max(ttl_max) AS ttl_max, count(*) AS pairs FROM pair
    SEMI JOIN chain_owner USING (text_key) GROUP BY text_key),
shown AS (
    SELECT owner_key AS owner, text_key, ttl_max, 1 AS own, 0 AS via FROM pair
    UNION ALL
    SELECT owner_key, text_key, ttl_max, 0, pairs FROM chain_owner JOIN chains USING (text_key))
SELECT owner, max(ttl_max) FILTER (size > 0) AS ttl_max, max(size) AS size, sum(own) AS own,
       sum(own) FILTER (chained) AS own_chained, sum(via) AS via, bool_or(odd) AS odd
FROM shown SEMI JOIN wanted_owner USING (owner) JOIN texts USING (text_key) GROUP BY owner
"""

#: Domains on each unit, among those that are compared.
_LOADS = """
CREATE OR REPLACE TEMP TABLE unit_domains AS
SELECT number, CAST(count(*) AS INTEGER) AS domains FROM (
    SELECT DISTINCT number, domain_key FROM context_unit JOIN (
        SELECT entity, hash('=' || registered_domain) AS domain_key FROM entity WHERE strict)
    USING (entity))
GROUP BY number
"""

_VIEWS = (
    "CREATE OR REPLACE TEMP VIEW shown_unit AS SELECT entity, unit, routable FROM context_unit",
    "CREATE OR REPLACE TEMP VIEW unit_text AS SELECT unit, text FROM unit_place",
)
#: Only networks that are remembered need it: nothing is read until then.
_DATED = """
    CREATE OR REPLACE TEMP VIEW dated_unit AS
    WITH keys AS (
        SELECT DISTINCT entity, hash(b.owner) AS owner
        FROM belongs b JOIN membership USING (entity) WHERE counted),
    spans AS (
        SELECT hash(name) AS owner_key, hash(answers) AS text_key, min(first) AS first,
               max(last) AS last
        FROM seen WHERE type <> 'NS' GROUP BY name, answers),
    texts AS (
        SELECT entity, text_key, first, last FROM spans JOIN keys ON owner = owner_key
        UNION ALL
        SELECT entity, text_key, first, last
        FROM spans JOIN chain_owner c USING (text_key) JOIN keys ON keys.owner = c.owner_key)
    SELECT entity, unit, bool_and(routable) AS routable, min(first) AS first, max(last) AS last
    FROM texts JOIN part USING (text_key) JOIN place USING (address) GROUP BY entity, unit
"""
#: The same from the profiles, where all entities have one.
_PROFILE_VIEWS = (
    "CREATE OR REPLACE TEMP VIEW shown_unit AS SELECT entity, unit, routable FROM entity_unit",
    """CREATE OR REPLACE TEMP VIEW unit_text AS
       SELECT DISTINCT unit, CASE WHEN family = 6 THEN subnet ELSE address END AS text FROM fact""",
    """CREATE OR REPLACE TEMP VIEW dated_unit AS
       SELECT entity, unit, routable, first, last FROM entity_unit""",
)


def take_units(connection: duckdb.DuckDBPyConnection) -> None:
    """Let ``shown_unit``, ``unit_text`` and ``dated_unit`` be what the profiles measured."""
    for statement in _PROFILE_VIEWS:
        connection.execute(statement)


def date_units(connection: duckdb.DuckDBPyConnection) -> None:
    """Let ``dated_unit`` tell when members of networks showed what; needs ``membership``."""
    connection.execute(_DATED)


def list_units(connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Fill ``shown_unit``, ``unit_place``, ``unit_domains`` and ``owner_text``.

    Needs what the gate, the screen and the networks left, ``entity`` and ``belongs``.
    """
    connection.execute(_KEYS)
    connection.execute(_OTHERS)
    place_addresses(connection, facts, _UNPLACED)
    for statement in (_PLACES, _UNITS, _CANDIDATE_KEYS, _ODD_TEXTS, _OWNER_TEXTS, _LOADS, *_VIEWS):
        connection.execute(statement)
