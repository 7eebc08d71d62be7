"""When a finding was where on its way to an alert, in the log of those who ask for all of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.records import Finding
from fluxhound.sharing.escape import printable

log = logging.getLogger(__name__)

Keys = NDArray[np.uint64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hops:
    """One look, in monotonic seconds; an element of the arrays for each domain looked at."""

    domains: Keys
    taken: Reals  # when the first answer that no look had seen was taken
    free: float  # when the look before ended
    began: float
    judged: float

    def tell(self, findings: Sequence[Finding], keys_of: Callable[[pa.Array], Keys]) -> None:
        """Log the way of each domain of *findings*, if anybody reads that."""
        if not log.isEnabledFor(logging.DEBUG):
            return
        names = sorted({each.registered_domain for each in findings if each.finding} - {""})
        taken = dict(zip(self.domains.tolist(), self.taken.tolist(), strict=True))
        for name, key in zip(names, keys_of(pa.array(names, pa.string())).tolist(), strict=True):
            log.debug(
                "told %s: taken %.3f free %.3f began %.3f judged %.3f",
                printable(name),
                taken.get(key, self.began),
                self.free,
                self.began,
                self.judged,
            )


def tell_noted(things: Iterable[str], at: float) -> None:
    """Log that alerts about *things* stood in the outbox *at* this time, monotonic seconds."""
    if log.isEnabledFor(logging.DEBUG):
        for thing in things:
            log.debug("noted %s: %.3f", printable(thing), at)
