"""An admissible screen: what could be flux, knowing only where the addresses lie.

The points of the features that do not need history are exact; every other feature is given the
most it can give. What stays below the line even so cannot become a finding, so leaving it out
loses nothing: profiles cost a thousand times as much as this bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.detection.judgement import FINDING_SCORE, LINES_MIN
from fluxhound.detection.measures import ASN_COVERAGE_MIN
from fluxhound.detection.model import CARDS, Feature, Grid, Model, model

Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

#: What may be known of a measure: that it has a value, nothing, or that it cannot be observed.
_SEEN, _OPEN, _UNSEEN = range(3)
#: Addresses that another domain must show, too, for a network to be thinkable.
SHARED_MIN = 1
#: Shares that are added up and taken apart differ by less. Chosen, not measured.
_SLACK = 1e-9


def could_be_flux(measures: pa.Table, *, using: Model | None = None) -> Mask:
    """Return which rows of *measures* (the gate's ``static_measure``) could reach a finding."""
    rules = using or model()
    ranges = _ranges(measures)
    bounds = {card: _bound(rules, card, ranges, measures.num_rows) for card in CARDS["flux"]}
    # A card speaks only of what it is about (judgement.flux_odds).
    covered = np.nan_to_num(_reals(measures, "asn_coverage")) >= ASN_COVERAGE_MIN
    on_lines = ~(covered & (_reals(measures, "eyeball_share") < LINES_MIN))
    bounds["lines"] = np.where(on_lines, bounds["lines"], -np.inf)
    # Rented servers are flux only in company: where another domain shows one of them, too.
    in_company = np.nan_to_num(_reals(measures, "shared_units")) >= SHARED_MIN
    bounds["rented"] = np.where(in_company, bounds["rented"], -np.inf)
    line = np.log(FINDING_SCORE / (1 - FINDING_SCORE))
    result: Mask = np.max(list(bounds.values()), axis=0) >= line - _SLACK
    return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Range:
    """What one measure can be in each row: between *low* and *high*, or not observable."""

    low: Reals
    high: Reals
    state: Codes  # _SEEN, _OPEN (also unobservable) or _UNSEEN (nothing else)

    def codes(self, bounds: tuple[float, ...]) -> Codes:
        """Return where each row is found in what ``_spans`` returns for so many steps."""
        steps = len(bounds) + 1
        first = np.searchsorted(np.array(bounds), self.low, side="right")
        last = np.searchsorted(np.array(bounds), self.high, side="right")
        # NaN is past all bounds; of what cannot be observed any step will do.
        first, last = np.minimum(first, len(bounds)), np.minimum(last, len(bounds))
        found: Codes = (first * steps + last) * 3 + self.state
        return found


def _spans(table: Reals) -> Reals:
    """Return the most of every run of steps along the first axis of *table*, for each state.

    The last entry along that axis is what is given where the measure is not observable.
    """
    steps = len(table) - 1
    most = np.full((steps, steps, 3, *table.shape[1:]), -np.inf)
    for first in range(steps):
        most[first, first:, _SEEN] = np.maximum.accumulate(table[first:steps])
    most[:, :, _OPEN] = np.maximum(most[:, :, _SEEN], table[steps])
    most[:, :, _UNSEEN] = table[steps]
    return most.reshape(steps * steps * 3, *table.shape[1:])


def _bound(rules: Model, card: str, ranges: Callable[[str], Range], rows: int) -> Reals:
    """Return the most that each row can reach on one card."""
    total = np.full(rows, rules.bias[card])
    for feature in rules.of(card):
        total += _most(feature, card, ranges)
    return total


def _most(feature: Feature, card: str, ranges: Callable[[str], Range]) -> Reals:
    """Return the most that one feature can give to each row."""
    points = feature.cards[card]
    if isinstance(points, Grid):
        rows = _spans(np.array(points.points))
        both = _spans(rows.T)  # (runs of the second measure, runs of the first)
        places = (ranges(name) for name in feature.measures)
        one, other = (
            place.codes(bounds)
            for place, bounds in zip(places, (points.bounds, points.by_bounds), strict=True)
        )
        pairs: Reals = both[other, one]
        return pairs
    single: Reals = _spans(np.array([*points.points, points.missing]))[
        ranges(feature.measure).codes(points.bounds)
    ]
    return single


def _ranges(measures: pa.Table) -> Callable[[str], Range]:
    """Return what tells what is known of a measure."""
    known = _known(measures)
    anything = _between(np.full(measures.num_rows, -np.inf), np.full(measures.num_rows, np.inf))

    def of(measure: str) -> Range:
        found = known.get(measure, anything)
        needs = "served" if measure.startswith("ns_") else _NEEDS.get(measure)
        if needs is None:
            return found
        possible = _flags(measures, needs)
        return Range(low=found.low, high=found.high, state=np.where(possible, found.state, _UNSEEN))

    return of


def _known(measures: pa.Table) -> Mapping[str, Range]:
    """Return what is known of measures from where the addresses lie."""
    covered = np.nan_to_num(_reals(measures, "asn_coverage")) >= ASN_COVERAGE_MIN
    hosted, eyeballs = _reals(measures, "hosted_share"), _reals(measures, "eyeball_share")
    rest = 1.0 - hosted - eyeballs + _SLACK
    none, everything = np.zeros(len(covered)), np.full(len(covered), np.inf)
    mixed = _flags(measures, "any_mixed")
    by_networks = {
        "operators": _exactly(_reals(measures, "operators")),
        "eyeball_share": _exactly(eyeballs),
        "hosted_share": _exactly(hosted),
        "hosting_share": _between(none, hosted + _SLACK),
        "cdn_share": _between(none, hosted + _SLACK),
        "education_share": _between(none, rest),
        "unknown_share": _between(none, rest),
        "effective_operators": _between(none, _reals(measures, "operators") + _SLACK),
        "asn_spread": _between(none, everything),
        # Where every answer stays with one operator, or shows none that is known.
        "mixed_sets": _between(none, np.where(mixed, everything, 0.0)),
        "set_operators": _between(none, np.where(mixed, everything, 1.0)),
    }
    prefixes = _reals(measures, "prefixes")
    return {
        "public_units": _exactly(_reals(measures, "public_units")),
        "unroutable_share": _exactly(_reals(measures, "unroutable_share")),
        "prefixes_without_asn": _exactly(np.where(covered, np.nan, prefixes)),
        "prefix_share": _exactly(prefixes / _reals(measures, "units")),
        **{
            name: Range(low=r.low, high=r.high, state=np.where(covered, r.state, _UNSEEN))
            for name, r in by_networks.items()
        },
    }


def _exactly(values: Reals) -> Range:
    return Range(low=values, high=values, state=np.where(np.isnan(values), _UNSEEN, _SEEN))


def _between(low: Reals, high: Reals) -> Range:
    return Range(low=low, high=high, state=np.full(len(low), _OPEN))


#: Measures that need a circumstance to be measured at all; those of name servers need some.
_NEEDS = {
    "reused_share": "is_domain",
    "name_life_s": "is_domain",
    "agreement": "several_sensors",
    "retention_1d": "several_days",
    "retention_3d": "several_days",
    "retention_7d": "several_days",
}


def _reals(measures: pa.Table, name: str) -> Reals:
    column: Reals = measures.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return column


def _flags(measures: pa.Table, name: str) -> Mask:
    flags: Mask = measures.column(name).to_numpy(zero_copy_only=False).astype(bool)
    return flags
