"""What evasion costs: how much flux is kept by who stays unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.lab.evasion import Evasion, Point
from fluxhound.lab.metrics import Reals, Share, share
from fluxhound.lab.units import masked, numbers

DAY_S = 86_400
#: Below this recall an evader counts as unseen: it is more often missed than found.
UNSEEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One point of a grid: what was found of it, and the flux that it keeps."""

    label: str
    found: Share
    found_or_suspected: Share
    #: Medians over domains: addresses that serve a domain in a day, seconds between answers.
    addresses_per_day: float
    rotation_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One evasion, all its points."""

    evasion: Evasion
    tried: tuple[Tried, ...]

    @property
    def unseen(self) -> Tried | None:
        """Return the point with the most addresses a day among those without an alert."""
        return _most([t for t in self.tried if t.found.n and t.found.value < UNSEEN])

    @property
    def unsuspected(self) -> Tried | None:
        """Return the point with the most addresses a day among those not even suspected."""
        silent = [t for t in self.tried if t.found.n and t.found_or_suspected.value < UNSEEN]
        return _most(silent)

    @property
    def most(self) -> Tried | None:
        """Return the point with the most addresses a day of all: what evading gives up."""
        return _most(list(self.tried))


def price(evasion: Evasion, judged_at: Callable[[Evasion, Point], pa.Table]) -> Price:
    """Try every point; *judged_at* returns its judged units, of which only flux counts."""
    return Price(
        evasion=evasion,
        tried=tuple(tried(point.label, judged_at(evasion, point)) for point in evasion.points),
    )


def tried(label: str, units: pa.Table) -> Tried:
    """Return what was found at one point."""
    flux = masked(units, "flux")
    alert, suspect = masked(units, "alert"), masked(units, "suspect")
    return Tried(
        label=label,
        found=share(alert, flux),
        found_or_suspected=share(alert | suspect, flux),
        addresses_per_day=_median(addresses_per_day(units)[flux]),
        rotation_s=_median(numbers(units, "rotation_s")[flux]),
    )


def addresses_per_day(units: pa.Table) -> Reals:
    """Return how many different addresses serve each domain in a day, by its truth.

    m answers of k out of N live hosts show N (1 - (1 - k/N)^m) of them; of the hosts that are
    replaced in a day the same share is shown. m is a day by the seconds between two answers, or
    the queries where each is answered anew.
    """
    live = np.maximum(numbers(units, "live"), 1.0)
    answers = np.minimum(numbers(units, "size"), live)
    rotation = numbers(units, "rotation_s")
    each = np.isnan(rotation) | (rotation <= 0)
    times = np.where(each, numbers(units, "queries"), DAY_S / np.where(each, 1.0, rotation))
    shown = 1 - (1 - answers / live) ** np.maximum(times, 1.0)
    turnover = np.nan_to_num(numbers(units, "turnover"))
    return np.asarray(live * shown * (1 + turnover), np.float64)


def _median(values: Reals) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _most(points: list[Tried]) -> Tried | None:
    return max(points, key=lambda t: t.addresses_per_day, default=None)
