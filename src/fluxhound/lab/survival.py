"""How long until an alert, where some units never alert while they are watched."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fluxhound.lab.metrics import Counts, Mask, Reals


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """The share that has not alerted yet, after each moment at which some did."""

    times: Reals
    silent: Reals
    #: Units still watched and silent just before each time, and how many of them alerted then.
    watched: Counts
    alerted: Counts
    #: All units, those that never alerted as well.
    units: int

    def at(self, time: float) -> float:
        """Return the share that has alerted by *time*."""
        place = int(np.searchsorted(self.times, time, side="right"))
        return 1.0 - (float(self.silent[place - 1]) if place else 1.0)

    def quantile(self, part: float = 0.5) -> float:
        """Return when *part* of the units had alerted; infinite if that was never reached."""
        reached = np.flatnonzero(self.silent <= 1 - part + 1e-12)
        return float(self.times[reached[0]]) if len(reached) else math.inf

    @property
    def median(self) -> float:
        """Return when half of the units had alerted."""
        return self.quantile(0.5)


def survival(times: Reals, alerted: Mask) -> Survival:
    """Return the product-limit estimate (Kaplan and Meier, JASA 1958, section 3).

    *times* are when a unit alerted or, if it did not, how long it was watched in silence; a unit
    that stopped being watched at a time counts as watched at it. Times that are NaN are left out.
    """
    known = ~np.isnan(times)
    moments, place = np.unique(times[known], return_inverse=True)
    alerts = np.bincount(place[alerted[known]], minlength=len(moments))
    leaving = np.bincount(place, minlength=len(moments))
    watched = leaving[::-1].cumsum()[::-1]
    silent = np.cumprod(1.0 - alerts / np.maximum(watched, 1))
    some = alerts > 0
    return Survival(
        times=moments[some].astype(np.float64),
        silent=silent[some],
        watched=watched[some].astype(np.int64),
        alerted=alerts[some].astype(np.int64),
        units=int(np.count_nonzero(known)),
    )
