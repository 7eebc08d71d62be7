"""Whole records in memory, read by the readers of files: for inputs that come in pieces."""

from __future__ import annotations

import io

import pyarrow as pa

from fluxhound.errors import CorruptInputError, FluxhoundError
from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.sniff import recognise
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally

UNKNOWN_FORMAT = "format not recognised"
NOT_READABLE = "not readable as this format"


def read_chunk(
    octets: bytes,
    *,
    format: Format | None,  # noqa: A002 - the word is "format" everywhere
    options: ReadOptions,
    name: str,
) -> tuple[Format | None, tuple[pa.RecordBatch, ...], Tally]:
    """Return the format of whole lines or records in *octets*, their observations and counts.

    With *format* ``None`` it is recognised by the content. Nothing is raised for records that
    cannot be read: they are counted as bad, one for each line.
    """
    tally = Tally()
    stream = Stream(io.BytesIO(octets), name=name)
    batches: list[pa.RecordBatch] = []
    chosen = format
    try:
        if chosen is None:
            chosen = recognise(stream.head, name)
        batches.extend(chosen.read(stream, tally, options))
    except CorruptInputError:
        _reject_rest(octets, tally, NOT_READABLE)  # what came before the damage counts
    except FluxhoundError:
        _reject_rest(octets, tally, NOT_READABLE if chosen else UNKNOWN_FORMAT)
    finally:
        stream.close()
    return chosen, tuple(batches), tally


def _reject_rest(octets: bytes, tally: Tally, reason: str) -> None:
    """Count the lines that no reader accounted for."""
    lines = octets.count(b"\n") + (not octets.endswith(b"\n"))
    missing = max(lines - tally.records, 1)
    tally.records += missing
    tally.reject(reason, octets[:200].split(b"\n", 1)[0], missing)
