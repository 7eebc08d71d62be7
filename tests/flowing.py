"""How tests of the readers of flows and URLs read bytes, and messages that exporters would send."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pyarrow as pa

from fluxhound.errors import FluxhoundError
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

Row = dict[str, Any]
EXPORTED = 1_700_000_000


def read(form: Format, content: bytes, schema: pa.Schema) -> tuple[list[Row], Tally]:
    """Read *content* and return its rows with the tally; each record is a row or has a reason."""
    rows, tally = read_apart(form, content, schema)
    accounted = sum(tally.passed_over.values()) + sum(tally.bad.values())
    assert accounted + len(rows) == tally.records
    return rows, tally


def read_apart(form: Format, content: bytes, schema: pa.Schema) -> tuple[list[Row], Tally]:
    """Read *content*, of whose records each may give several rows."""
    tally = Tally()
    stream = Stream(io.BytesIO(content), name="input")
    rows: list[Row] = []
    try:
        for batch in form.read(stream, tally, ReadOptions()):
            assert batch.schema == schema
            batch.validate(full=True)
            rows += batch.to_pylist()
    finally:
        stream.close()
    assert len(rows) == tally.observations
    return rows, tally


def survives(form: Format, content: bytes, schema: pa.Schema) -> None:
    """Read hostile *content*: it may end in rows or in a sentence, nothing else."""
    form.matches(content[: 64 << 10])
    with contextlib.suppress(FluxhoundError):
        read(form, content, schema)


def packed(text: str) -> bytes:
    return ip_address(text).packed


def version_5(*flows: tuple[str, str, int, int, int], uptime: int = 60_000) -> bytes:
    """Return a message: flows as (source, destination, port, octets, flags), a minute old."""
    header = struct.pack("!HHIIIIBBH", 5, len(flows), uptime, EXPORTED, 0, 1, 0, 0, 0)
    records = (
        struct.pack(
            "!4s4s4sHHIIIIHHBBBBHHBBH",
            packed(source), packed(target), bytes(4), 1, 2, 3, octets,
            (uptime - 60_000) % 2**32, (uptime - 50_000) % 2**32,
            40_000, port, 0, flags, 6, 0, 0, 0, 24, 24, 0,
        )
        for source, target, port, octets, flags in flows
    )  # fmt: skip
    return header + b"".join(records)


#: Element, length: source, destination, port, protocol, octets, packets, first, last (uptime).
FIELDS_9 = ((8, 4), (12, 4), (11, 2), (4, 1), (1, 4), (2, 4), (22, 4), (21, 4))
#: The same with IPv6 and milliseconds since 1970.
FIELDS_10 = ((27, 16), (28, 16), (11, 2), (4, 1), (1, 4), (2, 4), (152, 8), (153, 8))


def template(number: int, fields: Sequence[tuple[int, int]], *, kind: int) -> bytes:
    body = struct.pack("!HH", number, len(fields))
    body += b"".join(struct.pack("!HH", *field) for field in fields)
    return struct.pack("!HH", kind, len(body) + 4) + body


def flow_set(number: int, *records: bytes) -> bytes:
    body = b"".join(records)
    return struct.pack("!HH", number, len(body) + 4) + body


def version_9(*sets: bytes, uptime: int = 60_000) -> bytes:
    return struct.pack("!HHIIII", 9, len(sets), uptime, EXPORTED, 1, 7) + b"".join(sets)


def ipfix(*sets: bytes) -> bytes:
    body = b"".join(sets)
    return struct.pack("!HHIII", 10, 16 + len(body), EXPORTED, 1, 7) + body


def record_9(source: str, target: str, port: int, octets: int) -> bytes:
    return packed(source) + packed(target) + struct.pack("!HBIIII", port, 17, octets, 2, 0, 10_000)


def record_10(source: str, target: str, port: int, octets: int) -> bytes:
    first = EXPORTED * 1000 - 60_000
    return packed(source) + packed(target) + struct.pack(
        "!HBIIQQ", port, 6, octets, 2, first, first + 10_000
    )  # fmt: skip
