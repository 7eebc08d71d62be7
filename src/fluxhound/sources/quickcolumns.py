"""Stretches of JSON lines to the columns of observations, for the quick way through them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.records import OBSERVATION
from fluxhound.sources.jsonblock import Block, Ints, Mask
from fluxhound.sources.jsonfit import Items
from fluxhound.sources.jsontemplate import Kind, Path, Template
from fluxhound.sources.octets import lengths, octets, truth
from fluxhound.sources.outcome import NAME_LIMIT, TIME_LIMIT
from fluxhound.sources.stretches import Stretches, equals, texts

Times = NDArray[np.float64]

#: Lengths of "2026-11-24T08:00:00.123456" and of what may follow it for UTC.
_STAMP = 26
_UTC = (b"+0000", b"Z")
#: Epoch numbers from which on they count nano-, micro- and milliseconds, and how many in a second.
_SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def agrees(template: Template, wanted: Mapping[Path, frozenset[Kind]]) -> bool:
    """Tell whether what is *wanted* has one of the kinds it should have, where it is there.

    A constant is always in order, for it is text, or null; what stands above or below a wanted
    value, where it should not, is not.
    """
    kinds = template.kinds()
    for path in template.paths():
        for want, allowed in wanted.items():
            if path == want:
                if path in kinds and kinds[path] not in allowed:
                    return False
            elif path[: len(want)] == want:
                if Kind.OBJECTS not in allowed:
                    return False
            elif want[: len(path)] == path and not _is_list(kinds.get(path)):
                return False
    return not (template.empty & {w for w, kinds in wanted.items() if not _lists(kinds)})


def _lists(kinds: frozenset[Kind]) -> bool:
    return any(_is_list(kind) for kind in kinds)


def _is_list(kind: Kind | None) -> bool:
    return kind in (Kind.TEXTS, Kind.NUMBERS, Kind.OBJECTS)


def numbers(block: Block, some: Stretches) -> pa.Array:
    """Return numbers as float64."""
    return texts(block.text, some).cast(pa.float64())


def times(block: Block, some: Stretches, kind: Kind) -> tuple[Times, Mask]:
    """Return times as epoch seconds, and which of them can be told here.

    Epoch numbers are told by size: below 1e11 seconds, then milli-, micro- and nanoseconds.
    """
    if kind is Kind.NUMBER:
        found = numbers(block, some).to_numpy()
        large = found >= _SCALES[-1][0]
        if large.any():
            found = found.copy()
            least, by = zip(*_SCALES, strict=True)
            found[large] /= np.select([found[large] >= limit for limit in least], by)
        return found, (found > 0) & (found < TIME_LIMIT)
    return _calendar(block, some)


def _calendar(block: Block, some: Stretches) -> tuple[Times, Mask]:
    rest = Stretches(np.minimum(some.starts + _STAMP, some.ends), some.ends)
    known = equals(block.words, rest, _UTC[0]) | equals(block.words, rest, _UTC[1])
    known &= block.octets[some.starts + len("2026-11-24")] == ord("T")
    known &= block.octets[some.starts + len("2026-11-24T08:00:00")] == ord(".")
    found = np.zeros(len(known))
    stamps = Stretches(some.starts[known], some.starts[known] + _STAMP)
    try:
        micros = texts(block.text, stamps).cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # one of them is no time: the engine tells which
        return found, np.zeros(len(known), bool)
    found[known] = micros / 1e6
    return found, known & (found > 0) & (found < TIME_LIMIT)


def listed(block: Block, items: Items, where: Stretches) -> pa.StringArray:
    """Return lists of strings joined by commas: the text between them loses its quotes."""
    column = texts(block.text, where)
    _, offsets, _ = column.buffers()
    content = octets(column)
    more = 2 * (np.cumsum(items.counts) - np.arange(1, len(items.counts) + 1))
    places = np.frombuffer(offsets, np.int32)[: len(column) + 1].copy()
    places[1:] -= more.astype(np.int32)
    buffers = [None, pa.py_buffer(places), pa.py_buffer(content[content != ord('"')])]
    return pa.Array.from_buffers(pa.string(), len(column), buffers)


def usual_names(names: Stretches, column: pa.StringArray) -> Mask:
    """Tell which names need no escapes, and are no longer than any name."""
    usual: Mask = names.lengths <= NAME_LIMIT
    return usual & ~contains(column, " ") & ~contains(column, ",")


def usual_lists(column: pa.StringArray, counts: Ints) -> Mask:
    """Tell which lists of names and addresses hold nothing that needs an escape."""
    usual: Mask = lengths(column) <= NAME_LIMIT
    usual &= ~contains(column, " ")
    if np.count_nonzero(octets(column) == ord(",")) != int((counts - 1).sum()):
        usual &= pc.count_substring(column, ",").to_numpy() == counts - 1
    return usual


def contains(column: pa.StringArray, piece: str) -> Mask:
    """Tell which texts hold *piece*, of one octet."""
    if not (octets(column) == ord(piece)).any():
        return np.zeros(len(column), bool)
    return truth(pc.match_substring(column, piece))


def is_root(block: Block, names: Stretches) -> Mask:
    """Tell which names are the root's, or none."""
    root: Mask = (names.lengths == 0) | equals(block.words, names, b".")
    return root


def batch(columns: Mapping[str, pa.Array], kept: Mask) -> pa.RecordBatch | None:
    """Return the *kept* rows of *columns* in the schema ``OBSERVATION``."""
    fields = [each for each in OBSERVATION if each.name in columns]
    arrays = [columns[each.name] for each in fields]
    rows = pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
    if not kept.all():
        rows = rows.filter(pa.array(kept))
    return rows if rows.num_rows else None
