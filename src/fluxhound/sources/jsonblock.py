"""Lines of JSON as one array of octets: where the lines and the quotes are.

What stands between two quotes is found by counting, for a whole block of lines at once. That holds
only for lines without escapes; the others, and those that hold anything but printable ASCII, are
not ``eligible``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]

#: Octets that may be looked at beyond a position: lines that end nearer to the end are not
#: eligible. The longest fixed text of a template and two words fit.
REACH = 512
_QUOTE, _NEWLINE, _BACKSLASH, _SPACE, _LAST = 0x22, 0x0A, 0x5C, 0x20, 0x7E


class Block:
    """Whole lines of text, and the positions in them."""

    def __init__(self, text: bytes) -> None:
        """Find the lines and the quotes of *text*."""
        self.text = text
        self.octets = np.frombuffer(text, np.uint8)
        self.words = words_of(text)
        self.ends: Ints = np.flatnonzero(self.octets == _NEWLINE)
        self.starts: Ints = np.concatenate((_ZERO, self.ends + 1))[: len(self.ends)]
        self.quotes: Ints = np.flatnonzero(self.octets == _QUOTE)
        bounds = np.searchsorted(self.quotes, np.append(self.starts, self.ends[-1:]))
        self.first: Ints = bounds[:-1]  # number of a line's first quote
        self.counts: Ints = np.diff(bounds)
        self.eligible: Ints = np.flatnonzero(self._usual())

    def __len__(self) -> int:
        """Return the number of lines that have an end."""
        return len(self.ends)

    def line(self, number: int) -> bytes:
        """Return one line without its end."""
        return self.text[int(self.starts[number]) : int(self.ends[number])]

    def _usual(self) -> Mask:
        """Tell which lines hold printable ASCII only, and no backslash."""
        usual: Mask = self.ends < len(self.text) - REACH
        if b"\\" in self.text or not self._printable():
            odd = (self.octets < _SPACE) & (self.octets != _NEWLINE)
            odd |= (self.octets == _BACKSLASH) | (self.octets > _LAST)
            lines = np.searchsorted(self.ends, np.flatnonzero(odd))
            usual[lines[lines < len(usual)]] = False
        return usual

    def _printable(self) -> bool:
        if int(self.octets.max(initial=0)) > _LAST:
            return False
        return int(np.count_nonzero(self.octets < _SPACE)) == len(self.ends)


_ZERO = np.zeros(1, np.int64)


def words_of(text: bytes | memoryview) -> Words:
    """Return the eight octets from each position on, as a number: the first is the lowest.

    The array is a view, and its elements overlap.
    """
    count = max(len(text) - 7, 0)
    return np.ndarray((count,), "<u8", buffer=text, strides=(1,)) if count else np.empty(0, "<u8")
