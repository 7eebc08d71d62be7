"""Names of many DNS messages walked together, label by label: the cost is per label, not per name.

All messages lie in one run of octets. A walk goes through the labels that are written out, up to
the root or a compression pointer (RFC 1035 section 4.1.4), and notes where labels begin: a pointer
is followed only to such a place, so it leads backwards, into the same message, and to a name. All
that is not so is left to ``wire``, which reads one message at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fluxhound.sources.octets import Octets

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Octets that must follow the last message, whatever they are: reads are bounded by it.
PAD = 512
#: Labels of a name that is read here: 34 are those of an IPv6 address that is looked up backwards.
LABELS = 40
POINTER = 0xC0
DOT = ord(".")
_LONGEST = 63  # octets of a label (RFC 1035 section 2.3.4)


def padded(octets: bytes) -> Octets:
    """Return *octets* with room behind them."""
    return np.frombuffer(octets + bytes(PAD), np.uint8)


class Walk(NamedTuple):
    """Where the labels of names end."""

    stop: Ints  # place of the root or of the pointer
    suffix: Ints  # where the pointer leads; -1 where there is none
    behind: Ints  # place behind the name
    sound: Mask


class Labels:
    """Octets of messages, and the same with a dot in place of each length before a label.

    An octet that is a dot itself, and would have to be escaped, is 0 there.
    """

    def __init__(self, octets: Octets) -> None:
        """Take *octets*, of which the last ``PAD`` belong to no message."""
        self.octets = octets
        self.dotted = octets * (octets != DOT)

    def walk(self, at: Ints, base: Ints, limit: Ints, *, note: bool = True) -> Walk:
        """Walk the names at the places *at* of messages that begin at *base* and end at *limit*.

        With *note* the labels may be pointed to from then on.
        """
        stop, sound = self._stops(at, limit, note=note)
        last = self.octets[stop]
        suffix, behind = np.full(len(at), -1), stop + 1
        if last.any():
            pointing = last >= POINTER
            target = self.target(stop, base)
            suffix[pointing] = target[pointing]
            behind += pointing
            sound &= (last == 0) | (pointing & self.leads(target, at))
            if note:
                self.dotted[stop[pointing]] = DOT  # which parts it from what the pointer leads to
        sound &= behind <= limit
        return Walk(stop, suffix, behind, sound)

    def target(self, at: Ints, base: Ints) -> Ints:
        """Return where the pointers at the places *at* lead."""
        high = (self.octets[at] & 0x3F).astype(np.int64)
        return base + (high << 8 | self.octets[at + 1])

    def leads(self, target: Ints, before: Ints) -> Mask:
        """Tell which of the places *target* are labels noted and are *before* others."""
        place = np.minimum(target, before)
        label = self.octets[place] - np.uint8(1) < _LONGEST
        found: Mask = (target < before) & label & (self.dotted[place] == DOT)
        return found

    def _stops(self, at: Ints, limit: Ints, *, note: bool) -> tuple[Ints, Mask]:
        """Return the places of the first octets that begin no label."""
        stop, sound = at.copy(), at < limit
        here = at
        going: Ints | None = None  # all
        if not sound.all():
            going = np.flatnonzero(sound)
            here, limit = at[going], limit[going]
        for _ in range(LABELS + 1):
            size = self.octets[here]
            moving = size - np.uint8(1) < _LONGEST
            if not moving.all():
                stop[slice(None) if going is None else going] = here
                rest = np.flatnonzero(moving)
                going = rest if going is None else going[rest]
                here, size = here[rest], size[rest]
                limit = limit[rest]
            if not len(here):
                return stop, sound
            if note:
                self.dotted[here] = DOT
            here = here + size + 1
            over = here >= limit
            if over.any():
                lost = np.flatnonzero(over)
                sound[lost if going is None else going[lost]] = False
                rest = np.flatnonzero(~over)
                going = rest if going is None else going[rest]
                here, limit = here[rest], limit[rest]
        sound[slice(None) if going is None else going] = False
        return stop, sound
