"""Is the population of addresses closed or open, and does everyone see the same (groups B and E)?

B1, retention rho(L): of the addresses of one day, how many are there L days later, corrected for
how much of the pool a day shows. A day's answer sets are split by turns into two halves; the
estimator of Chapman (1951) on the halves gives the pool's size, and

    rho = |X & Y| * mean(N_X, N_Y) / (|X| * |Y|)

tends to 1 for a closed pool however thinly it is sampled, and to (1 - turnover)^L for an open one
(literature section 5.2, B1). E1, agreement: the mean Jaccard index of what two sensors saw within
one TTL; flux answers everyone alike, a CDN answers by place.
"""

from __future__ import annotations

import duckdb

DAY_S = 86400
#: Section 5.2: valid where the halves share seven addresses and there are twenty in all.
COMMON_MIN = 7
UNITS_MIN = 20
#: Epochs compared between sensors, for each entity. Bounds the work; chosen, not measured.
COMPARED_EPOCHS = 64
#: Epochs from which the size of the whole pool is estimated. Bounds the work; chosen.
POOL_EPOCHS = 1024

_DAYS = f"""
CREATE OR REPLACE TEMP TABLE day_unit AS
SELECT entity, unit, CAST(floor(first / {DAY_S}) AS INTEGER) AS day,
       bool_or(even) AS even, bool_or(NOT even) AS odd
FROM turn SEMI JOIN (
    SELECT entity FROM entity_set GROUP BY entity HAVING max(last) - min(first) > {DAY_S} / 2)
USING (entity) JOIN set_unit USING (answer_set) GROUP BY entity, unit, day
"""

#: A mean above 1 is cut, and one that is missing stays missing: ``least`` would make it 1.
_RETENTION = f"""
CREATE OR REPLACE TEMP TABLE retention AS
WITH pool AS (
    SELECT entity, day, count(*) AS seen,
           (count(*) FILTER (even) + 1.0) * (count(*) FILTER (odd) + 1.0)
             / (count(*) FILTER (even AND odd) + 1.0) - 1.0 AS size
    FROM day_unit GROUP BY entity, day
    HAVING count(*) FILTER (even AND odd) >= {COMMON_MIN} AND count(*) >= {UNITS_MIN}),
kept AS (
    SELECT x.entity, y.day - x.day AS lag_days, x.day, count(*) AS common
    FROM day_unit x JOIN day_unit y USING (entity, unit)
    WHERE y.day - x.day IN (1, 3, 7) GROUP BY ALL),
rho AS (
    SELECT a.entity, b.day - a.day AS lag_days,
           coalesce(common, 0) * (a.size + b.size) / 2 / (a.seen * b.seen) AS rho
    FROM pool a JOIN pool b ON a.entity = b.entity AND b.day - a.day IN (1, 3, 7)
    LEFT JOIN kept k ON k.entity = a.entity AND k.day = a.day AND k.lag_days = b.day - a.day)
SELECT entity, if(retention_1d > 1, 1.0, retention_1d) AS retention_1d,
       if(retention_3d > 1, 1.0, retention_3d) AS retention_3d,
       if(retention_7d > 1, 1.0, retention_7d) AS retention_7d
FROM (SELECT entity, avg(rho) FILTER (lag_days = 1) AS retention_1d,
             avg(rho) FILTER (lag_days = 3) AS retention_3d,
             avg(rho) FILTER (lag_days = 7) AS retention_7d
      FROM rho GROUP BY entity)
"""

_POOL = f"""
CREATE OR REPLACE TEMP TABLE pool_size AS
WITH halves AS (
    SELECT entity, unit, bool_or(even) AS even, bool_or(NOT even) AS odd
    FROM turn JOIN set_unit USING (answer_set) WHERE position <= {POOL_EPOCHS}
    GROUP BY entity, unit)
SELECT entity, CASE WHEN count(*) FILTER (even AND odd) >= {COMMON_MIN} THEN
       (count(*) FILTER (even) + 1.0) * (count(*) FILTER (odd) + 1.0)
         / (count(*) FILTER (even AND odd) + 1.0) - 1.0 END AS pool_estimate
FROM halves GROUP BY entity
"""

_AGREEMENT = f"""
CREATE OR REPLACE TEMP TABLE agreement AS
WITH compared AS (SELECT * FROM epoch WHERE position <= {COMPARED_EPOCHS}),
pairs AS (
    SELECT a.entity, a.answer_set AS left_set, b.answer_set AS right_set,
           row_number() OVER () AS pair
    FROM compared a JOIN compared b ON a.entity = b.entity AND a.type = b.type
     AND a.track = b.track AND a.sensor < b.sensor
     AND abs(a.first - b.first) <= coalesce(a.ttl_max, 300)),
sizes AS (SELECT answer_set, count(*) AS size FROM set_unit GROUP BY answer_set),
shared AS (
    SELECT pair, count(*) AS common FROM pairs
    JOIN set_unit l ON l.answer_set = left_set
    JOIN set_unit r ON r.answer_set = right_set AND r.unit = l.unit GROUP BY pair)
SELECT entity, avg(coalesce(common, 0) / (l.size + r.size - coalesce(common, 0))) AS agreement
FROM pairs LEFT JOIN shared USING (pair)
JOIN sizes l ON l.answer_set = left_set JOIN sizes r ON r.answer_set = right_set
GROUP BY entity
"""


def measure_openness(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``retention``, ``pool_size`` and ``agreement`` from ``turn`` and ``epoch``."""
    for statement in (_DAYS, _RETENTION, _POOL, _AGREEMENT):
        connection.execute(statement)
