"""Cells of a table, as text, to observations: times, lists in a cell, one address per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from fluxhound.errors import ConfigurationError
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.mapping import USUAL_NAMES
from fluxhound.sources.outcome import batches
from fluxhound.sources.tally import Tally

#: Seconds in one unit of a numeric time.
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
#: Rows of one answer set that are looked back for at the end of a block. Chosen, not measured.
CARRY_ROWS = 1000
_KEY = ("time", "name", "client", "sensor", "asked")


def judge(columns: Mapping[str, str], source: str, options: ReadOptions, refused: str = "") -> str:
    """Return SQL that reads the mapped *columns* of *source* and gives each row its reason.

    *source* is a FROM clause; *refused* holds further WHEN arms, to come first.
    """
    text = {
        ours: f"{identifier(columns[ours])}::VARCHAR" if ours in columns else "NULL::VARCHAR"
        for ours in USUAL_NAMES
    }
    return f"""
, cells AS (
  SELECT *, {_time(text["time"], options)} AS time_, {_time(text["time_last"], options)} AS last_,
         {text["name"]} AS name_, upper({text["type"]}) AS type_, listed({text["answers"]}) AS all_,
         try_cast(listed({text["ttl"]})[-1] AS DOUBLE) AS ttl_,
         {text["client"]} AS client_, {text["sensor"]} AS sensor_,
         try_cast({text["count"]} AS DOUBLE) AS count_
  FROM {source}
), sorted_ AS (
  SELECT *, CASE type_ WHEN '1' THEN 'A' WHEN '28' THEN 'AAAA' WHEN '2' THEN 'NS'
                       WHEN '255' THEN 'ANY' WHEN '*' THEN 'ANY' ELSE type_ END AS asked_,
         list_filter(all_, lambda a: is_v4(a)) AS four_,
         list_filter(all_, lambda a: is_v6(a)) AS six_,
         list_filter(all_, lambda a: NOT is_address(a)) AS names_
  FROM cells
)
SELECT time_ AS time, name_ AS name, asked_ AS asked, client_ AS client, sensor_ AS sensor,
       ttl_ AS ttl, last_ AS time_last,
       CASE WHEN count_ >= 1 AND count_ < 9e15 THEN count_::BIGINT END AS "count",
       four_ AS four, six_ AS six, names_ AS names,
       CASE WHEN NOT in_time(time_) THEN concat(time_, ' ', name_) END AS sample,
       CASE {refused}
            WHEN NOT in_time(time_) OR (last_ IS NOT NULL AND NOT in_time(last_))
              THEN 'time out of range'
            WHEN name_ IS NULL THEN 'no name'
            WHEN coalesce(asked_, 'ANY') NOT IN ('A', 'AAAA', 'NS', 'ANY')
              THEN 'other record type'
            WHEN name_ IN ('', '.') THEN 'root name'
            WHEN coalesce(len(all_), 0) = 0 THEN 'no answer'
            WHEN coalesce(asked_, '') <> 'NS' AND len(four_) + len(six_) = 0 THEN 'no addresses'
       END AS reason
FROM sorted_"""


def _time(text: str, options: ReadOptions) -> str:
    if options.time_unit is None:
        return f"seconds({text})"
    if options.time_unit not in UNITS:
        raise ConfigurationError(
            f"The time unit {options.time_unit!r} is not known; use one of {', '.join(UNITS)}."
        )
    factor = UNITS[options.time_unit]
    return f"coalesce(try_cast({text} AS DOUBLE) * {factor!r}, iso_seconds({text}))"


def identifier(name: str) -> str:
    """Return *name* as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


_ONE_TYPE = """
SELECT time, name, '{kind}' AS type, {answers} AS answers, ttl, client, sensor, time_last, "count"
FROM cells WHERE len({values}) > 0 AND coalesce(asked, '') {test} 'NS'
"""
_ROWS = " UNION ALL ".join(
    _ONE_TYPE.format(kind=kind, values=values, answers=answers, test=test)
    for kind, values, answers, test in (
        ("A", "four", "list_concat(names, four)", "<>"),
        ("AAAA", "six", "list_concat(names, six)", "<>"),
        ("NS", "names", "names", "="),
    )
)
# Rows with one value each that share time, name, type and client are one answer set.
_GROUPED = f"""
WITH rows AS (SELECT *, row_number() OVER () AS at_ FROM ({_ROWS}))
SELECT time, name, type, list(answers[1] ORDER BY at_) AS answers, max(ttl) AS ttl, client, sensor,
       NULL::DOUBLE AS time_last, NULL::BIGINT AS "count"
FROM rows WHERE len(answers) = 1 GROUP BY time, name, type, client, sensor
UNION ALL
SELECT time, name, type, answers, ttl, client, sensor, NULL::DOUBLE, NULL::BIGINT
FROM rows WHERE len(answers) > 1
"""


def observed(
    blocks: Iterator[pa.Table], columns: Mapping[str, str], tally: Tally, options: ReadOptions
) -> Iterator[pa.RecordBatch]:
    """Yield the observations of judged and settled *blocks*.

    Aggregates (with a count or a last time) stand for themselves. Otherwise rows with one address
    are put together; the last answer set of a block waits for the next block.
    """
    engine = Engine.here()
    aggregate = bool({"time_last", "count"} & columns.keys())
    waiting: pa.Table | None = None
    for block in blocks:
        cells = block if waiting is None else pa.concat_tables([waiting, block])
        waiting = None
        if cells.num_rows and not aggregate:
            held = _last_set(cells)
            waiting = cells.slice(cells.num_rows - held)
            cells = cells.slice(0, cells.num_rows - held)
        yield from _observed(cells, engine, tally, options, aggregate=aggregate)
    if waiting is not None:
        yield from _observed(waiting, engine, tally, options, aggregate=aggregate)


def _observed(
    cells: pa.Table, engine: Engine, tally: Tally, options: ReadOptions, *, aggregate: bool
) -> Iterator[pa.RecordBatch]:
    if cells.num_rows:
        rows = engine.select(_ROWS if aggregate else _GROUPED, cells=cells)
        yield from batches(rows, tally, options)


def _last_set(cells: pa.Table) -> int:
    """Return the number of rows at the end that may belong to one answer set."""
    tail = cells.select(_KEY).slice(max(0, cells.num_rows - CARRY_ROWS)).to_pylist()
    held = 0
    while held < len(tail) and tail[-1 - held] == tail[-1]:
        held += 1
    return held
