"""Scores of rows by models that never saw their seed or pool, and the model of all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from fluxhound.detection.model import CARDS, Model, Steps
from fluxhound.lab.calibration import PRIOR, Scale, calibrated
from fluxhound.lab.card import Card, scaled
from fluxhound.lab.fitting import Fitting, Sheet, fitted
from fluxhound.lab.samples import NETWORK_ODDS, Ints, Mask, Reals, Samples, network_odds
from fluxhound.lab.weighting import fitting_weights

FLUX_CARDS = CARDS["flux"]
#: The least share of the prior that each of the two kinds of flux network keeps.
KIND_FLOOR = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often and on what cards are fitted."""

    folds: int = 3
    prior: float = PRIOR
    #: False alerts per million registered-domain-days that the line is to let through.
    allowed: float = 1.0
    fitting: Fitting = field(default_factory=Fitting)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossfit:
    """One card: what each row scores by a model that did not learn from it, and the scale."""

    raw: Reals  # NaN-free, every row
    scale: Scale
    target: Mask
    weight: Reals  # in fitting; 0 where not learnt from

    @property
    def log_odds(self) -> Reals:
        """Return calibrated log-odds of every row."""
        return self.scale.applied(self.raw)


def sheet(template: Model, card: str, *, without: str = "") -> Sheet:
    """Return the features of a card, but for the measure *without*."""
    found = [
        (f, points)
        for f in template.of(card)
        if isinstance(points := f.cards[card], Steps) and f.measure != without
    ]
    return Sheet(
        ids=tuple(f.id for f, _ in found),
        measures=tuple(f.measure for f, _ in found),
        trends=tuple(points.trend for _, points in found),
    )


def crossfitted(
    samples: Samples, features: Sheet, card: str, fold: Ints, kept: Mask, plan: Plan
) -> Crossfit | None:
    """Return out-of-fold scores of one card; None where a fold has no flux of its kind."""
    target = samples.flux & samples.hosts.among([card])
    weight = fitting_weights(samples, target & kept, ~samples.flux & kept)
    raw = np.zeros(samples.rows)
    for part in range(plan.folds):
        learning = np.where(fold != part, weight, 0.0)
        if not (learning[target] > 0).any() or not (learning[~target] > 0).any():
            return None
        card_of_part = fitted(samples, features, target, learning, plan.fitting)
        rows = np.flatnonzero(fold == part)
        raw[rows] = card_of_part.log_odds(samples.measures, rows)
    judged = kept & (target | ~samples.flux)
    scale = calibrated(
        raw[judged], target[judged], samples.shared[judged], _prior(samples, target, plan.prior)
    )
    return Crossfit(raw=raw, scale=scale, target=target, weight=weight)


def _prior(samples: Samples, target: Mask, prior: float) -> float:
    """Return this kind's part of the prior, by the weights of flux rows."""
    share = samples.weight[target].sum() / max(samples.weight[samples.flux].sum(), 1e-300)
    return prior * max(float(share), KIND_FLOOR)


def crossfits(
    samples: Samples, sheets: Mapping[str, Sheet], fold: Ints, kept: Mask, plan: Plan
) -> dict[str, Crossfit]:
    """Return the out-of-fold scores of each card that there is flux for, fitted side by side."""

    def one(card: str) -> Crossfit | None:
        return crossfitted(samples, sheets[card], card, fold, kept, plan)

    with ThreadPoolExecutor(len(sheets)) as pool:
        found = dict(zip(sheets, pool.map(one, sheets), strict=True))
    return {card: each for card, each in found.items() if each is not None}


def finals(
    samples: Samples, sheets: Mapping[str, Sheet], found: Mapping[str, Crossfit], plan: Plan
) -> dict[str, Card]:
    """Return the cards that all rows teach, calibrated as their out-of-fold scores were."""

    def one(card: str) -> Card:
        each = found[card]
        fit = fitted(samples, sheets[card], each.target, each.weight, plan.fitting)
        return scaled(fit, intercept=each.scale.intercept, slope=each.scale.slope)

    with ThreadPoolExecutor(max(len(found), 1)) as pool:
        return dict(zip(found, pool.map(one, found), strict=True))


def combined(found: Mapping[str, Crossfit]) -> Reals:
    """Return the log-odds of flux: the larger of the cards."""
    result: Reals = np.max([each.log_odds for each in found.values()], axis=0)
    return result


def with_networks(
    samples: Samples,
    template: Model,
    fold: Ints,
    kept: Mask,
    plan: Plan,
    say: Callable[[str], None],
) -> Samples:
    """Return the samples with the measure ``network_odds``, from networks judged without it.

    The judge scores networks with the final model, in which their own ``network_odds`` is missing.
    Here they are scored by models without the feature, out of fold, on the calibrated scale.
    """
    wanted = any(NETWORK_ODDS in sheet(template, card).measures for card in FLUX_CARDS)
    if not wanted or not (samples.network >= 0).any():
        return samples
    say("networks, without the word of networks")
    sheets = {card: sheet(template, card, without=NETWORK_ODDS) for card in FLUX_CARDS}
    found = crossfits(samples, sheets, fold, kept, plan)
    if not found:
        return samples
    return samples.having(NETWORK_ODDS, network_odds(samples, combined(found)))
