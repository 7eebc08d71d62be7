"""Zeek dns.log as JSON lines (``LogAscii::use_json``, or the json-streaming-logs package).

The fields are those of the tab-separated log. Their dots may have become underscores or nested
objects on the way through a log shipper. Zeek flattens a response's records into two parallel
lists, ``answers`` and ``TTLs``, without owners and types: the names of a CNAME chain, then the
addresses. Format: https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources import ndjson, quick
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.ndjson import REFUSED, SAMPLE
from fluxhound.sources.outcome import NAME_LIMIT, batches
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.zeekquick import ZeekForm

SHAPE = {
    "_path": "VARCHAR",
    "ts": "VARCHAR",
    "query": "VARCHAR",
    "qtype_name": "VARCHAR",
    "qtype": "VARCHAR",
    "rcode_name": "VARCHAR",
    "rcode": "VARCHAR",
    "answers": ["VARCHAR"],
    "TTLs": ["DOUBLE"],
    "AA": "VARCHAR",
    "RA": "VARCHAR",
    "id.orig_h": "VARCHAR",
    "id.resp_h": "VARCHAR",
    "id_orig_h": "VARCHAR",
    "id_resp_h": "VARCHAR",
    "id": {"orig_h": "VARCHAR", "resp_h": "VARCHAR"},
}

# ``plain`` rows are ready: one family of addresses and nothing to escape; the others are taken
# apart list by list. A log without a response code is taken at its answers' word. Zeek writes "*"
# for the type ANY.
_JUDGE = f"""
, named AS (
  SELECT _number, _line, _ok, seconds(ts) AS time, query AS name, answers, "TTLs"[-1] AS ttl,
         coalesce(qtype_name, CASE qtype WHEN '1' THEN 'A' WHEN '28' THEN 'AAAA'
           WHEN '2' THEN 'NS' WHEN '255' THEN '*' ELSE qtype END) AS asked,
         coalesce(rcode_name, rcode, 'NOERROR') AS rcode,
         coalesce("id.orig_h", id_orig_h, id.orig_h) AS client,
         coalesce("id.resp_h", id_resp_h, id.resp_h) AS server, "AA", "RA",
         coalesce(_path, 'dns') AS path, array_to_string(answers, ',') AS text
  FROM objects
), seen AS (
  SELECT *, asked = 'NS' AS delegation,
         regexp_matches(text, '(^|,)[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+(,|$)') AS four,
         contains(text, ':') AS six
  FROM named
), told AS (
  SELECT *,
       NOT (four AND six) AND length(text) <= {NAME_LIMIT} AND length(name) <= {NAME_LIMIT}
         AND NOT contains(name, ',') AND NOT regexp_matches(name, '[\\x00-\\x20\\\\\\x7f]')
         AND NOT regexp_matches(text, '[\\x00-\\x20\\\\\\x7f]')
         AND length(text) - length(replace(text, ',', '')) = len(answers) - 1 AS plain
  FROM seen
)
SELECT time, name, client, vantage("AA", "RA", client, server) AS sensor, ttl, text, delegation,
       CASE WHEN delegation THEN 'NS' WHEN four THEN 'A' ELSE 'AAAA' END AS type, plain,
       CASE WHEN plain THEN NULL ELSE answers END AS answers,
       {SAMPLE} AS sample,
       CASE {REFUSED}
            WHEN path <> 'dns' THEN 'other log'
            WHEN NOT in_time(time) THEN 'time out of range'
            WHEN asked IS NULL OR asked NOT IN ('A', 'AAAA', 'NS', '*', 'ANY')
              THEN 'other record type'
            WHEN rcode NOT IN ('NOERROR', '0') THEN 'error response'
            WHEN answers IS NULL OR len(answers) = 0 THEN 'no answer'
            WHEN name IS NULL THEN 'no name'
            WHEN name IN ('', '.') THEN 'root name'
            WHEN NOT (delegation OR four OR six) THEN 'no addresses'
       END AS reason
FROM told
"""

# Answers with a space are records that Zeek describes in words ("RRSIG 1 example.net").
_APART = """
WITH apart AS (
  SELECT *, list_filter(answers, lambda a: NOT contains(a, ' ')) AS kept FROM odd
)
SELECT time, name, client, sensor, ttl, 'NS' AS type, kept AS answers
FROM apart WHERE delegation
UNION ALL
SELECT time, name, client, sensor, ttl, 'A' AS type,
       list_filter(kept, lambda a: NOT is_v6(a)) AS answers
FROM apart WHERE NOT delegation AND len(list_filter(kept, lambda a: is_v4(a))) > 0
UNION ALL
SELECT time, name, client, sensor, ttl, 'AAAA' AS type,
       list_filter(kept, lambda a: NOT is_v4(a)) AS answers
FROM apart WHERE NOT delegation AND len(list_filter(kept, lambda a: is_v6(a))) > 0
"""

_KEYS = re.compile(rb'"(?:id[._]orig_h|qtype_name|orig_h)"\s*:')
_QUERY = re.compile(rb'"(?:query|answers|TTLs|qtype)"\s*:')


def matches(head: bytes) -> bool:
    """Tell Zeek's JSON by an object with a query and a connection's or a type's field."""
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    if not start.startswith(b"{") or b'"event_type"' in start:
        return False
    if b'"rrname"' in start or b'"query_timestamp"' in start:
        return False
    return bool(_KEYS.search(start)) and bool(_QUERY.search(start) or b'"_path"' in start)


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the answers of a Zeek dns.log in JSON."""
    blocks = ndjson.blocks(stream, tally)
    slow = partial(thorough, tally=tally, options=options)
    return quick.read(blocks, ZeekForm(), tally, options, slow)


def thorough(text: bytes, *, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the answers in *text*, which is whole lines of any kind."""
    engine = Engine.here()
    for table in ndjson.judged([text], tally, engine, shape=SHAPE, judge=_JUDGE):
        plain = table.column("plain")
        ready = table.filter(plain).drop_columns(["plain", "delegation", "answers"])
        yield from batches(ready.rename_columns({"text": "answers"}), tally, options)
        odd = table.filter(pc.invert(plain))
        if odd.num_rows:
            yield from batches(engine.select(_APART, odd=odd), tally, options)


FORMAT = Format(
    name="zeek-json",
    title="Zeek dns.log (JSON)",
    matches=matches,
    read=read,
    not_observable=("name-servers",),
)
