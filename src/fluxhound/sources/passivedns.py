"""Passive DNS in the Common Output Format: JSON lines, one RRset (or one record) on each.

Rows are aggregates: counts and first and last times are weights, not single sightings, and there
is no TTL. DNSDB's ``{"obj": {...}}`` wrapper is opened.
Format: draft-dulaunoy-dnsop-passive-dns-cof, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from fluxhound.sources import ndjson, quick
from fluxhound.sources.cofquick import CofForm
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.ndjson import REFUSED, SAMPLE
from fluxhound.sources.outcome import batches
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

_FIELDS = {
    "rrname": "VARCHAR",
    "rrtype": "VARCHAR",
    "rdata": "VARCHAR",  # a string, or an array as its JSON text
    "time_first": "VARCHAR",
    "time_last": "VARCHAR",
    "zone_time_first": "VARCHAR",
    "zone_time_last": "VARCHAR",
    "count": "DOUBLE",
    "sensor_id": "VARCHAR",
}
SHAPE = {**_FIELDS, "obj": _FIELDS, "cond": "VARCHAR"}

# A count beyond 2^53 is no count; times may be missing at one end.
_JUDGE = f"""
, opened AS (
  SELECT _line, _ok, cond,
         {", ".join(f'coalesce("{name}", obj."{name}") AS "{name}"' for name in _FIELDS)}
  FROM objects
), read AS (
  SELECT _line, _ok, cond, rrname AS name, upper(rrtype) AS type, sensor_id AS sensor,
         coalesce(seconds(time_first), seconds(zone_time_first)) AS first_seen,
         coalesce(seconds(time_last), seconds(zone_time_last)) AS last_seen,
         CASE WHEN "count" >= 1 AND "count" < 9e15 THEN "count"::BIGINT END AS "count",
         list_filter(listed(rdata), lambda a: a <> '') AS records
  FROM opened
), held AS (
  SELECT *, coalesce(first_seen, last_seen) AS time, coalesce(last_seen, first_seen) AS time_last,
         CASE type WHEN 'A' THEN list_filter(records, lambda a: is_v4(a))
                   WHEN 'AAAA' THEN list_filter(records, lambda a: is_v6(a))
                   ELSE records END AS answers
  FROM read
)
SELECT name, type, answers, sensor, "count",
       least(time, time_last) AS time, greatest(time, time_last) AS time_last,
       {SAMPLE} AS sample,
       CASE {REFUSED}
            WHEN name IS NULL AND cond IS NOT NULL THEN 'other event'
            WHEN NOT in_time(time) OR NOT in_time(time_last) THEN 'time out of range'
            WHEN name IS NULL THEN 'no name'
            WHEN coalesce(type, '') NOT IN ('A', 'AAAA', 'NS') THEN 'other record type'
            WHEN name IN ('', '.') THEN 'root name'
            WHEN coalesce(len(answers), 0) = 0 THEN 'no addresses'
       END AS reason
FROM held
"""

_KEYS = tuple(re.compile(rb'"%s"\s*:' % key) for key in (b"rrname", b"rrtype", b"rdata"))


def matches(head: bytes) -> bool:
    """Tell the Common Output Format by its three mandatory fields in an object that is no event."""
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    if not start.startswith(b"{") or b'"event_type"' in start:
        return False
    return all(key.search(start) for key in _KEYS)


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the RRsets of passive DNS in the Common Output Format."""
    blocks = ndjson.blocks(stream, tally)
    slow = partial(thorough, tally=tally, options=options)
    return quick.read(blocks, CofForm(), tally, options, slow)


def thorough(text: bytes, *, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the RRsets in *text*, which is whole lines of any kind."""
    engine = Engine.here()
    for table in ndjson.judged([text], tally, engine, shape=SHAPE, judge=_JUDGE):
        yield from batches(table, tally, options)


FORMAT = Format(
    name="cof",
    title="Passive DNS (Common Output Format)",
    matches=matches,
    read=read,
    not_observable=("ttl", "clients"),
)
