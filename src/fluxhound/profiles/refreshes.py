"""Growth and churn: how answer sets follow each other, per vantage point (literature group A).

A refresh is a change from one answer set to the next, as one sensor sees it for one name and type.
Sensors are kept apart, so that two resolvers with different caches do not look like change.
Definitions: A1 new_rate, A2 heaps, A3 fluxiness, A4 growth, A5 change ratio, A7 return rate.
"""

from __future__ import annotations

import duckdb

#: Turns at the start and at the end over which new_rate is taken: an early and a late view.
EPOCHS = 20
#: An absence counts from here on, and a return must have had this many epochs to happen (A7).
ABSENCE_S = 6 * 3600
CHANCES = 5
#: A history row is one hour at the most; a longer one is an aggregate (passive DNS).
AGGREGATE_S = 3600

_EPOCHS = """
CREATE OR REPLACE TEMP TABLE epoch AS
SELECT entity, sensor, type, track, answer_set, first, last,
       first - lag(first) OVER (PARTITION BY entity, sensor, type, track
                                ORDER BY first, last, answer_set) AS gap, ttl_max,
       row_number() OVER (PARTITION BY entity ORDER BY first, sensor, type, track, answer_set)
           AS position,
       count(*) OVER (PARTITION BY entity) AS positions
FROM (
    SELECT *, lag(answer_set) OVER (PARTITION BY entity, sensor, type, track
                                    ORDER BY first, last, answer_set) AS before
    FROM sighting)
WHERE before IS DISTINCT FROM answer_set
"""

#: What is shown in turn: the epochs of all sensors and names in order of time, where a set that
#: several show one after the other is there once. Two resolvers that agree are no second refresh,
#: and must not put the same set into both halves of a capture and recapture. ``changed`` tells
#: turns that replaced an answer; the first of a type and of each name of a domain did not.
_TURNS = """
CREATE OR REPLACE TEMP TABLE turn AS
SELECT entity, answer_set, first,
       row_number() OVER (PARTITION BY entity, type ORDER BY position) % 2 = 0 AS even,
       CASE WHEN track = '' THEN row_number() OVER (PARTITION BY entity, type ORDER BY position) > 1
            ELSE gap IS NOT NULL END AS changed,
       row_number() OVER (PARTITION BY entity ORDER BY position) AS position,
       count(*) OVER (PARTITION BY entity) AS positions
FROM (
    SELECT entity, type, track, gap, answer_set, first, position,
           lag(answer_set) OVER (PARTITION BY entity, type ORDER BY position) AS before
    FROM epoch)
WHERE before IS DISTINCT FROM answer_set
"""

#: Units of an entity in the order in which they were first seen.
_BORN = """
CREATE OR REPLACE TEMP TABLE born AS
SELECT entity, unit, first,
       row_number() OVER (PARTITION BY entity ORDER BY first, unit) AS number
FROM (SELECT entity, unit, min(first) AS first
      FROM member JOIN fact USING (address_key) GROUP BY entity, unit)
"""

_FRESH = f"""
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT e.entity, position, any_value(positions) AS positions, any_value(changed) AS changed,
       count(*) AS size,
       count(*) FILTER (b.first >= e.first) AS new
FROM turn e JOIN set_unit u USING (answer_set)
JOIN born b ON b.entity = e.entity AND b.unit = u.unit
WHERE position <= {EPOCHS} OR position > positions - {EPOCHS}
GROUP BY e.entity, position
"""

_NEW_RATES = f"""
CREATE OR REPLACE TEMP TABLE new_rates AS
SELECT entity,
       avg(new / size) FILTER (changed AND position <= {EPOCHS}) AS new_rate,
       avg(new / size) FILTER (changed AND position > positions - {EPOCHS})
           AS new_rate_late
FROM fresh GROUP BY entity
"""

#: The slope of log distinct on log turns, at positions 1, 2, 4, 8 ... and the last.
_HEAPS = """
CREATE OR REPLACE TEMP TABLE growth_slope AS
WITH sampled AS (
    SELECT entity, position, first FROM turn
    WHERE positions >= 5 AND ((position & (position - 1)) = 0 OR position = positions))
SELECT s.entity, regr_slope(ln(number), ln(position)) AS heaps
FROM sampled s ASOF JOIN (SELECT entity, first, max(number) AS number FROM born
                          GROUP BY entity, first) b
ON b.entity = s.entity AND s.first >= b.first
GROUP BY s.entity
"""

_SETS = """
CREATE OR REPLACE TEMP TABLE churn AS
SELECT entity, max(positions) AS epochs, avg(size) AS set_size, max(size) AS set_largest,
       avg(operators) AS set_operators,
       avg(CAST(operators >= 2 AS INTEGER)) FILTER (size >= 2) AS mixed_sets
FROM epoch JOIN set_size USING (answer_set) GROUP BY entity
"""

#: ``most_changes`` is what the vantage point saw that saw the most: several of them, or a busy one
#: beside quiet ones, do not add up. A domain changes by its next name's answer as well as by the
#: same name's next answer, so its epochs count, less the first.
_CHANGES = f"""
CREATE OR REPLACE TEMP TABLE change AS
WITH per_sensor AS (
    SELECT entity, count(gap) AS refreshes,
           if(any_value(track) = '', count(gap), count(*) - 1) AS changes
    FROM epoch GROUP BY entity, sensor),
whole AS (
    SELECT entity, median(gap) AS change_interval_s,
           bool_or(last - first > {AGGREGATE_S}) AS aggregated
    FROM epoch GROUP BY entity)
SELECT entity, CAST(sum(refreshes) AS BIGINT) AS refreshes, max(changes) AS most_changes,
       count(*) AS sensors, any_value(change_interval_s) AS change_interval_s,
       any_value(aggregated) AS aggregated
FROM per_sensor JOIN whole USING (entity) GROUP BY entity
"""

#: Answers that began while another was still being given, at one vantage point and for one name:
#: small closed pools take turns, a rotation leaves what it replaced.
_INTERLEAVED = """
CREATE OR REPLACE TEMP TABLE interleaving AS
WITH followed AS (
    SELECT entity, first, max(last) OVER (
        PARTITION BY entity, sensor, type, track ORDER BY first, last, answer_set
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM sighting)
SELECT entity, avg(CAST(first < before AS INTEGER)) AS interleaved
FROM followed WHERE before IS NOT NULL GROUP BY entity
"""

_RETURNS = f"""
CREATE OR REPLACE TEMP TABLE returning_unit AS
WITH long AS (
    SELECT entity FROM entity_set GROUP BY entity
    HAVING max(last) - min(first) > {ABSENCE_S} AND count(*) >= {CHANCES}),
hourly AS (
    SELECT entity, hour, answer_set, min(first) AS first, max(last) AS last
    FROM sighting SEMI JOIN long USING (entity) GROUP BY ALL),
seen_unit AS (
    SELECT entity, unit, first, last,
           first - lag(last) OVER (PARTITION BY entity, unit ORDER BY first, last) AS absent
    FROM hourly JOIN set_unit USING (answer_set)),
per_unit AS (
    SELECT entity, unit, max(last) AS last, count(*) FILTER (absent >= {ABSENCE_S}) AS returns
    FROM seen_unit GROUP BY entity, unit),
counted AS (SELECT entity, first, max(position) AS position, any_value(positions) AS positions
            FROM epoch GROUP BY entity, first),
late AS (
    SELECT p.entity, p.unit FROM per_unit p ASOF JOIN counted e
    ON e.entity = p.entity AND p.last + {ABSENCE_S} >= e.first
    WHERE positions - position >= {CHANCES})
SELECT entity, sum(returns) AS returns, count(late.unit) AS departures,
       CASE WHEN sum(returns) + count(late.unit) > 0
            THEN sum(returns) / (sum(returns) + count(late.unit)) END AS return_rate
FROM per_unit LEFT JOIN late USING (entity, unit) GROUP BY entity
"""


def follow_answers(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``epoch``, ``churn`` and ``change`` from ``sighting`` alone."""
    for statement in (_EPOCHS, _SETS, _CHANGES):
        connection.execute(statement)


def measure_refreshes(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``epoch``, ``turn``, ``born`` and the measures from ``sighting`` and ``member``."""
    for statement in (
        _EPOCHS, _TURNS, _BORN, _FRESH, _NEW_RATES, _HEAPS, _SETS, _CHANGES,
        _INTERLEAVED, _RETURNS,
    ):  # fmt: skip
        connection.execute(statement)
