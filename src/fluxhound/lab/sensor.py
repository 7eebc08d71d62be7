"""What a sensor writes down: rows of a log, or aggregates of passive DNS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import Flags, Ints, below, key, mix, unit
from fluxhound.lab.queries import MICROSECONDS
from fluxhound.lab.vantage import Vantage

#: Types of rows by number.
A, AAAA, NS = range(3)
_TYPES = pa.array(["A", "AAAA", "NS"], pa.string())
_COLUMNS = ("time", "name", "kind", "answer", "ttl", "client", "resolver")


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows of one chunk, in columns: texts by number, for grouping and for writing."""

    time: Ints  # microseconds since the beginning of the run
    name: Ints  # place in names
    names: pa.StringArray
    kind: Ints  # A, AAAA or NS
    answer: Ints  # place in answers
    answers: pa.StringArray
    ttl: Ints
    client: Ints  # or -1: the resolver itself
    resolver: Ints

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time)

    def at(self, rows: Ints) -> Seen:
        """Return some of the rows."""
        few = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return Seen(names=self.names, answers=self.answers, **few)


def lossy(seen: Seen, vantage: Vantage, seed: int) -> Seen:
    """Return what is left when the sensor misses records at random."""
    if vantage.loss <= 0:
        return seen
    h = mix(seed, key("loss"), seen.time, seen.name, seen.resolver, seen.kind)
    return seen.at(np.flatnonzero(unit(h) >= vantage.loss))


def logged(seen: Seen, start: float, vantage: Vantage, seed: int) -> dict[str, pa.Array]:
    """Return the columns of a log, one row for each response."""
    names = seen.names.take(pa.array(seen.name))
    if vantage.mixed_case_share > 0:
        h = mix(seed, key("mixed case"), seen.time, seen.name)
        names = mixed_case(names, unit(h) < vantage.mixed_case_share, seed)
    sensors = vantage.sensor_texts().take(pa.array(seen.resolver))
    known = seen.client >= 0
    clients = vantage.client_texts(np.where(known, seen.client, 0))
    return {
        "time": pa.array(_epoch(seen.time, start)),
        "name": names,
        "type": _TYPES.take(pa.array(seen.kind)),
        "answers": seen.answers.take(pa.array(seen.answer)),
        "ttl": pa.array(seen.ttl),
        "client": pc.if_else(pa.array(known), clients, sensors),
        "sensor": sensors,
    }


def aggregated(seen: Seen, start: float) -> dict[str, pa.Array]:
    """Return the columns of passive DNS, one row for each name, type and answer set."""
    same = (seen.name * (NS + 1) + seen.kind) * max(len(seen.answers), 1) + seen.answer
    group, one, index, count = np.unique(
        same, return_index=True, return_inverse=True, return_counts=True
    )
    first = np.full(len(group), np.iinfo(np.int64).max)
    last = np.zeros(len(group), dtype=np.int64)
    np.minimum.at(first, index, seen.time)
    np.maximum.at(last, index, seen.time)
    return {
        "time": pa.array(_epoch(first, start)),
        "name": seen.names.take(pa.array(seen.name[one])),
        "type": _TYPES.take(pa.array(seen.kind[one])),
        "answers": seen.answers.take(pa.array(seen.answer[one])),
        "time_last": pa.array(_epoch(last, start)),
        "count": pa.array(count.astype(np.int64)),
    }


def _epoch(microseconds: Ints, start: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(start + microseconds / MICROSECONDS, dtype=np.float64)


def mixed_case(names: pa.StringArray, chosen: Flags, seed: int) -> pa.StringArray:
    """Return the names, the *chosen* ones in random case (draft-vixie-dnsext-dns0x20)."""
    where = np.flatnonzero(chosen)
    if not len(where):
        return names
    few = names.take(pa.array(where))
    _, offsets, octets = few.buffers()
    text = np.frombuffer(octets, np.uint8).copy()
    letter = ((text | 32) >= ord("a")) & ((text | 32) <= ord("z"))
    flips = below(mix(seed, key("0x20"), np.arange(len(text))), 2).astype(np.uint8) << 5
    text ^= np.where(letter, flips, 0).astype(np.uint8)
    few = pa.StringArray.from_buffers(len(few), offsets, pa.py_buffer(text.tobytes()))
    place = np.arange(len(names))
    place[where] = len(names) + np.arange(len(where))
    return pa.concat_arrays([names, few]).take(pa.array(place))
