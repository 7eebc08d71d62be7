"""Which registered domains are due for a look, and what looks said of them.

A domain is due when it could pass the gate and showed more than it had at the last look: by a
tenth, at least by one answer. What the screen ruled out is due again when it showed twice as much;
what is near a finding, at every change. Urgent is what may be decided by its newest answer: what is
no finding yet, suspicious, and showed something new.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fluxhound.detection.judgement import FINDING_SCORE
from fluxhound.service.breadth import Breadth

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]


class State(IntEnum):
    """What the last look said of a registered domain."""

    UNKNOWN = 0
    RULED_OUT = 1
    OPEN = 2
    NEAR = 3
    FOUND = 4


class Fill(IntEnum):
    """Whether the store holds more of a domain than the bench does."""

    NOT_NEEDED = 0
    FIRST = 1  # before it is looked at
    WANTED = 2
    DONE = 3


#: Log-odds of a finding, and how far below a domain is near it. The distance is chosen.
LINE = float(np.log(FINDING_SCORE / (1 - FINDING_SCORE)))
NEAR = 2.0
#: Suspicion from which on a domain that shows something new does not wait for others: near a
#: finding, on an address of one, or with some access lines in several networks. Chosen.
URGENT = 8.0
#: Findings, and what is near, that go with urgent ones when they are due: each makes the look
#: longer by some hundredths; a look of their own would keep the next urgent one waiting. Chosen.
RIDERS = 8
#: Growth that is worth another look.
GROWTH = 0.1
#: Seconds after which a domain near a finding is looked at again without a new answer: known ones
#: that take turns count, too. Chosen, not measured.
REPEATS_S = 5.0
#: Seconds between looks at a finding that stays what it is: doubled from one look to the next.
PAUSE_S, MOST_PAUSE_S = 2.0, 64.0


class Due(NamedTuple):
    """What is to be looked at."""

    domains: Ints
    waiting: int  # how many more are due
    others: bool  # it is the turn of those that are not urgent


class Attention:
    """Deals out looks; every time is of the clock that the caller reads."""

    def __init__(self, breadth: Breadth) -> None:
        """Read and write the columns of *breadth*."""
        self._breadth = breadth

    def due(self, now: float, most: int, *, all_: bool = True, together: bool = False) -> Due:
        """Return at most *most* domains to look at, the most suspicious first.

        Urgent ones go with few others, unless *together* with all: a look at few takes half the
        time. Without *all_* nothing is due if nothing is urgent.
        """
        of = self._breadth.domains
        able = np.flatnonzero((of["passed"] | of["hot"]) & (of["fill"] != Fill.FIRST))
        state = of["state"][able]
        grown = of["texts"][able] >= of["due_at"][able]
        rested = now - of["rested_at"][able]
        again = (state == State.NEAR) & of["heard"][able] & (rested >= REPEATS_S)
        ready = (grown | again) & ~((state == State.FOUND) & (rested < of["pause"][able]))
        waiting = able[ready]
        rank = self.suspicion(waiting)
        # What is new decides; what is told already, or only repeats itself, can wait for its turn.
        urgent = (rank >= URGENT) & grown[ready] & (state[ready] != State.FOUND)
        order = np.lexsort((-rank, ~urgent))
        pressing = int(urgent.sum())
        if pressing and not together:
            riders = order[pressing:][state[ready][order[pressing:]] >= State.NEAR][:RIDERS]
            order = np.concatenate([order[:pressing], riders])
        elif not pressing and not all_:
            order = order[:0]
        chosen = waiting[order[:most]]
        others = bool(chosen.size) and (not pressing or together)
        return Due(chosen, len(waiting) - len(chosen), others)

    def to_fill(self, most: int) -> Ints:
        """Return at most *most* domains that the store must be asked about."""
        of = self._breadth.domains
        first = (of["fill"] == Fill.FIRST) & (of["passed"] | of["hot"])
        first &= of["texts"] >= of["due_at"]
        wanted = np.flatnonzero(first | (of["fill"] == Fill.WANTED))
        return wanted[np.argsort(-self.suspicion(wanted), kind="stable")][:most]

    def filled(self, domains: Ints) -> None:
        """Note that the bench holds all of *domains*: they are worth a look with it."""
        of = self._breadth.domains
        of["fill"][domains] = Fill.DONE
        of["due_at"][domains] = 0
        of["rested_at"][domains] = 0.0

    def suspicion(self, domains: Ints) -> Reals:
        """Return how much each domain deserves a look before others."""
        of = self._breadth.domains
        state = of["state"][domains]
        networks = (of["networks"][domains] != 0).sum(axis=1)
        lines = 2.0 * np.minimum(of["lines"][domains], 5)
        new = 1.0 + networks + lines + np.minimum(of["texts"][domains], 16) / 16
        odds = np.clip(of["odds"][domains] - LINE, -9.0, 9.0)
        # What was looked at and is no finding yet deserves no less than when it was new.
        open_ = np.maximum(5.0 + odds / 2, new)
        choices = [0.0 * new, open_, 20.0 + odds, 5.0 + odds / 2]
        known = np.select([state == s for s in list(State)[1:]], choices, new)
        result: Reals = known + 8.0 * of["hot"][domains]
        return result

    def looked(
        self, domains: Ints, now: float, *, odds: Reals, found: Mask, ruled_out: Mask
    ) -> None:
        """Note what a look said of *domains*; *odds* are the best of each, NaN where not judged."""
        of = self._breadth.domains
        texts = of["texts"][domains].astype(np.int64)
        before = of["state"][domains].copy()
        judged = ~np.isnan(odds)
        state = np.select(
            [found, judged & (odds >= LINE - NEAR), judged, ruled_out],
            [State.FOUND, State.NEAR, State.OPEN, State.RULED_OUT],
            State.UNKNOWN,
        )
        grown = texts + np.maximum(1, GROWTH * texts).astype(np.int64)
        later = np.where(ruled_out & ~judged, 2 * np.maximum(texts, 1), grown)
        of["due_at"][domains] = np.where(state == State.NEAR, texts + 1, later)
        of["state"][domains] = state
        of["odds"][domains] = np.where(judged, odds, -9.0)
        same = (state == State.FOUND) & (before == State.FOUND)
        pause = np.minimum(2 * of["pause"][domains], MOST_PAUSE_S)
        of["pause"][domains] = np.where(same, pause, PAUSE_S)
        of["rested_at"][domains] = now
        of["changed_at"][domains] = 0.0
        of["hot"][domains] = False
        of["heard"][domains] = False
        fill = of["fill"][domains]
        wanted = (state >= State.OPEN) & (fill == Fill.NOT_NEEDED)
        of["fill"][domains] = np.where(wanted, Fill.WANTED, fill)
        # Their rows leave the bench: the store is asked before the next look.
        of["fill"][domains[state == State.RULED_OUT]] = Fill.FIRST

    def candidates(self) -> Ints:
        """Return the domains whose every row goes to the bench."""
        return np.flatnonzero(self._breadth.domains["state"] >= State.OPEN)
