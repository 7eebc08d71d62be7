"""Suricata EVE: the dns events of eve.json, in every shape that is in the field.

Version 1 logs one event per answer; its events of one response are put together where they stand in
one block of the file (8 MiB). Version 2 logs one event per response, ``detailed`` (``answers``)
or ``grouped`` (no TTL, no owners). Version 3 (Suricata 8) has ``queries`` and ``additionals``.
Formats: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-dns
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.sources import ndjson, quick
from fluxhound.sources.engine import Engine
from fluxhound.sources.evechain import rrsets
from fluxhound.sources.evequeries import JUDGE, PLAIN, SHAPE, SIDE, WHOLE, WHOLE_MIXED
from fluxhound.sources.evequick import EveForm
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.outcome import batches
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

_EVENT = (b'"event_type"', b'"timestamp"')


def matches(head: bytes) -> bool:
    """Tell EVE by the two fields that every event has; the first events may not be dns."""
    start = head.removeprefix(ndjson.BYTE_ORDER_MARK).lstrip()
    first = start.partition(b"\n")[0]
    return first.startswith(b"{") and all(key in first for key in _EVENT)


def read(stream: Stream, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the RRsets of the dns events of an EVE log."""
    blocks = ndjson.blocks(stream, tally)
    slow = partial(thorough, tally=tally, options=options)
    return quick.read(blocks, EveForm(), tally, options, slow)


def thorough(text: bytes, *, tally: Tally, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Yield the RRsets of the events in *text*, which is whole lines of any kind."""
    engine = Engine.here()
    for events in ndjson.judged([text], tally, engine, shape=SHAPE, judge=JUDGE):
        if events.num_rows:
            yield from _rows(events, engine, tally, options)


def _rows(
    events: pa.Table, engine: Engine, tally: Tally, options: ReadOptions
) -> Iterator[pa.RecordBatch]:
    mixed = pc.any(events.column("single")).as_py()
    responses = engine.select(WHOLE_MIXED if mixed else WHOLE, events=events)
    straight = responses.column("straight")
    yield from batches(engine.select(PLAIN, responses=responses), tally, options)
    if any(_holds(responses.column(name)) for name in ("authorities", "additionals")):
        yield from batches(engine.select(SIDE, responses=responses), tally, options)
    crooked = responses.filter(pc.invert(straight))
    if crooked.num_rows:
        yield from batches(_sorted_out(crooked), tally, options)


def _holds(lists: pa.ChunkedArray) -> bool:
    return bool(lists.null_count < len(lists))


def _sorted_out(responses: pa.Table) -> pa.Table:
    """Return the rows of responses whose answers do not all hang together."""
    rows: dict[str, list[object]] = {
        key: [] for key in ("time", "name", "type", "answers", "ttl", "client", "sensor")
    }
    columns = ("time", "name", "records", "client", "sensor")
    for response in responses.select(columns).to_pylist():
        for owner, kind, answers, ttl in rrsets(response["name"], response["records"]):
            if owner in ("", "."):
                continue
            values = (response["time"], owner, kind, answers, ttl)
            for key, value in zip(rows, values, strict=False):
                rows[key].append(value)
            rows["client"].append(response["client"])
            rows["sensor"].append(response["sensor"])
    text, lists = pa.string(), pa.list_(pa.string())
    types = (pa.float64(), text, text, lists, pa.float64(), text, text)
    return pa.table({key: pa.array(rows[key], kind) for key, kind in zip(rows, types, strict=True)})


FORMAT = Format(name="suricata", title="Suricata EVE", matches=matches, read=read)
