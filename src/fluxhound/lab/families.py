"""Each benign family left out of training in turn: what the model says of a kind it never saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from fluxhound.lab.metrics import Share, share
from fluxhound.lab.rates import Shares, labels, shares
from fluxhound.lab.units import masked, words


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One family left out: false findings from it, from all, and what is still found."""

    family: str
    false_of_family: Share
    false: Share
    found: Share
    found_by_archetype: Shares

    @property
    def added_per_million(self) -> float:
        """Return the false findings from this family among a million benign units of all kinds."""
        return Share(self.false_of_family.k, self.false.n).per_million[0]


def left_out(
    families: Iterable[str], judged_without: Callable[[str], pa.Table]
) -> Iterator[LeftOut]:
    """Yield one result for each family, or archetype.

    *judged_without* trains without the benign family it is given, and returns the units
    (``domain_days``) of held-out runs, that family among them, judged with that model.
    """
    for family in families:
        units = judged_without(family)
        flux, alert = masked(units, "flux"), masked(units, "alert")
        this = (words(units, "family") == family) | (words(units, "archetype") == family)
        yield LeftOut(
            family=family,
            false_of_family=share(alert, this & ~flux),
            false=share(alert, ~flux),
            found=share(alert, flux),
            found_by_archetype=shares(words(units, "archetype"), alert, flux),
        )


def benign_families(truth: pa.Table) -> list[str]:
    """Return the families of what is not flux."""
    return labels(words(truth, "family"), ~masked(truth, "flux"))
