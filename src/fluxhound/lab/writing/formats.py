"""The formats that traffic can be written in: their names, their endings, their writers."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from fluxhound.errors import UsageError
from fluxhound.lab.writing import frames, packets, passivedns, suricata, table, zeek
from fluxhound.lab.writing.columns import content
from fluxhound.lab.writing.output import COMPRESSED
from fluxhound.lab.writing.responses import responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a writer must know beside the rows."""

    above: bool = False  # the sensor stands between resolvers and name servers
    aggregated: bool = False  # rows stand for many responses: ``count`` and ``time_last`` count


class Writer(Protocol):
    """Takes complete batches that end with a response, and writes them to its file."""

    records: int
    left_out: Counter[str]

    def take(self, rows: pa.RecordBatch) -> None:
        """Write *rows*."""

    def finish(self) -> None:
        """Write what stands at the end."""


Body = Callable[[pa.RecordBatch], tuple[pa.Array, Mapping[str, int]]]


class Pieces:
    """Writes one piece of text or octets after the other, between a head and a foot."""

    def __init__(self, sink: BinaryIO, body: Body, *, head: bytes = b"", foot: bytes = b"") -> None:
        """Write to *sink*; *body* turns a batch into pieces, and counts what it left out."""
        self.records = 0
        self.left_out: Counter[str] = Counter()
        self._sink, self._body, self._foot = sink, body, foot
        sink.write(head)

    def take(self, rows: pa.RecordBatch) -> None:
        """Write *rows*."""
        pieces, left_out = self._body(rows)
        self.records += len(pieces)
        self.left_out.update(left_out)
        self._sink.write(content(pieces))

    def finish(self) -> None:
        """Write the foot."""
        self._sink.write(self._foot)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFormat:
    """One format: how to name it, tell it by a file's name, and write it."""

    name: str
    title: str
    endings: tuple[str, ...]
    open: Callable[[BinaryIO, Scene], Writer]
    #: Whether it can hold rows that stand for many responses; one of them can hold no others.
    aggregates: bool = False
    only_aggregates: bool = False


def _lines(
    write: Callable[..., pa.StringArray], head: bytes = b""
) -> Callable[[BinaryIO, Scene], Writer]:
    def opened(sink: BinaryIO, scene: Scene) -> Writer:
        return Pieces(sink, lambda rows: (write(responses(rows), above=scene.above), {}), head=head)

    return opened


def _messages(
    write: Callable[..., tuple[pa.Array, dict[str, int]]], head: bytes, foot: bytes = b""
) -> Callable[[BinaryIO, Scene], Writer]:
    def opened(sink: BinaryIO, scene: Scene) -> Writer:
        return Pieces(
            sink, lambda rows: write(responses(rows), above=scene.above), head=head, foot=foot
        )

    return opened


def _csv(sink: BinaryIO, scene: Scene) -> Writer:
    names = table.columns(aggregated=scene.aggregated)
    return Pieces(sink, lambda rows: (table.csv_lines(rows, names), {}), head=table.head(names))


def _parquet(sink: BinaryIO, scene: Scene) -> Writer:
    return table.ParquetTable(sink, table.columns(aggregated=scene.aggregated))


FORMATS: tuple[RecordFormat, ...] = (
    RecordFormat(
        name="zeek",
        title="Zeek dns.log",
        endings=(".log", ".tsv"),
        open=_lines(zeek.tsv, zeek.HEAD),
    ),
    RecordFormat(
        name="zeek-json", title="Zeek dns.log (JSON)", endings=(), open=_lines(zeek.json_lines)
    ),
    RecordFormat(name="eve", title="Suricata EVE", endings=(), open=_lines(suricata.lines)),
    RecordFormat(
        name="pcap",
        title="Packet capture",
        endings=(".pcap", ".cap"),
        open=_messages(packets.packets, packets.HEAD),
    ),
    RecordFormat(
        name="dnstap",
        title="dnstap (frame streams)",
        endings=(".dnstap", ".tap", ".fstrm"),
        open=_messages(frames.frames, frames.HEAD, frames.FOOT),
    ),
    RecordFormat(
        name="cof",
        title="Passive DNS (Common Output Format)",
        endings=(".cof", ".pdns"),
        open=_lines(passivedns.lines),
        aggregates=True,
        only_aggregates=True,
    ),
    RecordFormat(
        name="parquet", title="Parquet", endings=(".parquet", ".pq"), open=_parquet, aggregates=True
    ),
    RecordFormat(name="csv", title="CSV", endings=(".csv",), open=_csv, aggregates=True),
)
#: JSON lines of several formats have the same ending: a word in the name tells which.
_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
_JSON_WORDS = {"eve": "eve", "cof": "cof", "zeek": "zeek-json", "dns": "zeek-json"}


def format_named(name: str) -> RecordFormat:
    """Return the format called *name*.

    Raises:
        UsageError: if there is none; the message names the nearest.
    """
    known = {each.name: each for each in FORMATS}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no format {name!r}; there are {', '.join(known)}.{hint}")


def format_of(path: Path) -> RecordFormat:
    """Return the format that the name of *path* tells.

    Raises:
        UsageError: if it tells none.
    """
    name = path.name.lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    for each in FORMATS:
        if name.endswith(each.endings):
            return each
    if name.endswith(_JSON_ENDINGS):
        for word, told in _JSON_WORDS.items():
            if word in name:
                return format_named(told)
    raise UsageError(
        f"{path}: its ending does not tell the format. Add --format, one of "
        f"{', '.join(each.name for each in FORMATS)}."
    )
