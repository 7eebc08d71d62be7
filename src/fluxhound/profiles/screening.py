"""The screen: of what passed by counts, what could be flux, knowing where its addresses lie.

Asking the detector for a bound costs a thousandth of a profile, and most of what changes its
answers, CDN and clouds, cannot reach a finding however it behaves.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.profiles.sightings import Facts

#: A table with one row per candidate (see ``_STATIC``) -> which of them could be flux.
Screen = Callable[[pa.Table], NDArray[np.bool_]]

#: Addresses or candidates handled at a time, to bound memory.
_PORTION = 200_000

_PLACES = """
CREATE OR REPLACE TEMP TABLE place (address UBIGINT, unit UBIGINT, prefix UBIGINT,
    operator BIGINT, known BOOLEAN, eyeball BOOLEAN, hosted BOOLEAN, routable BOOLEAN,
    subnet UBIGINT, asn BIGINT, country VARCHAR, kind VARCHAR, text VARCHAR)
"""

_PLACE_TEXTS = """
SELECT any_value(part) AS part FROM part SEMI JOIN (
    SELECT address FROM shown SEMI JOIN (SELECT key FROM counted WHERE strict) USING (key)
    UNION
    SELECT address FROM domain_shown
    SEMI JOIN (SELECT key FROM counted_domain WHERE strict) USING (key)) USING (address)
GROUP BY address
"""

_PLACE_ROWS = """
INSERT INTO place
SELECT hash(part), hash(text), hash(prefix), operator, asn > 0, kind IN ('access', 'mobile'),
       kind IN ('hosting', 'cloud', 'cdn'), routable, hash(subnet), asn, country, kind, text
FROM (SELECT *, CASE WHEN family = 6 THEN subnet ELSE address END AS text FROM placed
      WHERE address IS NOT NULL)
"""

#: Texts whose addresses belong to several operators.
_MIXED = """
CREATE OR REPLACE TEMP TABLE mixed_text AS
SELECT text_key FROM part JOIN place USING (address)
GROUP BY text_key HAVING min(operator) <> max(operator)
"""

_UNITS = """
CREATE OR REPLACE TEMP TABLE static_unit AS
WITH placed AS (
    SELECT key, false AS is_domain, address FROM shown
    SEMI JOIN (SELECT key FROM counted WHERE strict) USING (key)
    UNION ALL
    SELECT key, true, address FROM domain_shown
    SEMI JOIN (SELECT key FROM counted_domain WHERE strict) USING (key))
SELECT key, is_domain, unit, any_value(prefix) AS prefix, bool_or(known) AS known,
       any_value(operator) AS operator, bool_or(eyeball) AS eyeball, bool_or(hosted) AS hosted,
       bool_and(routable) AS routable
FROM placed JOIN place USING (address) GROUP BY key, is_domain, unit
"""

_ZONES = """
CREATE OR REPLACE TEMP TABLE zone AS
SELECT DISTINCT domain_key FROM (SELECT DISTINCT name FROM seen WHERE type = 'NS')
JOIN owner USING (name) JOIN owner_domain USING (owner)
"""

_CIRCUMSTANCE = """
CREATE OR REPLACE TEMP TABLE circumstance AS
SELECT min(sensor) <> max(sensor) AS several_sensors,
       floor(max(last) / 86400) > floor(min(first) / 86400) AS several_days FROM seen
"""

#: What is known of a candidate without its history.
_STATIC = """
CREATE OR REPLACE TEMP TABLE static_measure AS
WITH shares AS (
    SELECT key, is_domain, count(*) AS units, count(*) FILTER (routable) AS public_units,
           avg(CAST(NOT routable AS INTEGER)) AS unroutable_share,
           avg(CAST(eyeball AS INTEGER)) FILTER (routable) AS eyeball_share,
           avg(CAST(hosted AS INTEGER)) FILTER (routable) AS hosted_share,
           avg(CAST(known AS INTEGER)) FILTER (routable) AS asn_coverage
    FROM static_unit GROUP BY key, is_domain),
operators AS (
    SELECT key, count(*) AS operators
    FROM (SELECT DISTINCT key, operator FROM static_unit WHERE known) GROUP BY key),
prefixes AS (
    SELECT key, count(*) AS prefixes FROM (SELECT DISTINCT key, prefix FROM static_unit)
    GROUP BY key),
joining AS (SELECT DISTINCT owner FROM shows SEMI JOIN mixed_text USING (text_key)),
joined AS (SELECT owner AS key FROM joining UNION
           SELECT domain_key FROM joining JOIN owner_domain USING (owner)),
served AS (
    SELECT domain_key AS key FROM zone
    UNION SELECT owner FROM zone JOIN owner_domain USING (domain_key)),
load AS (
    SELECT unit, count(DISTINCT coalesce(domain_key, key)) AS domains
    FROM static_unit LEFT JOIN owner_domain ON owner = key GROUP BY unit),
company AS (
    SELECT key, count(*) AS shared_units FROM static_unit JOIN load USING (unit)
    WHERE domains >= 2 GROUP BY key)
SELECT *, key IN (SELECT key FROM joined) AS any_mixed, key IN (SELECT key FROM served) AS served
FROM shares LEFT JOIN operators USING (key) LEFT JOIN prefixes USING (key)
LEFT JOIN company USING (key), circumstance
"""

_PASSED = """
CREATE OR REPLACE TEMP TABLE passed AS
SELECT key AS owner, coalesce(strict AND screened.key IS NOT NULL, false) AS strict
FROM counted LEFT JOIN screened USING (key) WHERE {wide} OR screened.key IS NOT NULL
"""

_PASSED_DOMAINS = """
CREATE OR REPLACE TEMP TABLE passed_domain AS
SELECT key AS domain_key, coalesce(strict AND screened.key IS NOT NULL, false) AS strict
FROM counted_domain LEFT JOIN screened USING (key) WHERE {wide} OR screened.key IS NOT NULL
"""


def apply_screen(
    connection: duckdb.DuckDBPyConnection, facts: Facts, screen: Screen, *, wide: bool
) -> None:
    """Fill ``passed`` (owner) and ``passed_domain`` (domain_key) from what passed by counts.

    ``strict`` is true of what passed counts and screen; a *wide* gate lets the others pass as well.
    """
    connection.execute(_PLACES)
    place_addresses(connection, facts, _PLACE_TEXTS)
    for statement in (_MIXED, _UNITS, _ZONES, _CIRCUMSTANCE, _STATIC):
        connection.execute(statement)
    _ask(connection, screen)
    gap = str(wide).lower()
    connection.execute(_PASSED.format(wide=gap))
    connection.execute(_PASSED_DOMAINS.format(wide=gap))


def place_addresses(connection: duckdb.DuckDBPyConnection, facts: Facts, query: str) -> None:
    """Add the places of the address texts that *query* gives to the table ``place``."""
    parts = connection.sql(query).to_arrow_table().column(0)
    for start in range(0, len(parts), _PORTION):
        portion = parts.slice(start, _PORTION).combine_chunks()
        connection.register("placed", facts(portion).append_column("part", portion))
        connection.execute(_PLACE_ROWS)
        connection.unregister("placed")


def _ask(connection: duckdb.DuckDBPyConnection, screen: Screen) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE screened (key UBIGINT)")
    measures = connection.sql("SELECT * FROM static_measure").to_arrow_table()
    for start in range(0, measures.num_rows, _PORTION):
        portion = measures.slice(start, _PORTION)
        connection.register("screening", portion.select(["key"]).filter(pa.array(screen(portion))))
        connection.execute("INSERT INTO screened SELECT key FROM screening")
        connection.unregister("screening")
