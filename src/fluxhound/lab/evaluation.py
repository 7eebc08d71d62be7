"""Everything that was measured, brought together from the judged units of many runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fluxhound.lab.ablation import Ablated
from fluxhound.lab.confusion import Confusion, confusion
from fluxhound.lab.families import LeftOut
from fluxhound.lab.figures import (
    Figure,
    ablation_figure,
    budget_figure,
    calibration_figure,
    delay_figure,
)
from fluxhound.lab.looks import Looks
from fluxhound.lab.metrics import Curve, Share, curve
from fluxhound.lab.price import Price
from fluxhound.lab.rates import Rates, rates
from fluxhound.lab.reliability import Reliability, by_refreshes
from fluxhound.lab.rivals import OURS, Rival, rivals
from fluxhound.lab.survival import Survival
from fluxhound.lab.units import RIVAL, masked, numbers

#: Flux that changes about every five minutes: the goal for delay is about it.
FAST = ("classic", 240.0, 360.0)
#: Kinds of flux whose delays are drawn.
DRAWN = ("classic", "double", "one-address", "regional", "low-count", "cloud")
#: Published rules whose curves are drawn.
DRAWN_RULES = ("holz_24h", "zeek_script", "stalmans_jp", "fluxbuster", "five_addresses")
SEED = 20_261_124


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What was found from one vantage point in one day, and what published rules found."""

    rates: Rates
    rivals: Mapping[str, Rival]
    confusion: Confusion
    curves: Mapping[str, Curve]

    @property
    def beaten(self) -> bool:
        """Tell whether no published rule finds more at our number of false findings."""
        ours = self.rivals[OURS].found.k
        return all(ours >= rival.at_ours.k for rival in self.rivals.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """Networks that were found, by what they hold."""

    alerting: int
    #: Alerting networks without any domain in flux, and with some of both.
    false: int
    mixed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """One evaluation; parts that were not run are empty or missing."""

    day: View
    calibration: Mapping[str, Reliability]
    networks: Networks
    #: Alerts on domains without truth.
    strays: int
    week: Rates | None = None
    looks: Looks | None = None
    #: Vantage point -> the view from there.
    views: Mapping[str, View]
    families: tuple[LeftOut, ...] = ()
    ablated: tuple[Ablated, ...] = ()
    prices: tuple[Price, ...] = ()
    notes: tuple[str, ...] = ()

    def fast(self, *, closely: bool = False) -> tuple[Survival, Survival] | None:
        """Return the delays of flux that changes every five minutes: in minutes, in refreshes."""
        if self.looks is None:
            return None
        kind, low, high = FAST
        chosen = self.looks.fast(kind, low_s=low, high_s=high, closely=closely)
        return self.looks.in_minutes(chosen), self.looks.in_refreshes(chosen)


def view(units: pa.Table, ruled: pa.Table | None = None) -> View:
    """Return what was found in a table of units, with the same dice for each call.

    *ruled* are the units of the runs with published rules, if only some had them: they are
    compared, with ours as well, on those alone.
    """
    beside = units if ruled is None else ruled
    flux = masked(beside, "flux")
    known = [n for n in DRAWN_RULES if f"{RIVAL}{n}_score" in beside.column_names]
    curves = {OURS: curve(numbers(beside, "score"), flux)}
    curves |= {n: curve(numbers(beside, f"{RIVAL}{n}_score"), flux) for n in known}
    return View(
        rates=rates(units),
        rivals=rivals(beside, dice=np.random.default_rng(SEED)),
        confusion=confusion(units),
        curves=curves,
    )


def evaluated(
    day: pa.Table,
    *,
    networks: pa.Table,
    strays: int,
    ruled: pa.Table | None = None,
    week: pa.Table | None = None,
    looks: Looks | None = None,
    views: Mapping[str, pa.Table] | None = None,
    families: Sequence[LeftOut] = (),
    ablations: Sequence[Ablated] = (),
    prices: Sequence[Price] = (),
    notes: Sequence[str] = (),
) -> Evaluation:
    """Return the evaluation of units (all runs joined) and of what was measured beside them."""
    return Evaluation(
        day=view(day, ruled),
        calibration=by_refreshes(day),
        networks=counted(networks),
        strays=strays,
        week=None if week is None else rates(week),
        looks=looks,
        views={name: view(units) for name, units in (views or {}).items()},
        families=tuple(families),
        ablated=tuple(ablations),
        prices=tuple(prices),
        notes=tuple(dict.fromkeys(notes)),
    )


def counted(networks: pa.Table) -> Networks:
    """Return how many networks alerted, and what they hold (``network_days``)."""
    alert = masked(networks, "alert")
    flux, domains = numbers(networks, "flux"), numbers(networks, "domains")
    return Networks(
        alerting=int(np.count_nonzero(alert)),
        false=int(np.count_nonzero(alert & (flux == 0))),
        mixed=int(np.count_nonzero(alert & (flux > 0) & (flux < domains))),
    )


def figures(found: Evaluation) -> list[Figure]:
    """Return the figures of what was measured."""
    drawn = [budget_figure(found.day.curves), calibration_figure(found.calibration)]
    if found.looks is not None:
        delays = {k: v for k, v in found.looks.by_archetype().items() if k in DRAWN}
        drawn.append(delay_figure({k: minutes for k, (minutes, _) in delays.items()}))
        refreshes = {k: times for k, (_, times) in delays.items()}
        drawn.append(delay_figure(refreshes, refreshes=True))
    if found.ablated:
        drawn.append(ablation_figure(found.ablated))
    return drawn


def worst(shares: Mapping[str, Share], kinds: Sequence[str]) -> tuple[str, Share] | None:
    """Return the kind with the lowest share among *kinds* that were seen."""
    seen = [(kind, shares[kind]) for kind in kinds if kind in shares and shares[kind].n]
    return min(seen, key=lambda pair: pair[1].value, default=None)
