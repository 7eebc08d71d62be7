"""Single or double flux told apart, where name servers could be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.lab.metrics import Share
from fluxhound.lab.units import DOUBLE, masked, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Flux that alerted, with addresses of name servers seen: what it is and what was said."""

    double_as_double: int
    double_as_single: int
    single_as_single: int
    single_as_double: int

    @property
    def right(self) -> Share:
        """Return how many were told right."""
        right = self.double_as_double + self.single_as_single
        return Share(right, right + self.double_as_single + self.single_as_double)

    @property
    def double(self) -> Share:
        """Return how many of the double ones were called so."""
        return Share(self.double_as_double, self.double_as_double + self.double_as_single)

    @property
    def single(self) -> Share:
        """Return how many of the single ones were called so."""
        return Share(self.single_as_single, self.single_as_single + self.single_as_double)


def confusion(units: pa.Table, *, least_refreshes: int = 0) -> Confusion:
    """Return the confusion of a table of units; units seen with fewer refreshes are left out.

    Double flux is what has that archetype, or a true ``double`` column where the truth has one.
    """
    seen = masked(units, "flux") & masked(units, "alert") & masked(units, "servers_seen")
    if least_refreshes:
        refreshes = units.column("refreshes").to_numpy()
        seen &= np.nan_to_num(refreshes) >= least_refreshes
    double = (words(units, "archetype") == DOUBLE) | masked(units, "double")
    said = masked(units, "said_double")
    return Confusion(
        double_as_double=int(np.count_nonzero(seen & double & said)),
        double_as_single=int(np.count_nonzero(seen & double & ~said)),
        single_as_single=int(np.count_nonzero(seen & ~double & ~said)),
        single_as_double=int(np.count_nonzero(seen & ~double & said)),
    )
