"""What the published rules look at: single answers, pairs of look-ups, stretches of time.

Built only when it is asked for and only for IPv4, as those rules were published.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

#: The Zeek script ignores answers above this TTL and forgets a name after this pause.
STRETCH_TTL = 1800
STRETCH_PAUSE_S = 31 * 60

_WANTED = """
CREATE OR REPLACE TEMP TABLE looked AS
SELECT s.* FROM sighting s JOIN chosen USING (entity) WHERE type = 'A'
"""

_IPV4 = """
CREATE OR REPLACE TEMP TABLE chosen_member AS
SELECT m.entity, fact.address, first, asn, country, prefix, subnet
FROM member m JOIN chosen USING (entity) JOIN fact USING (address_key) WHERE family = 4
"""

_TOTALS = """
CREATE OR REPLACE TEMP TABLE ipv4_total AS
SELECT entity, count(*) AS n_a, count(DISTINCT asn) FILTER (asn > 0) AS n_asn,
       count(DISTINCT subnet) AS n_24, count(DISTINCT prefix) AS n_16,
       count(DISTINCT country) FILTER (country <> '') AS n_country
FROM chosen_member GROUP BY entity
"""

_ENTROPY = """
CREATE OR REPLACE TEMP TABLE ipv4_entropy AS
SELECT entity, -sum(share * log2(share)) AS h16 FROM (
    SELECT entity, count(*) / sum(count(*)) OVER (PARTITION BY entity) AS share
    FROM chosen_member GROUP BY entity, prefix)
GROUP BY entity
"""

_SET_FACTS = """
CREATE OR REPLACE TEMP TABLE set_fact AS
WITH parts AS (
    SELECT answer_set, address, asn, country, prefix, subnet
    FROM (SELECT DISTINCT answer_set FROM looked) JOIN set_address USING (answer_set)
    JOIN fact USING (address) WHERE family = 4),
shares AS (
    SELECT answer_set, count(*) / sum(count(*)) OVER (PARTITION BY answer_set) AS share
    FROM parts GROUP BY answer_set, prefix),
entropy AS (SELECT answer_set, -sum(share * log2(share)) AS h16 FROM shares GROUP BY answer_set)
SELECT answer_set, count(*) AS size, count(DISTINCT asn) FILTER (asn > 0) AS asns,
       count(DISTINCT subnet) AS subnets,
       count(DISTINCT country) FILTER (country <> '') AS countries,
       any_value(h16) AS h16
FROM parts JOIN entropy USING (answer_set) GROUP BY answer_set
"""

_ANSWERS = """
CREATE OR REPLACE TEMP TABLE ipv4_answer AS
SELECT entity, CAST(sum(count) AS BIGINT) AS answers, max(ttl_max) AS ttl_max,
       sum(count * (ttl_max + ttl_min) / 2) / sum(count) AS ttl_mean,
       sum(count * size) / sum(count) AS mean_set,
       arg_max(struct_pack(size, asns, subnets, countries, h16),
               (size, -first, -answer_set)) AS largest
FROM looked JOIN set_fact USING (answer_set) GROUP BY entity
"""

_PAIRS_OF_LOOKUPS = """
CREATE OR REPLACE TEMP TABLE first_two AS
WITH begun AS (
    SELECT entity, sensor, min(first) AS first, arg_min(answer_set, (first, answer_set)) AS one,
           max(ttl_max) AS ttl
    FROM looked GROUP BY entity, sensor),
later AS (
    SELECT b.entity, b.sensor, any_value(one) AS one,
           arg_min(l.answer_set, (greatest(l.first, b.first + ttl), l.answer_set)) AS two,
           min(greatest(l.first, b.first + ttl)) AS moment
    FROM begun b JOIN looked l ON l.entity = b.entity AND l.sensor = b.sensor
     AND l.last >= b.first + ttl AND (l.first > b.first OR l.answer_set = one)
    WHERE ttl IS NOT NULL GROUP BY b.entity, b.sensor),
chosen_pair AS (SELECT entity, arg_min(one, (moment, sensor)) AS one,
                       arg_min(two, (moment, sensor)) AS two FROM later GROUP BY entity),
joint AS (
    SELECT DISTINCT entity, address, asn FROM (
        SELECT entity, unnest([one, two]) AS answer_set FROM chosen_pair)
    JOIN set_address USING (answer_set) JOIN fact USING (address) WHERE family = 4)
SELECT entity, count(*) AS first_two_n_a,
       count(DISTINCT asn) FILTER (asn > 0) AS first_two_n_asn FROM joint GROUP BY entity
"""

_STRETCHES = f"""
CREATE OR REPLACE TEMP TABLE stretch AS
WITH short AS (SELECT entity, first, last, answer_set FROM looked WHERE ttl_max <= {STRETCH_TTL}),
paused AS (
    SELECT *, first - max(last) OVER (PARTITION BY entity ORDER BY first, last, answer_set
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > {STRETCH_PAUSE_S} AS pause FROM short),
numbered AS (
    SELECT *, sum(CAST(coalesce(pause, false) AS INTEGER))
        OVER (PARTITION BY entity ORDER BY first, last, answer_set) AS stretch FROM paused),
gathered AS (
    SELECT entity, stretch, count(DISTINCT address) AS n_a,
           count(DISTINCT asn) FILTER (asn > 0) AS n_asn
    FROM (SELECT DISTINCT entity, stretch, answer_set FROM numbered)
    JOIN set_address USING (answer_set) JOIN fact USING (address) WHERE family = 4
    GROUP BY entity, stretch)
SELECT entity, arg_max(n_a, score) AS stretch_n_a, arg_max(n_asn, score) AS stretch_n_asn
FROM (SELECT *, n_asn / n_a * (1.32 * n_a + 18.54 * n_asn) AS score FROM gathered)
GROUP BY entity
"""

_RESULT = """
SELECT entity, n_a, n_asn, n_24, n_16, h16, n_country, ttl_max, ttl_mean, answers,
       largest.size AS largest_set, mean_set, largest.asns AS largest_asn,
       largest.subnets AS largest_24, largest.countries AS largest_country,
       largest.h16 AS largest_h16, first_two_n_a, first_two_n_asn,
       CASE WHEN ttl_max IS NOT NULL THEN coalesce(stretch_n_a, 0) END AS stretch_n_a,
       CASE WHEN ttl_max IS NOT NULL THEN coalesce(stretch_n_asn, 0) END AS stretch_n_asn
FROM chosen LEFT JOIN ipv4_total USING (entity) LEFT JOIN ipv4_entropy USING (entity)
LEFT JOIN ipv4_answer USING (entity) LEFT JOIN first_two USING (entity)
LEFT JOIN stretch USING (entity) ORDER BY entity
"""

_MEMBERS = """
SELECT entity, list_reduce(list_transform(string_split(address, '.'), lambda o: CAST(o AS BIGINT)),
                           lambda a, b: a * 256 + b) AS address
FROM chosen_member ORDER BY entity, address
"""


def look_at_answers(
    connection: duckdb.DuckDBPyConnection, entities: pa.Array
) -> tuple[pa.Table, pa.Table]:
    """Return (one row per entity, in ascending order; the pairs of entity and IPv4 number)."""
    connection.register("chosen", pa.table({"entity": entities.cast(pa.int32())}))
    for statement in (
        _WANTED, _IPV4, _TOTALS, _ENTROPY, _SET_FACTS, _ANSWERS, _PAIRS_OF_LOOKUPS, _STRETCHES,
    ):  # fmt: skip
        connection.execute(statement)
    result = connection.sql(_RESULT).to_arrow_table()
    members = connection.sql(_MEMBERS).to_arrow_table()
    connection.unregister("chosen")
    return result, members
