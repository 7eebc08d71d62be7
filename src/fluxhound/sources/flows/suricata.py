"""The ``flow`` events of Suricata's eve.json.

Format: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-flow
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import ndjson
from fluxhound.sources.engine import Engine
from fluxhound.sources.flows.flow import COUNT, PORT, PROTOCOL, SOUND, State, flows
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import BAD_TIME, OTHER_EVENT
from fluxhound.sources.stream import Stream
from fluxhound.sources.suricata import matches
from fluxhound.sources.tally import Tally

_SHAPE = {
    "timestamp": "VARCHAR",
    "event_type": "VARCHAR",
    "src_ip": "VARCHAR",
    "dest_ip": "VARCHAR",
    "dest_port": "DOUBLE",
    "proto": "VARCHAR",
    "flow": {
        "start": "VARCHAR",
        "end": "VARCHAR",
        "state": "VARCHAR",
        "pkts_toserver": "DOUBLE",
        "pkts_toclient": "DOUBLE",
        "bytes_toserver": "DOUBLE",
        "bytes_toclient": "DOUBLE",
    },
    "tcp": {"tcp_flags_tc": "VARCHAR"},
}

# The flags that the server sent: a reset (4) without SYN (2) refuses (RFC 9293 section 3.5.2).
_JUDGE = f"""
, told AS (
  SELECT *, coalesce(seconds(flow."start"), seconds("timestamp")) AS time, src_ip AS name,
         src_ip AS client, dest_ip AS address,
         flow.bytes_toserver + flow.bytes_toclient AS octets_,
         flow.pkts_toserver + flow.pkts_toclient AS packets_,
         try_cast('0x' || tcp.tcp_flags_tc AS INTEGER) AS answered
  FROM objects
)
SELECT time, coalesce(seconds(flow."end"), seconds("timestamp"), time) AS time_last,
       client, address, {PORT.format("dest_port")} AS port, {PROTOCOL.format("proto")} AS protocol,
       {COUNT.format("octets_")} AS octets, {COUNT.format("packets_")} AS packets,
       CASE WHEN flow.pkts_toclient = 0 THEN '{State.ATTEMPTED}'
            WHEN answered & 6 = 4 THEN '{State.REFUSED}'
            WHEN flow.pkts_toclient > 0 THEN '{State.ESTABLISHED}' END AS state,
       {SOUND} AS sound, {ndjson.SAMPLE} AS sample,
       CASE {ndjson.REFUSED}
            WHEN coalesce(event_type, '') <> 'flow' THEN '{OTHER_EVENT}'
            WHEN NOT in_time(time) THEN '{BAD_TIME}'
       END AS reason
FROM told"""


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the flows of an EVE log."""
    for table in ndjson.tables(stream, tally, Engine.here(), shape=_SHAPE, judge=_JUDGE):
        yield from flows(table, tally)


FORMAT = Format(name="suricata-flow", title="Suricata EVE flow", matches=matches, read=read)
