"""Zeek http.log, tab-separated or as JSON lines: which client fetched which URL."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import ndjson, zeektable
from fluxhound.sources.engine import Engine
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import BAD_TIME, OTHER_LOG
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from fluxhound.sources.urls.link import HOST, NO_HOST, PLAIN, links

_TEXTS = ("_path", "ts", "id.orig_h", "id_orig_h", "host", "uri")
_SHAPE = dict.fromkeys(_TEXTS, "VARCHAR") | {"id": {"orig_h": "VARCHAR"}}


def _judge(client: str) -> str:
    return f"""
, told AS (
  SELECT *, seconds(ts) AS time, host AS name, {client} AS client, host AS asked,
         concat('http://', host, CASE WHEN starts_with(uri, '/') THEN uri ELSE '/' END) AS whole
  FROM objects
)
SELECT time, client, NULL::VARCHAR AS recipient, {HOST.format("asked")} AS host,
       {PLAIN.format("whole")} AS url, {ndjson.SAMPLE} AS sample,
       CASE {ndjson.REFUSED}
            WHEN coalesce(_path, 'http') <> 'http' THEN '{OTHER_LOG}'
            WHEN NOT in_time(time) THEN '{BAD_TIME}'
            WHEN coalesce({HOST.format("asked")}, '') = '' THEN '{NO_HOST}'
       END AS reason
FROM told"""


_JUDGE = _judge('"id.orig_h"')
_JUDGE_JSON = _judge('coalesce("id.orig_h", id_orig_h, id.orig_h)')


def _matches_json(head: bytes) -> bool:
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    return (
        start.startswith(b"{")
        and b'"uri"' in start
        and b'"host"' in start
        and b"orig_h" in start
        and b'"event_type"' not in start
    )


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the requests of a Zeek http.log."""
    found = zeektable.tables(stream, tally, Engine.here(), path="http", wanted=_TEXTS, judge=_JUDGE)
    for table in found:
        yield from links(table, tally)


def read_json(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the requests of a Zeek http.log in JSON."""
    for table in ndjson.tables(stream, tally, Engine.here(), shape=_SHAPE, judge=_JUDGE_JSON):
        yield from links(table, tally)


FORMAT = Format(
    name="zeek-http",
    title="Zeek http.log",
    matches=lambda head: zeektable.is_zeek(head, "http"),
    read=read,
)
FORMAT_JSON = Format(
    name="zeek-http-json", title="Zeek http.log (JSON)", matches=_matches_json, read=read_json
)
