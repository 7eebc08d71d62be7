"""What a flow reader yields: one row for each connection, or for each direction of one."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources.tally import SAMPLES_PER_REASON, Tally

#: ``client`` is who began it, as far as the source says; exporters of NetFlow report each direction
#: as a flow of its own, and the answers to a client are then flows without meaning for us.
FLOW = pa.schema(
    [
        # Seconds since 1970-01-01 UTC: the first packet, and the last.
        pa.field("time", pa.float64(), nullable=False),
        pa.field("time_last", pa.float64(), nullable=False),
        # Addresses as the source wrote them.
        pa.field("client", pa.string(), nullable=False),
        pa.field("address", pa.string(), nullable=False),
        # Destination port; null where the protocol has none.
        pa.field("port", pa.int32()),
        # "tcp", "udp", "icmp", else a number as text; lower case.
        pa.field("protocol", pa.string()),
        # Both directions, headers included where the source counts them.
        pa.field("octets", pa.int64()),
        pa.field("packets", pa.int64()),
        # A ``State``; null where the source does not tell.
        pa.field("state", pa.string()),
    ]
)


class State(StrEnum):
    """What became of a connection."""

    ESTABLISHED = "established"  # both sides spoke
    ATTEMPTED = "attempted"  # nothing came back
    REFUSED = "refused"


BAD_ADDRESS = "address not readable"
BAD_ORDER = "ends before it begins"
#: A flow that lasts longer than this is a broken clock. Chosen, not measured: a year.
LONGEST_S = 366 * 86_400.0
#: Octets and packets beyond this are broken counters.
_COUNT_LIMIT = 2**62

#: SQL: a protocol by name or number as FLOW writes it.
PROTOCOL = """CASE lower(trim({0})) WHEN '6' THEN 'tcp' WHEN '17' THEN 'udp' WHEN '1' THEN 'icmp'
              WHEN '58' THEN 'icmp6' WHEN 'ipv6-icmp' THEN 'icmp6' WHEN 'icmpv6' THEN 'icmp6'
              ELSE lower(trim({0})) END"""
#: SQL: a count, null where it is none.
COUNT = f"CASE WHEN {{0}} >= 0 AND {{0}} < {_COUNT_LIMIT} THEN CAST({{0}} AS BIGINT) END"
#: SQL: a port, null where it is none.
PORT = "CASE WHEN {0} BETWEEN 0 AND 65535 THEN CAST({0} AS INTEGER) END"
#: SQL: whether both ends are addresses.
SOUND = "coalesce(is_address(client) AND is_address(address), false)"


def flows(rows: pa.Table, tally: Tally) -> Iterator[pa.RecordBatch]:
    """Yield *rows*, which have FLOW's columns and ``sound``, in the schema FLOW.

    ``sound`` tells whether both ends are addresses; the others, and those whose times are out of
    order, are counted as bad.
    """
    if not rows.num_rows:
        return
    rows = _kept(rows, rows.column("sound"), BAD_ADDRESS, tally)
    lasted = pc.subtract(rows.column("time_last"), rows.column("time"))
    # Clocks of exporters round: an end a second before the beginning is no fault.
    ordered = pc.and_(pc.greater(lasted, -1.0), pc.less(lasted, LONGEST_S))
    rows = _kept(rows, ordered, BAD_ORDER, tally)
    if not rows.num_rows:
        return
    tally.observations += rows.num_rows
    last = pc.max_element_wise(rows.column("time"), rows.column("time_last"))
    rows = rows.set_column(rows.column_names.index("time_last"), "time_last", last)
    table = pa.table([rows.column(f.name).cast(f.type) for f in FLOW], schema=FLOW)
    yield from table.to_batches()


def _kept(rows: pa.Table, sound: pa.ChunkedArray, reason: str, tally: Tally) -> pa.Table:
    kept = pc.fill_null(sound, False)
    if pc.all(kept).as_py():
        return rows
    lost = rows.filter(pc.invert(kept))
    samples = lost.select(["client", "address", "time", "time_last"]).slice(0, SAMPLES_PER_REASON)
    for row in samples.to_pylist():
        tally.reject(reason, " ".join(str(value)[:64] for value in row.values()))
    tally.reject(reason, count=lost.num_rows - samples.num_rows)
    return rows.filter(kept)
