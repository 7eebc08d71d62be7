"""Where the addresses lie: counts, entropies and kinds of network (literature groups C and D).

Everything is over distinct units (IPv4 addresses, IPv6 /64), so that one loud address cannot
dominate. Entropies are in bits; ``x_spread`` is an entropy divided by log2 of the number of units,
1 when every unit has its own network (Perdisci et al. 2009).
"""

from __future__ import annotations

import duckdb

_UNITS = """
CREATE OR REPLACE TEMP TABLE entity_unit AS
SELECT entity, unit, any_value(family) AS family, any_value(asn) AS asn,
       any_value(operator) AS operator, any_value(country) AS country, any_value(kind) AS kind,
       any_value(prefix) AS prefix, any_value(subnet) AS subnet,
       bool_and(routable) AS routable, min(first) AS first, max(last) AS last
FROM member JOIN fact USING (address_key) GROUP BY entity, unit
"""

_COUNTS = """
CREATE OR REPLACE TEMP TABLE dispersion AS
SELECT entity, count(*) AS units,
       count(*) FILTER (routable) AS routable,
       avg(CAST(NOT routable AS INTEGER)) AS unroutable_share,
       avg(CAST(kind IN ('access', 'mobile') AS INTEGER)) FILTER (routable) AS eyeball_share,
       avg(CAST(kind IN ('hosting', 'cloud') AS INTEGER)) FILTER (routable) AS hosting_share,
       avg(CAST(kind = 'cdn' AS INTEGER)) FILTER (routable) AS cdn_share,
       avg(CAST(kind IN ('education', 'government') AS INTEGER)) FILTER (routable)
           AS education_share,
       avg(CAST(kind = 'unknown' AS INTEGER)) FILTER (routable) AS unknown_share,
       avg(CAST(asn > 0 AS INTEGER)) FILTER (routable) AS asn_coverage,
       median(last - first) AS residence_s
FROM entity_unit GROUP BY entity
"""

_FAMILIES = """
CREATE OR REPLACE TEMP TABLE family AS
SELECT entity, count(*) AS addresses, count(*) FILTER (family = 4) AS ipv4,
       count(*) FILTER (family = 6) AS ipv6
FROM member JOIN fact USING (address_key) GROUP BY entity
"""


def _entropy(column: str, where: str = "true") -> str:
    """Return SQL for (distinct values, entropy in bits) of a column over an entity's units."""
    return f"""
    SELECT entity, count(*) AS distinct_{column}, -sum(share * log2(share)) AS entropy_{column}
    FROM (SELECT entity, {column},
                 count(*) / sum(count(*)) OVER (PARTITION BY entity) AS share
          FROM entity_unit WHERE {where} GROUP BY entity, {column})
    GROUP BY entity"""


_SPREAD = f"""
CREATE OR REPLACE TEMP TABLE spread AS
SELECT entity, distinct_prefix, entropy_prefix, distinct_subnet, distinct_asn, entropy_asn,
       distinct_operator, entropy_operator, distinct_country
FROM ({_entropy("prefix")})
LEFT JOIN ({_entropy("subnet")}) USING (entity)
LEFT JOIN ({_entropy("asn", "asn > 0")}) USING (entity)
LEFT JOIN ({_entropy("operator", "asn > 0")}) USING (entity)
LEFT JOIN ({_entropy("country", "country <> ''")}) USING (entity)
"""


def measure_dispersion(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``entity_unit``, ``dispersion``, ``family`` and ``spread`` from ``member``."""
    for statement in (_UNITS, _COUNTS, _FAMILIES, _SPREAD):
        connection.execute(statement)
