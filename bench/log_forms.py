"""One made-up day in every form that the benchmark reads: text, JSON, tables, packets.

Zeek's two forms and EVE hold every response; the others only those with addresses, as passive DNS,
our own tables and the lab's packets do. What the lab can write, its writers write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv, parquet

from fluxhound.lab.writing import frames, packets, passivedns, suricata
from fluxhound.lab.writing.columns import content, joined
from fluxhound.lab.writing.output import written
from fluxhound.lab.writing.responses import Responses, complete, responses
from fluxhound.records import OBSERVATION

FIELDS = (  # noqa: SIM905 - words read best as words
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name "
    "qtype qtype_name rcode rcode_name AA TC RD RA Z answers TTLs rejected"
).split()
TYPES = (  # noqa: SIM905 - words read best as words
    "time string addr port addr port enum count interval string count string count string count "
    "string bool bool bool bool count vector[string] vector[interval] bool"
).split()
HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#open\t2026-11-19-00-00-00\n#fields\t{}\n#types\t{}\n"
).format("\t".join(FIELDS), "\t".join(TYPES))
FOOTER = b"#close\t2026-11-20-00-00-00\n"

#: A packet is a hundred octets and more: a day of packets ends after this many responses.
PACKETS = 1_000_000
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A stretch of the day: Zeek's columns as text, and which rows hold addresses."""

    columns: dict[str, pa.Array]
    micros: NDArray[np.int64]
    answered: pa.BooleanArray

    def observations(self) -> pa.RecordBatch:
        """Return the rows that hold addresses in the schema ``OBSERVATION``."""
        kept = {
            name: self.columns[name].filter(self.answered)
            for name in ("query", "qtype_name", "answers", "TTLs", "id.orig_h", "id.resp_h")
        }
        times = pa.array(self.micros / _MICRO).filter(self.answered)
        pieces = pc.split_pattern(kept["TTLs"], ",", max_splits=1, reverse=True)
        last = pieces.values.take(pc.subtract(pieces.offsets[1:], 1))
        columns = {
            "time": times,
            "name": kept["query"],
            "type": kept["qtype_name"],
            "answers": kept["answers"],
            "ttl": last.cast(pa.float64()).cast(pa.int64()),
            "client": kept["id.orig_h"],
            "sensor": kept["id.resp_h"],
            "time_last": times,
            "count": pa.repeat(pa.scalar(1, pa.int64()), len(times)),
        }
        return pa.RecordBatch.from_pydict(columns, schema=OBSERVATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of the day: its file, and how a stretch of it is written.

    ``write`` takes the stretch and the number of its first row.
    """

    file: str
    write: Callable[[Day, int], memoryview]
    head: bytes = b""
    foot: bytes = b""

    def __hash__(self) -> int:
        """Forms that write the same are the same, however they are compressed."""
        return hash(self.write)

    def __eq__(self, other: object) -> bool:
        """Forms that write the same are the same."""
        return isinstance(other, Form) and self.write is other.write


def zeek(day: Day, at: int) -> memoryview:  # noqa: ARG001 - as the others
    """Return a Zeek log's lines."""
    sink = pa.BufferOutputStream()
    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    csv.write_csv(pa.table(day.columns), sink, options)
    return memoryview(sink.getvalue())


_BARE = {"ts", "id.orig_p", "id.resp_p", "trans_id", "rtt", "qclass", "qtype", "rcode", "Z"}
_FLAGS = {"AA", "TC", "RD", "RA", "rejected"}


def zeek_json(day: Day, at: int) -> memoryview:  # noqa: ARG001 - as the others
    """Return a Zeek log's lines as objects, without what is unset."""
    pieces: list[pa.Array | str] = ["{"]
    for name in FIELDS:
        column = day.columns[name]
        key = f'{"" if name == "ts" else ","}"{name}":'
        if name in _BARE:
            pieces += [key, column]
        elif name in _FLAGS:
            pieces += [key, pc.if_else(pc.equal(column, "T"), "true", "false")]
        elif name == "answers":
            listed = pc.replace_substring(column, ",", '","')
            pieces.append(_where_set(column, joined(key + '["', listed, '"]')))
        elif name == "TTLs":
            listed = pc.replace_substring(column, "00000", "")
            pieces.append(_where_set(column, joined(key + "[", listed, "]")))
        else:
            pieces += [key + '"', column, '"']
    return content(joined(*pieces, "}\n"))


def _where_set(column: pa.Array, text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, "-"), "", text)


_STATES = {"0": "8180", "2": "8182", "3": "8183"}


def eve(day: Day, at: int) -> memoryview:  # noqa: ARG001 - as the others
    """Return EVE's answer events, version 2: the lab's lines, and those without addresses."""
    answers = suricata.lines(_responses(day.observations()), above=False)
    rest = {name: c.filter(pc.invert(day.answered)) for name, c in day.columns.items()}
    micros = pa.array(day.micros).filter(pc.invert(day.answered))
    stamp = pc.replace_substring(micros.cast(pa.timestamp("us")).cast(pa.string()), " ", "T")
    flags = pa.array([_STATES[code] for code in rest["rcode"].to_pylist()], pa.string())
    record = joined(
        *(',"answers":[{"rrname":"', rest["query"], '","rrtype":"', rest["qtype_name"]),
        *('","ttl":3600,"rdata":"', rest["answers"], '"}]'),
    )
    others = joined(
        *('{"timestamp":"', stamp, '+0000","flow_id":1', rest["trans_id"]),
        *('88213,"event_type":"dns","src_ip":"', rest["id.orig_h"], '","src_port":'),
        *(rest["id.orig_p"], ',"dest_ip":"', rest["id.resp_h"], '","dest_port":53,"proto":"UDP"'),
        *(',"dns":{"version":2,"type":"answer","id":', rest["trans_id"], ',"flags":"', flags),
        *('","qr":true,"rd":true,"ra":true,"opcode":0,"rcode":"', rest["rcode_name"]),
        *('","rrname":"', rest["query"], '","rrtype":"', rest["qtype_name"], '"'),
        *(_where_set(rest["answers"], record), "}}\n"),
    )
    held = day.answered.to_numpy(zero_copy_only=False)
    place = np.where(held, np.cumsum(held) - 1, len(answers) + np.cumsum(~held) - 1)
    return content(pa.concat_arrays([answers, others]).take(pa.array(place)))


def _responses(rows: pa.RecordBatch) -> Responses:
    return responses(complete(rows))


def cof(day: Day, at: int) -> memoryview:  # noqa: ARG001 - as the others
    """Return passive DNS in the Common Output Format, one sighting on each line."""
    return content(passivedns.lines(_responses(day.observations()), above=False))


def table(day: Day, at: int) -> memoryview:  # noqa: ARG001 - as the others
    """Return a stretch as Arrow's stream, which ``opened`` writes as a row group."""
    sink = pa.BufferOutputStream()
    rows = day.observations().drop_columns(["time_last", "count"])
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_batch(rows)
    return memoryview(sink.getvalue())


def pcap(day: Day, at: int) -> memoryview:
    """Return responses as packets, until there are ``PACKETS``."""
    if at >= PACKETS * 4 // 3:  # three quarters of the rows hold addresses
        return memoryview(b"")
    return content(packets.packets(_responses(day.observations()), above=False)[0])


def dnstap(day: Day, at: int) -> memoryview:
    """Return responses as frames, as many as there are packets."""
    if at >= PACKETS * 4 // 3:
        return memoryview(b"")
    return content(frames.frames(_responses(day.observations()), above=False)[0])


_PLAIN = {
    "zeek": Form(file="zeek.log", write=zeek, head=HEADER.encode(), foot=FOOTER),
    "zeek-json": Form(file="zeek.json", write=zeek_json),
    "eve": Form(file="eve.json", write=eve),
    "cof": Form(file="cof.json", write=cof),
    "parquet": Form(file="day.parquet", write=table),
    "pcap": Form(file="day.pcap", write=pcap, head=packets.HEAD),
    "dnstap": Form(file="day.dnstap", write=dnstap, head=frames.HEAD, foot=frames.FOOT),
}


def _packed(name: str, form: Form) -> Iterator[tuple[str, Form]]:
    yield name, form
    if name != "parquet":  # which is compressed within
        for end in ("gz", "zst"):
            yield (
                f"{name}.{end}",
                Form(file=f"{form.file}.{end}", write=form.write, head=form.head, foot=form.foot),
            )


FORMS = {name: form for plain in _PLAIN.items() for name, form in _packed(*plain)}


def form_named(name: str) -> Form:
    """Return the form called *name*."""
    return FORMS[name]


class _Table:
    """Takes what ``table`` wrote, and writes row groups."""

    def __init__(self, sink: BinaryIO) -> None:
        schema = pa.schema(list(OBSERVATION)[:7])
        self._writer = parquet.ParquetWriter(sink, schema, compression="zstd")

    def write(self, stretch: memoryview) -> None:
        with pa.ipc.open_stream(pa.py_buffer(stretch)) as stream:
            for rows in stream:
                self._writer.write_batch(rows)

    def close(self) -> None:
        self._writer.close()


@contextmanager
def opened(path: Path, form: Form) -> Iterator[BinaryIO | _Table]:
    """Open *path*, compressed as its name says, for what the form writes."""
    with written(path) as sink:
        if form.write is table:
            rows = _Table(sink)
            yield rows
            rows.close()
            return
        sink.write(form.head)
        yield sink
        sink.write(form.foot)
