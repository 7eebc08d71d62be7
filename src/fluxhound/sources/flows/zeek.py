"""Zeek conn.log, tab-separated or as JSON lines.

``id.orig_h`` began the connection. Octets are those of the packets (``orig_ip_bytes``), or of what
they carried where the log lacks them. States: see ``conn_state`` in
https://docs.zeek.org/en/master/scripts/base/protocols/conn/main.zeek.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import ndjson, zeektable
from fluxhound.sources.engine import Engine
from fluxhound.sources.flows.flow import COUNT, PORT, PROTOCOL, SOUND, State, flows
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import BAD_TIME, OTHER_LOG
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

_TEXTS = (
    "_path", "ts", "duration", "proto", "conn_state",
    "id.orig_h", "id.resp_h", "id.resp_p", "id_orig_h", "id_resp_h", "id_resp_p",
    "orig_bytes", "resp_bytes", "orig_ip_bytes", "resp_ip_bytes", "orig_pkts", "resp_pkts",
)  # fmt: skip
_SHAPE = dict.fromkeys(_TEXTS, "VARCHAR") | {
    "id": {"orig_h": "VARCHAR", "resp_h": "VARCHAR", "resp_p": "VARCHAR"}
}

# SH, SHR, RSTOS0, RSTRH: one half was seen; a scanner's, or a sensor that sees one side.
_STATE = f"""CASE
    WHEN conn_state IN ('S1', 'SF', 'S2', 'S3', 'RSTO', 'RSTR') THEN '{State.ESTABLISHED}'
    WHEN conn_state = 'REJ' THEN '{State.REFUSED}'
    WHEN conn_state IN ('S0', 'SH', 'RSTOS0') THEN '{State.ATTEMPTED}' END"""


def _judge(client: str, address: str, port: str) -> str:
    octets = (
        "coalesce(try_cast(orig_ip_bytes AS DOUBLE) + try_cast(resp_ip_bytes AS DOUBLE),"
        " try_cast(orig_bytes AS DOUBLE) + try_cast(resp_bytes AS DOUBLE))"
    )
    packets = "try_cast(orig_pkts AS DOUBLE) + try_cast(resp_pkts AS DOUBLE)"
    return f"""
, told AS (
  SELECT *, seconds(ts) AS time, coalesce(try_cast(duration AS DOUBLE), 0) AS lasted,
         {client} AS client, {address} AS address, try_cast({port} AS DOUBLE) AS port_,
         {octets} AS octets_, {packets} AS packets_
  FROM objects
), named AS (SELECT *, client AS name FROM told)
SELECT time, time + lasted AS time_last, client, address, {PORT.format("port_")} AS port,
       {PROTOCOL.format("proto")} AS protocol, {COUNT.format("octets_")} AS octets,
       {COUNT.format("packets_")} AS packets, {_STATE} AS state, {SOUND} AS sound,
       {ndjson.SAMPLE} AS sample,
       CASE {ndjson.REFUSED}
            WHEN coalesce(_path, 'conn') <> 'conn' THEN '{OTHER_LOG}'
            WHEN NOT in_time(time) THEN '{BAD_TIME}'
       END AS reason
FROM named"""


_JUDGE = _judge('"id.orig_h"', '"id.resp_h"', '"id.resp_p"')
_JUDGE_JSON = _judge(
    'coalesce("id.orig_h", id_orig_h, id.orig_h)',
    'coalesce("id.resp_h", id_resp_h, id.resp_h)',
    'coalesce("id.resp_p", id_resp_p, id.resp_p)',
)

_KEYS = re.compile(rb'"(?:conn_state|orig_ip_bytes|orig_pkts)"\s*:')
_ENDS = re.compile(rb'"(?:id[._]orig_h|orig_h)"\s*:')


def _matches_json(head: bytes) -> bool:
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    if not start.startswith(b"{") or b'"event_type"' in start.partition(b"\n")[0]:
        return False
    return bool(_KEYS.search(start)) and bool(_ENDS.search(start))


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the connections of a Zeek conn.log."""
    found = zeektable.tables(stream, tally, Engine.here(), path="conn", wanted=_TEXTS, judge=_JUDGE)
    for table in found:
        yield from flows(table, tally)


def read_json(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the connections of a Zeek conn.log in JSON."""
    for table in ndjson.tables(stream, tally, Engine.here(), shape=_SHAPE, judge=_JUDGE_JSON):
        yield from flows(table, tally)


FORMAT = Format(
    name="zeek-conn",
    title="Zeek conn.log",
    matches=lambda head: zeektable.is_zeek(head, "conn"),
    read=read,
)
FORMAT_JSON = Format(
    name="zeek-conn-json",
    title="Zeek conn.log (JSON)",
    matches=_matches_json,
    read=read_json,
)
