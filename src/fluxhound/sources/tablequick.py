"""Tables in our own columns, quickly: distinct texts are looked at once, rows by their numbers.

A row is quick where its values have our types, its answers are names and then addresses of one
family (or names alone, of servers), and no other row may belong to its answer set.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.records import OBSERVATION
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jsonblock import Ints, Mask, words_of
from fluxhound.sources.jsonfit import cut
from fluxhound.sources.octets import truth
from fluxhound.sources.outcome import NAME_LIMIT, TIME_LIMIT, sound_ttl
from fluxhound.sources.stretches import Stretches, are_addresses, are_v6, padded

_TEXTS = ("name", "type", "answers", "client", "sensor")
_NEEDED = ("time", "name", "type", "answers")
_COUNT_LIMIT = 9e15
#: Times below which numbers are seconds.
_SECONDS_LIMIT = 1e11
#: Octets that part or mark values, and those outside printable ASCII.
_ODD = np.ones(256, bool)
_ODD[0x21:0x7F] = False
_ODD[list(b";|[\\")] = True
_COMMA = ord(",")
ODD, FOUR, SIX, NAMES = range(4)
_FAMILIES = pa.array(["", "A", "AAAA", "NS"])
_ASKED = {"A": FOUR, "AAAA": SIX, "NS": NAMES}


def is_ours(schema: pa.Schema, columns: Mapping[str, str], options: ReadOptions) -> bool:
    """Tell whether the mapped columns have the types of ours."""
    if options.time_unit is not None or not all(name in columns for name in _NEEDED):
        return False
    return all(_fits(ours, schema.field(theirs).type) for ours, theirs in columns.items())


def _fits(ours: str, kind: pa.DataType) -> bool:
    if ours in _TEXTS:
        return bool(kind == pa.string())
    wanted = OBSERVATION.field(ours).type
    return bool(kind == wanted)


class Rows:
    """Goes through the batches of one table."""

    def __init__(self, columns: Mapping[str, str], options: ReadOptions) -> None:
        """Take our column -> their column; texts come as dictionaries."""
        self._columns = columns
        self._sensor = options.sensor
        self._aggregate = bool({"time_last", "count"} & columns.keys())
        self._last = np.nan  # time of the last row before
        self._known: tuple[pa.StringArray, NDArray[np.uint8]] | None = None

    def take(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch | None, Mask]:
        """Return the observations of quick rows, and which rows those are."""
        column = {ours: batch.column(theirs) for ours, theirs in self._columns.items()}
        time = column["time"].fill_null(0.0).to_numpy()
        family = self._family(column["answers"])
        asked, sound = _asked(column["type"])
        servers = asked == NAMES
        quick = sound & (family != ODD) & (servers == (family == NAMES))
        quick &= (time > 0) & (time < min(TIME_LIMIT, _SECONDS_LIMIT)) & _named(column["name"])
        if "time_last" in column:
            last = pc.fill_null(column["time_last"], 1.0).to_numpy()
            quick &= (last > 0) & (last < min(TIME_LIMIT, _SECONDS_LIMIT))
        if not self._aggregate and len(time):
            quick &= ~(_repeated(time, column["name"]) | (time == time[-1]) | (time == self._last))
            self._last = time[-1]
        return self._observed(column, family, quick), quick

    def _family(self, column: pa.DictionaryArray) -> NDArray[np.uint8]:
        """Return the family of each row's answers; batches may share their texts."""
        texts = column.dictionary
        if self._known is None or not self._known[0].equals(texts):
            self._known = texts, np.append(families_of(texts), np.uint8(ODD))
        return self._known[1][_numbers(column)]

    def _observed(
        self, column: Mapping[str, pa.Array], family: NDArray[np.uint8], quick: Mask
    ) -> pa.RecordBatch | None:
        rows = int(np.count_nonzero(quick))
        if not rows:
            return None
        kept = None if rows == len(quick) else pa.array(quick)
        arrays: list[pa.Array] = []
        for field in OBSERVATION:
            values = self._values(field, column, family)
            arrays.append(values if kept is None else values.filter(kept))
        decoded = [a.dictionary_decode() if pa.types.is_dictionary(a.type) else a for a in arrays]
        return pa.RecordBatch.from_arrays(decoded, schema=OBSERVATION)

    def _values(
        self, field: pa.Field, column: Mapping[str, pa.Array], family: NDArray[np.uint8]
    ) -> pa.Array:
        if field.name == "type":
            return pa.DictionaryArray.from_arrays(pa.array(family.astype(np.int8)), _FAMILIES)
        if field.name == "sensor" and self._sensor is not None:
            return pa.repeat(pa.scalar(self._sensor), len(family))
        if field.name not in column:
            return pa.nulls(len(family), field.type)
        if field.name == "ttl":
            return sound_ttl(column["ttl"].cast(pa.float64(), safe=False))
        if field.name == "count":
            counts = column["count"].cast(pa.float64(), safe=False)
            sound = pc.and_(pc.greater_equal(counts, 1.0), pc.less(counts, _COUNT_LIMIT))
            return pc.if_else(sound, column["count"], None)
        return column[field.name]


def _numbers(column: pa.DictionaryArray) -> Ints:
    """Return the number of each row's text; that after the last for null."""
    missing = len(column.dictionary)
    return np.asarray(pc.fill_null(column.indices.cast(pa.int64()), missing))


def _asked(column: pa.DictionaryArray) -> tuple[NDArray[np.uint8], Mask]:
    known = [_ASKED.get(text, ODD) for text in column.dictionary.to_pylist()]
    asked = np.array([*known, ODD], np.uint8)[_numbers(column)]
    return asked, asked != ODD


def _named(column: pa.DictionaryArray) -> Mask:
    """Tell which rows have a name that is not the root's and needs no care."""
    names = column.dictionary
    text, offsets = padded(names)
    lengths = np.diff(offsets)
    usual = (lengths > 0) & (lengths <= NAME_LIMIT)
    content = np.frombuffer(text, np.uint8)[: int(offsets[-1])]
    usual[_texts_with(_ODD[content] | (content == _COMMA), offsets)] = False
    usual &= ~truth(pc.fill_null(pc.equal(names, "."), True))
    return np.append(usual, False)[_numbers(column)]


def _texts_with(marked: Mask, offsets: Ints) -> Ints:
    """Return the numbers of the texts in which an octet is marked."""
    return np.searchsorted(offsets, np.flatnonzero(marked), "right") - 1


def _repeated(time: NDArray[np.float64], names: pa.DictionaryArray) -> Mask:
    """Tell which rows may share time and name with another: as a sum that is the same."""
    with np.errstate(over="ignore"):
        sums = time.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        sums ^= _numbers(names).astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    order = np.sort(sums)
    twice = order[1:][order[1:] == order[:-1]]
    return np.isin(sums, twice) if len(twice) else np.zeros(len(time), bool)


def families_of(texts: pa.StringArray) -> NDArray[np.uint8]:
    """Return which family each text of answers is of."""
    text, offsets = padded(texts)
    count = len(texts)
    if not count or texts.null_count:
        return np.zeros(count, np.uint8)
    content = np.frombuffer(text, np.uint8)[: int(offsets[-1])]
    commas = np.flatnonzero(content == _COMMA)
    counts = np.bincount(np.searchsorted(offsets, commas, "right") - 1, minlength=count) + 1
    pieces = cut(Stretches(offsets[:-1], offsets[1:]), counts, commas, commas + 1)
    words, firsts = words_of(text), np.cumsum(counts) - counts
    four = are_addresses(words, pieces)
    six = np.zeros(len(four), bool)
    others = np.flatnonzero(~four)
    six[others] = are_v6(words, pieces.of(others))
    name = ~four & ~six
    odd = pieces.lengths == 0
    late = name.copy()  # a name after an address
    late[1:] &= ~name[:-1]
    late[firsts] = False
    any_four, any_six, any_odd = (
        np.logical_or.reduceat(m, firsts) for m in (four, six, odd | late)
    )
    family = np.select([any_four & any_six, any_four, any_six], [ODD, FOUR, SIX], NAMES)
    family[any_odd | (np.diff(offsets) > NAME_LIMIT)] = ODD
    family[_texts_with(_ODD[content], offsets)] = ODD
    return family.astype(np.uint8)
