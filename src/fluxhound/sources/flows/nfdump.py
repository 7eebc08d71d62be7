"""CSV as nfdump writes it (``nfdump -o csv``), of version 1.6 and 1.7.

nfdump writes times in the zone of the machine that runs it and does not say which: run it as
``TZ=UTC nfdump -o csv``. Times without a zone are taken for UTC. After the records stands a
summary, which is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from fluxhound.sources import delimited, texttable
from fluxhound.sources.engine import Engine
from fluxhound.sources.flows.flow import COUNT, PORT, PROTOCOL, SOUND, State, flows
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import BAD_TIME, settled
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

#: Ours -> nfdump's names, those of 1.6 first.
NAMES = {
    "first": ("ts", "firstSeen", "first"),
    "last": ("te", "lastSeen", "last"),
    "lasted": ("td", "duration"),
    "client": ("sa", "srcAddr", "srcaddr", "src_addr"),
    "address": ("da", "dstAddr", "dstaddr", "dst_addr"),
    "port": ("dp", "dstPort", "dstport", "dst_port"),
    "protocol": ("pr", "proto"),
    "flags": ("flg", "flags"),
    "packets_in": ("ipkt", "packets", "in_packets"),
    "octets_in": ("ibyt", "bytes", "in_bytes"),
    "packets_out": ("opkt", "out_packets"),
    "octets_out": ("obyt", "out_bytes"),
}
_NEEDED = frozenset({"first", "client", "address"})
_SUMMARY = (b"\nSummary\n", b"\nSummary\r\n")
SUMMARY = "summary"
NO_COLUMNS = "no address or time column"

# Flags of one direction, "...AP.S.": a SYN and no ACK was not answered, as far as this flow tells.
_JUDGE = f"""
WITH told AS (
  SELECT *, seconds("first") AS time, try_cast("port" AS DOUBLE) AS port_,
         coalesce(seconds("last"), seconds("first") + try_cast(lasted AS DOUBLE)) AS last_,
         try_cast(octets_in AS DOUBLE) + coalesce(try_cast(octets_out AS DOUBLE), 0) AS octets_,
         try_cast(packets_in AS DOUBLE) + coalesce(try_cast(packets_out AS DOUBLE), 0) AS packets_,
         {PROTOCOL.format("protocol")} AS told_protocol
  FROM cells
)
SELECT time, coalesce(last_, time) AS time_last, trim(client) AS client, trim(address) AS address,
       {PORT.format("port_")} AS port, told_protocol AS protocol,
       {COUNT.format("octets_")} AS octets, {COUNT.format("packets_")} AS packets,
       CASE WHEN told_protocol = 'tcp' AND contains(flags, 'A') THEN '{State.ESTABLISHED}'
            WHEN told_protocol = 'tcp' AND contains(flags, 'S') THEN '{State.ATTEMPTED}' END
         AS state,
       {SOUND} AS sound, concat("first", ' ', client) AS sample,
       CASE WHEN NOT in_time(time) THEN '{BAD_TIME}' END AS reason
FROM told"""


def _named(line: bytes) -> list[str]:
    """Return the columns of a header *line*, with our names for those that are ours."""
    _, names = delimited.header(line)
    ours = {
        found: each
        for each, usual in NAMES.items()
        if (found := next((name for name in usual if name in names), None))
    }
    return [ours.get(name, f"_{at}") for at, name in enumerate(names)]


def matches(head: bytes) -> bool:
    """Tell nfdump's CSV by its header."""
    line = head.partition(b"\n")[0]
    if len(line) > _HEADER_BYTES or b"," not in line:
        return False
    return {*_NEEDED, "octets_in"} <= set(_named(line))


_HEADER_BYTES = 4096


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:  # noqa: ARG001 - the signature of readers
    """Yield the flows of nfdump's CSV."""
    blocks = _without_summary(stream.lines(tally), tally)
    line, _, rest = next(blocks, b"").partition(b"\n")
    names = _named(line)
    if not _NEEDED.issubset(names):
        if line.strip():
            tally.records += 1
            tally.reject(NO_COLUMNS, line[:512])
        return
    engine = Engine.here()
    for block in _joined(rest, blocks):
        yield from _flows(block, names, tally, engine)


def _joined(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def _without_summary(blocks: Iterator[bytes], tally: Tally) -> Iterator[bytes]:
    """Yield *blocks* up to the summary at the end."""
    for block in blocks:
        ends = [at for mark in _SUMMARY if (at := block.rfind(mark)) >= 0]
        if ends:
            yield block[: min(ends) + 1]
            lines = block[min(ends) + 1 :].count(b"\n")
            tally.records += lines
            tally.pass_over(SUMMARY, lines)
        else:
            yield block


def _flows(
    block: bytes, names: list[str], tally: Tally, engine: Engine
) -> Iterator[pa.RecordBatch]:
    found = texttable.columns(
        block, tally, names=names, wanted=list(NAMES), delimiter=",", nulls=["", "-"], quoted=True
    )
    for cells in found:
        yield from flows(settled(engine.select(_JUDGE, cells=cells), tally), tally)


FORMAT = Format(name="nfdump", title="nfdump CSV", matches=matches, read=read)
