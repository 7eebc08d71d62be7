"""AWS Route 53 Resolver query logs: JSON lines with the answers of each query, without TTL.

CloudWatch Logs wraps each record as text in ``message``; that is opened. The resolver of a VPC is
the vantage point, named by the VPC. Format:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import ndjson
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.ndjson import REFUSED, SAMPLE
from fluxhound.sources.outcome import batches
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

_FIELDS = {
    "query_timestamp": "VARCHAR",
    "query_name": "VARCHAR",
    "query_class": "VARCHAR",
    "rcode": "VARCHAR",
    "answers": [{"Rdata": "VARCHAR", "Type": "VARCHAR"}],
    "srcaddr": "VARCHAR",
    "vpc_id": "VARCHAR",
}
SHAPE = {**_FIELDS, "message": "VARCHAR"}

# Answers have no owners: the names of a CNAME chain come first, then the addresses.
_JUDGE = f"""
, opened AS (
  SELECT _line, _ok, {", ".join(f"coalesce({f}, inner_.{f}) AS {f}" for f in _FIELDS)}
  FROM (SELECT *, json_transform(try_cast(message AS JSON), {ndjson.quoted(_FIELDS)}) AS inner_
        FROM objects)
), typed AS (
  SELECT _line, _ok, seconds(query_timestamp) AS time, query_name AS name, srcaddr AS client,
         vpc_id AS sensor, coalesce(query_class, 'IN') AS class, rcode, answers,
         {{lists}}
  FROM opened
)
SELECT time, name, client, sensor, chain, four, six, hosts,
       {SAMPLE} AS sample,
       CASE {REFUSED}
            WHEN name IS NULL AND time IS NULL AND answers IS NULL THEN 'other log'
            WHEN NOT in_time(time) THEN 'time out of range'
            WHEN upper(coalesce(rcode, 'NOERROR')) <> 'NOERROR' THEN 'error response'
            WHEN class <> 'IN' THEN 'other record type'
            WHEN name IS NULL THEN 'no name'
            WHEN name IN ('', '.') THEN 'root name'
            WHEN coalesce(len(answers), 0) = 0 THEN 'no answer'
            WHEN coalesce(len(four), 0) + coalesce(len(six), 0) + coalesce(len(hosts), 0) = 0
              THEN CASE WHEN len(chain) > 0 THEN 'no addresses' ELSE 'other record type' END
       END AS reason
FROM typed
"""
_LIST = (
    "list_transform(list_filter(answers, lambda r: r.Type = '{kind}' AND {test}), "
    "lambda r: r.Rdata) AS {name}"
)
_LISTS = ", ".join(
    _LIST.format(kind=kind, test=test, name=name)
    for kind, test, name in (
        ("CNAME", "r.Rdata <> ''", "chain"),
        ("A", "is_v4(r.Rdata)", "four"),
        ("AAAA", "is_v6(r.Rdata)", "six"),
        ("NS", "r.Rdata <> ''", "hosts"),
    )
)
_ROWS = " UNION ALL ".join(
    f"SELECT time, name, '{kind}' AS type, "
    f"{answers} AS answers, client, sensor FROM judged WHERE len({values}) > 0"
    for kind, values, answers in (
        ("A", "four", "list_concat(chain, four)"),
        ("AAAA", "six", "list_concat(chain, six)"),
        ("NS", "hosts", "hosts"),
    )
)


def matches(head: bytes) -> bool:
    """Tell a Route 53 Resolver log by its field names, wrapped or not."""
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    return start.startswith(b"{") and b"query_timestamp" in start and b"query_name" in start


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the answers of a Route 53 Resolver query log."""
    engine = Engine.here()
    judge = _JUDGE.replace("{lists}", _LISTS)
    for table in ndjson.tables(stream, tally, engine, shape=SHAPE, judge=judge):
        if table.num_rows:
            yield from batches(engine.select(_ROWS, judged=table), tally, options)


FORMAT = Format(
    name="route53",
    title="AWS Route 53 Resolver query log",
    matches=matches,
    read=read,
    not_observable=("ttl", "name-servers"),
)
