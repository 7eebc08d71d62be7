"""What a reader of one input format must offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices of the user that a reader needs."""

    #: Name of the vantage point; ``None`` takes the resolver's address where the source has it.
    sensor: str | None = None
    #: For tables: our column -> their column, where theirs is not found by its usual names.
    columns: Mapping[str, str] = field(default_factory=dict)
    #: For tables: the unit of numeric times, "s", "ms", "us" or "ns"; ``None`` tells by size.
    time_unit: str | None = None
    #: Columns of text may be views of what was read (Arrow's ``string_view``), which keep the whole
    #: block of the input in memory, and which few functions take. Names and answers that are views
    #: are ASCII in lower case, names without a dot at the end.
    views: bool = False


class Reader(Protocol):
    """Turn the bytes of one input into observation batches.

    A reader counts every record in the tally, never raises for a bad record, and raises a
    ``FluxhoundError`` only where nothing more can be read.
    """

    def __call__(
        self, stream: Stream, tally: Tally, options: ReadOptions
    ) -> Iterator[pa.RecordBatch]:
        """Yield batches in the schema ``OBSERVATION`` (optional columns may be missing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One input format: how to name it, recognise it and read it."""

    name: str  # as in --input-format
    title: str  # for people: "Zeek dns.log"
    matches: Callable[[bytes], bool]  # given the first bytes (up to 64 KiB), decompressed
    read: Reader
    #: What an input of this format can never show: "ttl", "clients", "name-servers".
    not_observable: tuple[str, ...] = ()
