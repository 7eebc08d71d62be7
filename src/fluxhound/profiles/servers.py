"""The name servers of a domain: how many, where, and how often they move (literature group G).

Double flux shows as name servers whose addresses are as restless as the addresses they serve. The
sets come from authority sections and NS answers, the addresses from glue and from look-ups of the
hosts themselves. An address is new when its host had others before, or joined the set later: glue
that merely came later is not. A rate is never extrapolated from less than a day.
"""

from __future__ import annotations

import duckdb

from fluxhound.history.answers import split_answers
from fluxhound.profiles.sightings import Facts, look_up_addresses

_DAY_S = 86400

_ZONES = """
CREATE OR REPLACE TEMP TABLE zone_row AS
SELECT registered_domain, s.name AS zone, sensor, hour, answers, min(first) AS first,
       max(last) AS last, max(ttl_max) AS ttl_max
FROM seen s JOIN domain d ON d.name = s.name
WHERE type = 'NS' AND registered_domain IN (
    SELECT registered_domain FROM entity SEMI JOIN profiled USING (entity))
GROUP BY ALL
"""

#: ``joined`` tells hosts that were not in the first set of their zone.
_HOSTS = """
CREATE OR REPLACE TEMP TABLE zone_host AS
SELECT registered_domain, host, bool_and(first > start) AS joined
FROM (SELECT registered_domain, first, min(first) OVER (PARTITION BY zone) AS start,
             rtrim(unnest(string_split(answers, ',')[:64]), '.') AS host FROM zone_row)
GROUP BY registered_domain, host
"""

_HOST_ROWS = """
CREATE OR REPLACE TEMP TABLE host_row AS
SELECT s.name AS host, type, sensor, hour, answers, min(first) AS first, max(last) AS last,
       max(ttl_max) AS ttl_max
FROM seen s WHERE type <> 'NS' AND name IN (SELECT host FROM zone_host) GROUP BY ALL
"""

_HOST_TEXTS = """
CREATE OR REPLACE TEMP TABLE host_text AS SELECT DISTINCT answers, false AS hosts FROM host_row
"""

_HOST_ADDRESSES = """
CREATE OR REPLACE TEMP TABLE host_address AS
SELECT host, type, sensor, unnest(string_split(clean, ',')) AS address, first, last, ttl_max, clean
FROM host_row JOIN answer_text USING (answers) WHERE clean <> ''
"""

_NEW_FACTS = """
SELECT DISTINCT address FROM host_address WHERE address NOT IN (SELECT address FROM fact)
"""

_SERVERS = f"""
CREATE OR REPLACE TEMP TABLE serving AS
WITH known AS (
    SELECT host, type, min(first) AS start FROM host_address GROUP BY host, type),
units AS (
    SELECT registered_domain, unit, any_value(kind) AS kind, any_value(operator) AS operator,
           any_value(prefix) AS prefix, min(h.first) AS first, max(last) AS last,
           bool_and(h.first > start OR joined) AS new
    FROM zone_host JOIN host_address h USING (host) JOIN known USING (host, type)
    JOIN fact USING (address)
    GROUP BY registered_domain, unit),
addresses AS (
    SELECT registered_domain, count(*) AS ns_addresses,
           count(*) FILTER (new) AS ns_new,
           greatest(max(last) - min(first), 3600) / {_DAY_S} AS days,
           count(DISTINCT operator) AS ns_operators,
           count(DISTINCT prefix) AS ns_prefixes,
           avg(CAST(kind IN ('access', 'mobile') AS INTEGER)) AS ns_eyeball_share
    FROM units GROUP BY registered_domain),
turned AS (
    SELECT registered_domain, host, clean, first,
           lag(clean) OVER (PARTITION BY registered_domain, host, type, sensor
                            ORDER BY first, last, clean) AS before
    FROM zone_host JOIN (SELECT DISTINCT host, type, sensor, clean, first, last FROM host_address)
    USING (host)),
turns AS (
    SELECT registered_domain, count(*) AS ns_refreshes FROM turned
    WHERE before <> clean GROUP BY registered_domain),
swapped AS (
    SELECT registered_domain, count(*) AS ns_set_changes FROM (
        SELECT registered_domain, answers,
               lag(answers) OVER (PARTITION BY zone, sensor ORDER BY first, last, answers) AS before
        FROM (SELECT registered_domain, zone, sensor, first, last,
                     array_to_string(list_sort(string_split(answers, ',')), ',') AS answers
              FROM zone_row))
    WHERE before <> answers GROUP BY registered_domain),
hosts AS (
    SELECT registered_domain, count(DISTINCT host) AS ns_hosts,
           avg(CAST(host = registered_domain OR ends_with(host, '.' || registered_domain)
                    AS INTEGER)) AS ns_self_hosted
    FROM zone_host GROUP BY registered_domain),
times AS (
    SELECT registered_domain, max(ttl_max) AS ns_ttl FROM zone_row GROUP BY registered_domain),
host_times AS (
    SELECT registered_domain, max(ttl_max) AS ns_address_ttl
    FROM zone_host JOIN host_address USING (host) GROUP BY registered_domain)
SELECT registered_domain, ns_hosts, ns_self_hosted, ns_ttl, ns_address_ttl,
       ns_addresses, ns_new, ns_operators, ns_prefixes,
       ns_new / greatest(days, 1) AS ns_new_per_day,
       ns_eyeball_share, coalesce(ns_refreshes, 0) AS ns_refreshes,
       coalesce(ns_set_changes, 0) AS ns_set_changes, days * 24 AS ns_hours
FROM hosts LEFT JOIN addresses USING (registered_domain) LEFT JOIN turns USING (registered_domain)
LEFT JOIN swapped USING (registered_domain) LEFT JOIN times USING (registered_domain)
LEFT JOIN host_times USING (registered_domain)
"""


def measure_servers(connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Fill ``serving``: one row for each registered domain whose name servers were seen."""
    for statement in (_ZONES, _HOSTS, _HOST_ROWS, _HOST_TEXTS):
        connection.execute(statement)
    split_answers(connection, "host_text")
    connection.execute(_HOST_ADDRESSES)
    look_up_addresses(connection, facts, _NEW_FACTS)
    connection.execute(_SERVERS)
