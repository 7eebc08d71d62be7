"""Harmless explanations, weighed by behaviour: how well each fits, 0 to 1, and why.

They name what is no finding, and take nothing from flux. All ramps are chosen, not measured; the
behaviour behind them is in the literature's table of archetypes (section 3.2). Lists of known
services are opinion and come later (``intel``), so that the detector can be measured without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fluxhound.records import VerdictKind

Reals = NDArray[np.float64]
Columns = Mapping[str, Reals]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One harmless explanation: its fit for every entity, and the sentence that says why."""

    verdict: VerdictKind
    fit: Callable[[Columns], Reals]
    reason: str  # may name measures in braces


def ramp(values: Reals, low: float, high: float, *, missing: float) -> Reals:
    """Return 0 at *low* and below, 1 at *high* and above, linear between; NaN gives *missing*."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.where(np.isnan(values), missing, share)


def _weakest(*conditions: Reals) -> Reals:
    """Return, for each entity, the fit of the condition that fits least."""
    result: Reals = np.minimum.reduce(conditions)
    return result


def _volunteer_pool(c: Columns) -> Reals:
    """Hosts of every kind, many operators in one answer, name servers that stay."""
    servers = c["hosting_share"] + np.nan_to_num(c["education_share"])  # volunteers rent no CDN
    kinds = ramp(servers, 0.12, 0.3, missing=0.0)
    wide = ramp(c["operators"], 4, 8, missing=0.0)
    joined = ramp(c["mixed_sets"], 0.3, 0.7, missing=0.0)
    calm = 1 - ramp(c["ns_new_per_day"], 1, 6, missing=0.0)
    return _weakest(kinds, wide, joined, calm)


def _cdn(c: Columns) -> Reals:
    """Its own networks, or caches inside providers with one site to an answer."""
    own = ramp(c["cdn_share"], 0.4, 0.8, missing=0.0)
    one_site = 1 - ramp(c["mixed_sets"], 0.05, 0.3, missing=1.0)
    by_place = 1 - ramp(c["agreement"], 0.1, 0.4, missing=0.4)
    spread = ramp(c["operators"], 2, 6, missing=0.0)
    inside = _weakest(one_site, by_place, spread)
    few = 1 - ramp(c["operators"], 3, 5, missing=1.0)
    hosted = ramp(c["hosted_share"], 0.7, 0.95, missing=0.0)
    large = ramp(c["units"], 8, 20, missing=0.0)
    return np.maximum(own, np.maximum(inside, _weakest(few, hosted, large)))


def _cloud_balancer(c: Columns) -> Reals:
    """A handful of addresses of one operator, moving slowly."""
    hosted = ramp(c["hosted_share"], 0.6, 0.9, missing=0.0)
    few_operators = 1 - ramp(c["operators"], 2, 4, missing=1.0)
    few = 1 - ramp(c["units"], 30, 60, missing=1.0)
    moving = np.where(np.nan_to_num(c["changes"]) >= 1, 1.0, 0.5)
    return _weakest(hosted, few_operators, few, moving)


def _round_robin(c: Columns) -> Reals:
    """The same set always, in whatever order, in one or two places where servers live."""
    same = (c["units"] <= c["set_largest"] + 1) & (c["set_largest"] >= 2)  # noqa: PLR2004
    still = ~(np.nan_to_num(c["new_rate"]) >= 0.1)  # noqa: PLR2004
    homes = ramp(c["eyeball_share"], 0.3, 0.6, missing=0.0) * ramp(
        c["operators"], 2, 4, missing=0.0
    )
    return np.where(same & still, 0.95, 0.0) * (1 - homes)


def _dynamic_dns(c: Columns) -> Reals:
    """One address to a name, on one line: a home behind a changing address, or many such."""
    single = 1 - ramp(c["set_size"], 1.05, 1.5, missing=1.0)
    one_operator = 1 - ramp(c["operators"], 1.5, 3, missing=0.5)
    line = ramp(c["eyeball_share"], 0.3, 0.7, missing=0.3)
    slow = 1 - ramp(c["changes"] / np.maximum(c["hours"], 1.0), 0.5, 2.0, missing=1.0)
    host = _weakest(single, one_operator, line, slow)
    own_hosts = 1 - ramp(c["reused_share"], 0.01, 0.06, missing=1.0)
    given_away = np.where(
        np.isnan(c["reused_share"]),
        0.0,
        np.minimum(own_hosts, single) * ramp(c["names"], 4, 8, missing=0.0),
    )
    return np.maximum(host, given_away)


def _static(c: Columns) -> Reals:
    """One or two addresses that stay."""
    still = np.nan_to_num(c["changes"]) == 0
    return np.where((c["units"] <= 2) & still, 0.99, 0.0)  # noqa: PLR2004


EXPLANATIONS = (
    Explanation(
        verdict=VerdictKind.STATIC,
        fit=_static,
        reason="no change; addresses: {units}",
    ),
    Explanation(
        verdict=VerdictKind.ROUND_ROBIN,
        fit=_round_robin,
        reason="the same {set_largest} addresses in every answer",
    ),
    Explanation(
        verdict=VerdictKind.DYNAMIC_DNS,
        fit=_dynamic_dns,
        reason="one address to an answer, each name on a line of its own",
    ),
    Explanation(
        verdict=VerdictKind.CDN,
        fit=_cdn,
        reason="one site to an answer, or addresses of CDN operators",
    ),
    Explanation(
        verdict=VerdictKind.CLOUD_BALANCER,
        fit=_cloud_balancer,
        reason="in data centres; addresses: {units}, operators: {operators}",
    ),
    Explanation(
        verdict=VerdictKind.VOLUNTEER_POOL,
        fit=_volunteer_pool,
        reason="servers in hosting, universities and homes side by side, as volunteers run them",
    ),
)


def weigh(columns: Columns) -> Reals:
    """Return the fit of each explanation as (entities, explanations)."""
    with np.errstate(invalid="ignore"):
        return np.stack([explanation.fit(columns) for explanation in EXPLANATIONS], axis=1)
