"""Who else is there: addresses shared between domains, and names within a domain (groups F, H).

A flux pool is rented to many (literature section 1, item 7), so are CDNs; what differs is the kind
of host and how the names came to be. Only candidates are compared: names that never showed more
than one address text have no pool.
"""

from __future__ import annotations

import duckdb

#: An address of more domains than this is a hub (shared hosting, CDN, sinkhole): it links nothing.
HUB_DOMAINS = 50
#: Addresses that two entities must have in common for one to be in the other's pool.
COMMON_UNITS = 3

_ADDRESS_DOMAINS = """
CREATE OR REPLACE TEMP TABLE unit_domain AS
SELECT DISTINCT unit, registered_domain FROM shown_unit SEMI JOIN entity_unit USING (unit)
JOIN entity USING (entity) WHERE strict
"""

_SHARING = f"""
CREATE OR REPLACE TEMP TABLE sharing AS
WITH load AS (SELECT unit, count(*) AS domains FROM unit_domain GROUP BY unit),
common AS (
    SELECT e.entity, o.registered_domain, count(*) AS units
    FROM entity_unit e JOIN entity USING (entity)
    JOIN load USING (unit) JOIN unit_domain o USING (unit)
    WHERE domains BETWEEN 2 AND {HUB_DOMAINS} AND o.registered_domain <> entity.registered_domain
      AND entity.kind <> 'network'
    GROUP BY e.entity, o.registered_domain HAVING count(*) >= {COMMON_UNITS}),
pool AS (SELECT entity, count(*) AS pool_domains FROM common GROUP BY entity)
SELECT entity, median(domains) AS domains_per_address,
       any_value(coalesce(pool_domains, 0)) AS pool_domains
FROM entity_unit JOIN load USING (unit) LEFT JOIN pool USING (entity) GROUP BY entity
"""

#: Names within a registered domain: fresh names on a common pool are a wildcard's mark; names that
#: keep one address each are ordinary hosts or customers.
_NAMES = """
CREATE OR REPLACE TEMP TABLE naming AS
WITH per_name AS (
    SELECT entity, track, count(DISTINCT answer_set) AS sets, min(first) AS first,
           max(last) AS last
    FROM sighting WHERE track <> '' GROUP BY entity, track),
per_unit AS (
    SELECT entity, unit, count(DISTINCT track) AS names
    FROM sighting JOIN set_unit USING (answer_set) WHERE track <> '' GROUP BY entity, unit),
reuse AS (SELECT entity, avg(CAST(names >= 2 AS INTEGER)) AS reused_share FROM per_unit
          GROUP BY entity)
SELECT entity, count(*) AS names, avg(CAST(sets = 1 AS INTEGER)) AS fixed_names,
       median(last - first) AS name_life_s, any_value(reused_share) AS reused_share
FROM per_name JOIN reuse USING (entity) GROUP BY entity
"""

_CLIENTS = """
CREATE OR REPLACE TEMP TABLE asker AS
WITH askings AS (SELECT DISTINCT name, client FROM asked_by SEMI JOIN link USING (name)),
asked_names AS (SELECT DISTINCT name, entity FROM link)
SELECT entity, count(*) AS clients
FROM (SELECT DISTINCT entity, client FROM asked_names JOIN askings USING (name)) GROUP BY entity
"""

_DEPTH = """
CREATE OR REPLACE TEMP TABLE chaining AS
SELECT entity, avg(CAST(chain <> '' AS INTEGER)) AS chained_share,
       count(DISTINCT link.name) AS asked_names
FROM link JOIN answer_text USING (answers) GROUP BY entity
"""


def measure_sharing(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``sharing``, ``naming``, ``asker`` and ``chaining``."""
    for statement in (_ADDRESS_DOMAINS, _SHARING, _NAMES, _CLIENTS, _DEPTH):
        connection.execute(statement)
