"""Hashes of names and of all their endings, in columns.

A polynomial over the bytes, modulo 2^64: the hash of every ending of a name is a difference of two
running sums. The base is drawn at random, so that nobody can write feeds or names that collide;
and what collides is told apart by its text anyway.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

#: Bytes of names that are hashed at once: what they need stays near the processor. Chosen.
CHUNK_BYTES = 1 << 19
#: Longer texts are no names; they have no hash here.
LONGEST = 1 << 14

_DOT, _BACKSLASH = ord("."), ord("\\")
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Texts:
    """A string column as bytes: text number i is ``octets[starts[i]:ends[i]]``."""

    octets: npt.NDArray[np.uint8]
    starts: Places
    ends: Places

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.starts)


def texts_of(column: pa.Array) -> Texts:
    """Return a string column without its nulls' content; nothing is copied but the offsets."""
    array = column.cast(pa.string()) if column.type != pa.string() else column
    if array.null_count:
        array = array.fill_null("")
    _, offsets, content = array.buffers()
    if not len(array) or offsets is None:
        none = np.zeros(0, dtype=np.int64)
        return Texts(np.zeros(0, dtype=np.uint8), none, none)
    bounds = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    octets = np.frombuffer(content, dtype=np.uint8) if content else np.zeros(0, dtype=np.uint8)
    wide = bounds.astype(np.int64)
    return Texts(octets, wide[:-1], wide[1:])


@dataclass(frozen=True, slots=True)
class Endings:
    """Endings of names: whose they are (a row), where they start and end, and their hash."""

    row: Places
    start: Places
    end: Places
    hash: Numbers
    whole: npt.NDArray[np.bool_]  # the name itself


class Hasher:
    """Hashes with one base; hashes of different bases do not compare."""

    def __init__(self, base: int | None = None) -> None:
        """Take *base* (made odd), or draw one."""
        self._base = (secrets.randbits(64) if base is None else base) | 1
        inverse = pow(self._base, -1, 1 << 64)
        size = CHUNK_BYTES + LONGEST + 1
        self._powers = _powers(self._base, size)
        self._inverses = _powers(inverse, size)

    def endings(self, texts: Texts) -> Iterator[Endings]:
        """Yield the endings of *texts*, a bounded number at once, in order of rows."""
        for first, last in _chunks(texts):
            yield self._endings(texts, first, last)

    def wholes(self, texts: Texts) -> Numbers:
        """Return the hash of each whole text."""
        parts = []
        for first, last in _chunks(texts):
            sums, base = self._sums(texts, first, last)
            starts, ends = texts.starts[first:last] - base, texts.ends[first:last] - base
            parts.append(self._hashes(sums, starts, _bounded(starts, ends)))
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)

    def _endings(self, texts: Texts, first: int, last: int) -> Endings:
        sums, base = self._sums(texts, first, last)
        starts, ends = texts.starts[first:last] - base, texts.ends[first:last] - base
        limit = len(sums) - 1
        dots = _dots(texts.octets[base : base + limit])
        # Texts of a column stand one behind the other: every byte has its row.
        lengths = np.minimum(ends, limit) - np.minimum(starts, limit)
        owner = np.repeat(np.arange(len(starts)), lengths)[dots]
        inside = dots + 1 < ends[owner]
        owner, places = owner[inside], dots[inside] + 1
        row = np.concatenate([np.arange(len(starts)), owner])
        start = np.concatenate([starts, places])
        end = ends[row]
        whole = np.zeros(len(row), dtype=np.bool_)
        whole[: len(starts)] = True
        found = self._hashes(sums, start, _bounded(start, end))
        return Endings(row + first, start + base, end + base, found, whole)

    def _sums(self, texts: Texts, first: int, last: int) -> tuple[Numbers, int]:
        """Return running sums over the bytes of some texts, and where these begin."""
        base = int(texts.starts[first])
        end = min(int(texts.ends[last - 1]), base + CHUNK_BYTES + LONGEST)
        octets = texts.octets[base:end].astype(np.uint64) + np.uint64(1)
        sums = np.zeros(len(octets) + 1, dtype=np.uint64)
        np.cumsum(octets * self._powers[: len(octets)], out=sums[1:])
        return sums, base

    def _hashes(self, sums: Numbers, starts: Places, ends: Places) -> Numbers:
        limit = len(sums) - 1
        starts, ends = np.minimum(starts, limit), np.minimum(ends, limit)
        return mixed((sums[ends] - sums[starts]) * self._inverses[starts])


def mixed(numbers: Numbers) -> Numbers:
    """Return *numbers* with every bit depending on all (the finish of SplitMix64, Steele 2014)."""
    x = numbers ^ (numbers >> np.uint64(30))
    x = x * np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    mixed_up: Numbers = x ^ (x >> np.uint64(31))
    return mixed_up


def _powers(base: int, size: int) -> Numbers:
    factors = np.full(size, base & _MASK, dtype=np.uint64)
    factors[0] = 1
    powers: Numbers = np.cumprod(factors)
    return powers


def _bounded(starts: Places, ends: Places) -> Places:
    bounded: Places = np.minimum(ends, starts + LONGEST)
    return bounded


def _chunks(texts: Texts) -> Iterator[tuple[int, int]]:
    """Yield stretches of rows whose bytes lie within a chunk, at least one row each."""
    first = 0
    while first < len(texts):
        limit = texts.starts[first] + CHUNK_BYTES
        last = int(np.searchsorted(texts.ends, limit, side="right"))
        last = min(max(last, first + 1), first + CHUNK_BYTES)
        yield first, last
        first = last


def _dots(octets: npt.NDArray[np.uint8]) -> Places:
    """Return where labels end: dots that are not escaped (RFC 1035 section 5.1)."""
    dots = np.flatnonzero(octets == _DOT)
    if not len(dots) or not (octets == _BACKSLASH).any():
        return dots
    before = np.where(dots > 0, octets[dots - 1], 0)
    escaped = [at for at in np.flatnonzero(before == _BACKSLASH) if _is_escaped(octets, dots[at])]
    return np.delete(dots, escaped)


def _is_escaped(octets: npt.NDArray[np.uint8], dot: np.int64) -> bool:
    """Tell whether an odd number of backslashes stands before a dot."""
    place = int(dot)
    while place > 0 and octets[place - 1] == _BACKSLASH:
        place -= 1
    return (int(dot) - place) % 2 == 1
