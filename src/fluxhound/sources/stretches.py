"""Stretches of a text, many at once: compared, checked and made columns without copying lines.

A stretch is a pair of positions. Eight octets are compared at a time, as one number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.sources.jsonblock import REACH, Ints, Mask, Words

_WORD = 8
#: Masks that keep the first 0 to 8 octets of a word.
_KEPT: Words = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], np.uint64)
_EACH = 0x0101010101010101
_HIGH = np.uint64(0x80 * _EACH)
_LOW = np.uint64(0x7F * _EACH)
_ZEROS, _DOTS = np.uint64(0x30 * _EACH), np.uint64(0x2E * _EACH)
_ABOVE_NINE = np.uint64(0x76 * _EACH)
_V4_LEAST, _V4_LIMIT = len("1.1.1.1"), len("255.255.255.255")
_V6_LIMIT = 45
_OF_V6 = np.zeros(256, bool)
_OF_V6[list(b"0123456789abcdefABCDEF:.")] = True
_ZERO, _DOT = np.uint64(ord("0")), np.uint64(ord("."))
#: Digits and the point of a number that is read here; a longer one is not refused, only slow.
NUMBER_LIMIT = 24


@dataclass(frozen=True, slots=True)
class Stretches:
    """Positions of the first octet, and of the one after the last."""

    starts: Ints
    ends: Ints

    @property
    def lengths(self) -> Ints:
        """Return the number of octets of each."""
        return self.ends - self.starts

    def of(self, chosen: Mask | Ints) -> Stretches:
        """Return some of them."""
        return Stretches(self.starts[chosen], self.ends[chosen])


def number_of(text: bytes) -> tuple[np.uint64, np.uint64]:
    """Return up to eight octets as a word, and the mask of a word that they fill."""
    return np.uint64(int.from_bytes(text, "little")), _KEPT[len(text)]


def holds(source: bytes, at: Ints, text: bytes) -> Mask:
    """Tell at which positions *text* (without NUL) stands in *source*.

    The view's elements overlap; those at the positions are copied, and compared as a whole.
    """
    count = len(source) - len(text) + 1
    there = np.ndarray((count,), f"S{len(text)}", buffer=source, strides=(1,))[at]
    found: Mask = there == text
    return found


def equals(words: Words, some: Stretches, text: bytes) -> Mask:
    """Tell which stretches are *text*, of up to eight octets."""
    value, mask = number_of(text)
    found: Mask = (some.lengths == len(text)) & ((words[some.starts] & mask) == value)
    return found


def same(words: Words, left: Stretches, right: Stretches) -> Mask:
    """Tell which pairs of stretches hold the same text."""
    lengths = left.lengths
    equal: Mask = lengths == right.lengths
    at = np.flatnonzero(equal)
    offset = 0
    while len(at):
        kept = _KEPT[np.minimum(lengths[at] - offset, _WORD)]
        pair = words[left.starts[at] + offset], words[right.starts[at] + offset]
        different = ((pair[0] ^ pair[1]) & kept) != 0
        equal[at[different]] = False
        offset += _WORD
        at = at[~different & (lengths[at] > offset)]
    return equal


def are_numbers(words: Words, some: Stretches) -> Mask:
    """Tell which stretches are numbers as JSON writes them, without sign and exponent."""
    lengths = some.lengths
    sound: Mask = (lengths > 0) & (lengths <= NUMBER_LIMIT)
    longest, shortest = int(lengths.max(initial=0)), int(lengths.min(initial=_WORD))
    points = np.zeros(len(lengths), np.uint8)
    for offset in range(0, min(longest, NUMBER_LIMIT), _WORD):
        word = words[some.starts + offset if offset else some.starts]
        if shortest < offset + _WORD:  # what is after the end becomes zeros
            kept = _KEPT[np.clip(lengths - offset, 0, _WORD)]
            word = (word & kept) | (_ZEROS & ~kept)
        digit = word ^ _ZEROS
        strange = ((digit + _ABOVE_NINE) | digit) & _HIGH
        if strange.any():
            point = _marked(word, _DOTS)
            sound &= strange == point
            points += np.bitwise_count(point)
    if not longest:
        return sound
    head = words[some.starts] & np.uint64(0xFFFF)
    first, second = head & np.uint64(0xFF), head >> np.uint64(8)
    sound &= (first != _ZERO) | (lengths == 1) | (second == _DOT)
    if points.any():
        final = words[some.ends - 1] & np.uint64(0xFF)
        sound &= (points <= 1) & (first != _DOT) & (final != _DOT)
    return sound


def _marked(word: Words, each: np.uint64) -> Words:
    """Return the high bit of each octet of *word* that equals that of *each*."""
    rest = word ^ each
    return ~(((rest & _LOW) + _LOW) | rest | _LOW)


def are_truths(words: Words, some: Stretches) -> Mask:
    """Tell which stretches are true or false."""
    return equals(words, some, b"true") | equals(words, some, b"false")


def texts(source: bytes | memoryview, some: Stretches) -> pa.StringArray:
    """Return *some* stretches, which stand in order in ASCII text, as a column."""
    count = len(some.starts)
    if not count:
        return pa.array([], pa.string())
    offsets = np.empty(2 * count, np.int32)
    offsets[0::2] = some.starts
    offsets[1::2] = some.ends
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(source)]
    both = pa.Array.from_buffers(pa.string(), 2 * count - 1, buffers)
    return both.take(pa.array(np.arange(0, 2 * count - 1, 2)))


def padded(column: pa.StringArray) -> tuple[bytes, Ints]:
    """Return the text of a column without nulls with room to look beyond it, and its offsets."""
    _, offsets, content = column.buffers()
    places = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    text = memoryview(content)[places[0] : places[-1]] if content is not None else b""
    return bytes(text) + b"\0" * REACH, (places - places[0]).astype(np.int64)


def are_addresses(words: Words, some: Stretches) -> Mask:
    """Tell which stretches are IPv4 addresses in dotted decimal form (four numbers up to 255).

    Sixteen octets are looked at one after the other, in all stretches at once.
    """
    lengths = some.lengths
    count = len(lengths)
    sound: Mask = (lengths >= _V4_LEAST) & (lengths <= _V4_LIMIT)
    size = np.clip(lengths, 0, 2 * _WORD).astype(np.uint8)
    value, digits = np.zeros(count, np.uint16), np.zeros(count, np.uint8)
    dots = np.zeros(count, np.uint8)
    for at, octet in enumerate(_columns(words, some)):
        inside = size > at
        digit = octet - np.uint8(ord("0"))
        numeric = (digit < 10) & inside  # noqa: PLR2004 - decimal
        dot = (octet == ord(".")) & inside
        sound &= numeric | dot | ~inside
        sound &= ~(numeric & (digits > 0) & (value == 0)) & ~(dot & (digits == 0))
        value = np.where(numeric, value * np.uint16(10) + digit, value)
        sound &= value <= 255  # noqa: PLR2004 - of one octet
        digits += numeric
        dots += dot
        value *= ~dot
        digits *= ~dot
    sound &= (dots == 3) & (digits > 0)  # noqa: PLR2004 - between four numbers
    return sound


def are_v6(words: Words, some: Stretches) -> Mask:
    """Tell which stretches look like IPv6 addresses: hexadecimal digits, points and colons."""
    lengths = some.lengths
    sound: Mask = (lengths >= len("::")) & (lengths <= _V6_LIMIT)
    reach = _WORD * np.arange(-(-_V6_LIMIT // _WORD))
    octets = words[some.starts[:, None] + reach].view(np.uint8)
    inside = np.arange(octets.shape[1]) < lengths[:, None]
    sound &= (_OF_V6[octets] | ~inside).all(axis=1)
    sound &= ((octets == ord(":")) & inside).any(axis=1)
    return sound


def are_dotted(words: Words, some: Stretches) -> Mask:
    """Tell which stretches begin with digits and points alone, as far as eight octets go."""
    kept = _KEPT[np.minimum(some.lengths, _WORD)]
    word = (words[some.starts] & kept) | (_ZEROS & ~kept)
    digit = word ^ _ZEROS
    strange = ((digit + _ABOVE_NINE) | digit) & _HIGH
    found: Mask = strange == _marked(word, _DOTS)
    return found & (some.lengths > 0)


def _columns(words: Words, some: Stretches) -> NDArray[np.uint8]:
    pair = np.empty((2, len(some.starts)), np.uint64)
    pair[0] = words[some.starts]
    pair[1] = words[some.starts + _WORD]
    octets = pair.view(np.uint8).reshape(2, len(some.starts), _WORD)
    return np.ascontiguousarray(octets.transpose(0, 2, 1)).reshape(2 * _WORD, len(some.starts))
