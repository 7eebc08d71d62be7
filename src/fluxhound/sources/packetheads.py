"""Where packets begin in a block of a pcap file: many places at once, though each tells the next.

Each packet follows its head, which holds its length. To walk from one to the next costs a step of
Python each. So the walk begins at many places that look like heads, all over the block, and goes on
from all of them together. A walk counts only if the one before it arrives at its beginning: what
only looked like a head changes nothing but time.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

#: The largest packet that libpcap takes (its MAXIMUM_SNAPLEN), in bytes.
PACKET_BYTES = 262_144
#: Octets between the walks, and those in which the beginning of one is looked for: some packets of
#: Ethernet. Walks fewer than ``WALKS`` go one by one. Chosen, not measured.
STRIDE, REACH, WALKS = 16_384, 8192, 32
#: Steps of all walks together; what is left is walked alone. Chosen, not measured.
STEPS = 512
#: Places that are looked at for the beginning of one walk.
TRIES = 16

_KEPT, _LENGTH = 8, 12  # where a head holds the octets that were kept, and those on the wire


class Heads:
    """Finds the heads of one block; each takes *size* octets, in the byte *order* of ``struct``."""

    def __init__(self, octets: bytes, size: int, order: str) -> None:
        self._octets = octets
        self._size = size
        self._order = order
        self._number = struct.Struct(order + "I").unpack_from

    def find(self, at: int) -> tuple[Ints, int]:
        """Return where the heads of the whole packets from *at* on begin, and where these end."""
        starts = self._starts(at)
        if len(starts) < WALKS:
            alone, at = self._walk(at, len(self._octets))
            return np.array(alone, np.int64), at
        found, counts, ends = self._walks(np.array(starts))
        borders = [0, *np.cumsum(counts).tolist()]
        pieces: list[Ints] = []
        for number, (start, end) in enumerate(zip(starts, ends.tolist(), strict=True)):
            if start > at:
                alone, at = self._walk(at, start)
                pieces.append(np.array(alone, np.int64))
            if start == at:
                pieces.append(found[borders[number] : borders[number + 1]])
                at = end
        alone, at = self._walk(at, len(self._octets))
        pieces.append(np.array(alone, np.int64))
        return np.concatenate(pieces), at

    def _walk(self, at: int, stop: int) -> tuple[list[int], int]:
        """Walk from *at* on, as far as packets are whole, until *stop* is reached or passed."""
        octets, size, number = self._octets, self._size, self._number
        found: list[int] = []
        end = len(octets)
        while at < stop and (start := at + size) <= end:
            kept = number(octets, at + _KEPT)[0]
            if kept > PACKET_BYTES or start + kept > end:
                break
            found.append(at)
            at = start + kept
        return found, at

    def _starts(self, at: int) -> list[int]:
        """Return *at* and places behind it, in order, that look like heads."""
        place = 2 if self._order == "<" else 0  # of the upper half of the seconds
        high = self._octets[at + place : at + place + 2]
        found = [at]
        if len(high) == 2:  # noqa: PLR2004 - octets of half a number
            for first in range(at + STRIDE, len(self._octets), STRIDE):
                start = self._start(first, high, place)
                if start > found[-1]:
                    found.append(start)
        return found

    def _start(self, first: int, high: bytes, place: int) -> int:
        """Return the first place from *first* on that looks like a head; -1 if none is near.

        Its seconds begin with *high*, at that *place*, and so do those of the next packet.
        """
        octets, number = self._octets, self._number
        at = first + place
        last = len(octets) - 2 * self._size
        for _ in range(TRIES):
            at = octets.find(high, at, first + REACH)
            start = at - place
            if at < 0 or start > last:
                return -1
            kept = number(octets, start + _KEPT)[0]
            after = start + self._size + kept + place
            if kept <= number(octets, start + _LENGTH)[0] and octets[after : after + 2] == high:
                return start
            at += 1
        return -1

    def _walks(self, at: Ints) -> tuple[Ints, Ints, Ints]:
        """Walk from each place of *at* to the next; return all places, their counts, the ends."""
        numbers = np.ndarray(
            (len(self._octets) - self._size + 1,),
            self._order + "u4",
            self._octets,
            _KEPT,
            strides=(1,),
        )
        end = len(self._octets)
        stop = np.append(at[1:], end)
        last = len(numbers) - 1
        steps: list[Ints] = []
        for _ in range(STEPS):
            kept = numbers[np.minimum(at, last)].astype(np.int64)
            after = at + self._size + kept
            going = (at < stop) & (at <= last) & (kept <= PACKET_BYTES) & (after <= end)
            if not going.any():
                break
            steps.append(np.where(going, at, -1))
            at = np.where(going, after, at)
        every = np.array(steps, np.int64).reshape(len(steps), len(at)).T
        walked = every >= 0
        return every[walked], np.count_nonzero(walked, axis=1), at
