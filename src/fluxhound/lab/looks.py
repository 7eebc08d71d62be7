"""Several looks at the same traffic as it grows: when an alert comes, and how often in error.

An analyst who looks every hour has 24 chances a day of a false finding; so false findings are
counted over all looks together. A look comes at a fixed time, so delays are rounded up to the next
one: they are upper bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.metrics import Counts, Mask, Reals, Share, share
from fluxhound.lab.rates import Shares, labels, shares
from fluxhound.lab.survival import Survival, survival
from fluxhound.lab.units import masked, numbers, words

#: Minutes after the beginning of a simulated day. Chosen, not measured: dense where fast flux
#: should be found, and the whole day.
MINUTES = (10, 20, 30, 60, 120, 360, 1440)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """Every unit of one run over all looks; rows as in the last look."""

    minutes: tuple[float, ...]
    flux: Mask
    archetype: np.ndarray[tuple[int], np.dtype[np.object_]]
    #: Index of the first look that alerts, and that suspects or alerts; -1 without.
    first_alert: Counts
    first_suspect: Counts
    #: Minutes from the first answer to the first look that alerts or, without, to the last look.
    delay: Reals
    #: Refreshes seen by then.
    refreshes: Reals
    #: By the truth: seconds between two answers; and responses seen until the last look.
    rotation_s: Reals
    responses: Reals

    @property
    def ever(self) -> Mask:
        """Tell which units alerted in any look."""
        return self.first_alert >= 0

    @property
    def false(self) -> Share:
        """Return how many benign units alerted in any look."""
        return share(self.ever, ~self.flux)

    @property
    def false_by_archetype(self) -> Shares:
        """Return the same for each kind."""
        return shares(self.archetype, self.ever, ~self.flux)

    def found(self, minutes: float) -> Shares:
        """Return for each kind of flux how many units had alerted by a look."""
        number = self.minutes.index(minutes)
        by_then = self.ever & (self.first_alert <= number)
        return shares(self.archetype, by_then, self.flux)

    def in_minutes(self, among: Mask | None = None) -> Survival:
        """Return the delay in minutes of flux (of those *among*)."""
        return self._survival(self.delay, among)

    def in_refreshes(self, among: Mask | None = None) -> Survival:
        """Return the delay in refreshes of flux (of those *among*)."""
        return self._survival(self.refreshes, among)

    def by_archetype(self) -> dict[str, tuple[Survival, Survival]]:
        """Return for each kind of flux the delays in minutes and in refreshes."""
        kinds = labels(self.archetype, self.flux)
        masks = {kind: self.archetype == kind for kind in kinds}
        return {k: (self.in_minutes(m), self.in_refreshes(m)) for k, m in masks.items()}

    def fast(self, archetype: str, *, low_s: float, high_s: float, closely: bool = False) -> Mask:
        """Tell what has an archetype and a rotation between two times.

        *closely*: only where at least as many responses were seen as there were rotations.
        """
        chosen: Mask = (self.rotation_s >= low_s) & (self.rotation_s <= high_s)
        chosen &= self.archetype == archetype
        if closely:
            seconds = 60 * self.minutes[-1]
            chosen &= self.responses * self.rotation_s >= seconds  # false where either is NaN
        return chosen

    def _survival(self, times: Reals, among: Mask | None) -> Survival:
        chosen = self.flux if among is None else self.flux & among
        return survival(times[chosen], self.ever[chosen])


def looks(units: Mapping[float, pa.Table], *, start: float = 0.0) -> Looks:
    """Join the looks at one run: minutes after *start* (epoch seconds) -> its units.

    Domains that a short look does not know were silent in it.
    """
    minutes = tuple(sorted(units))
    last = units[minutes[-1]]
    names = last.column("registered_domain")
    aligned = [_aligned(units[m], names) for m in minutes]
    alerts = np.stack([masked(table, "alert") for table in aligned])
    suspects = alerts | np.stack([masked(table, "suspect") for table in aligned])
    refreshes = np.nan_to_num(np.stack([numbers(table, "refreshes") for table in aligned]))
    first = _first(alerts)
    ended = np.where(first >= 0, first, len(minutes) - 1)
    seen = np.fmin.reduce([numbers(table, "first_seen") for table in aligned])
    begun = np.nan_to_num(np.maximum(seen - start, 0.0))
    return Looks(
        minutes=minutes,
        flux=masked(last, "flux"),
        archetype=words(last, "archetype"),
        first_alert=first,
        first_suspect=_first(suspects),
        delay=np.maximum(np.array(minutes)[ended] - begun / 60, 0.0),
        refreshes=refreshes[ended, np.arange(last.num_rows)],
        rotation_s=_known(last, "rotation_s"),
        responses=_known(last, "responses"),
    )


def joined(parts: list[Looks]) -> Looks:
    """Return the looks at several runs as one; all at the same minutes."""
    if len({part.minutes for part in parts}) != 1:
        raise ValueError("Only looks at the same minutes can be joined.")
    return Looks(
        minutes=parts[0].minutes,
        flux=np.concatenate([p.flux for p in parts]),
        archetype=np.concatenate([p.archetype for p in parts]),
        first_alert=np.concatenate([p.first_alert for p in parts]),
        first_suspect=np.concatenate([p.first_suspect for p in parts]),
        delay=np.concatenate([p.delay for p in parts]),
        refreshes=np.concatenate([p.refreshes for p in parts]),
        rotation_s=np.concatenate([p.rotation_s for p in parts]),
        responses=np.concatenate([p.responses for p in parts]),
    )


def _known(units: pa.Table, column: str) -> Reals:
    known = column in units.column_names
    return numbers(units, column) if known else np.full(units.num_rows, np.nan)


def _aligned(units: pa.Table, names: pa.ChunkedArray) -> pa.Table:
    """Return the rows of *units* in the order of *names*; nulls where it has none."""
    known = units.column("registered_domain").combine_chunks()
    return units.take(pc.index_in(names.cast(known.type), value_set=known))


def _first(hits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Counts:
    """Return the first row of each column that is true, -1 without."""
    return np.where(hits.any(axis=0), hits.argmax(axis=0), -1).astype(np.int64)
