"""An admissible screen: what could be flux, knowing only where the addresses lie.

The points of the features that do not need history are exact; every other feature is given the
most it can give. What stays below the line even so cannot become a finding, so leaving it out
loses nothing: profiles cost a thousand times as much as this bound.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.detection.judgement import FINDING_SCORE
from fluxhound.detection.measures import ASN_COVERAGE_MIN
from fluxhound.detection.model import CARDS, Model, Steps, model

Reals = NDArray[np.float64]


def could_be_flux(measures: pa.Table, *, using: Model | None = None) -> NDArray[np.bool_]:
    """Return which rows of *measures* (the gate's ``static_measure``) could reach a finding."""
    rules = using or model()
    known = _known(measures)
    bounds = [_bound(rules, card, known, measures) for card in CARDS["flux"]]
    line = np.log(FINDING_SCORE / (1 - FINDING_SCORE))
    result: NDArray[np.bool_] = np.max(bounds, axis=0) >= line
    return result


def _bound(rules: Model, card: str, known: Mapping[str, Reals], measures: pa.Table) -> Reals:
    """Return the most that each row can reach on one card."""
    total = np.full(measures.num_rows, rules.bias[card])
    for feature in rules.of(card):
        steps = feature.cards[card]
        if feature.measure in known:
            total += steps.contribute(known[feature.measure])
        else:
            total += _most(feature.measure, steps, measures)
    return total


def _known(measures: pa.Table) -> Mapping[str, Reals]:
    covered = np.nan_to_num(_reals(measures, "asn_coverage")) >= ASN_COVERAGE_MIN

    def where_covered(name: str) -> Reals:
        return np.where(covered, _reals(measures, name), np.nan)

    return {
        "public_units": _reals(measures, "public_units"),
        "unroutable_share": _reals(measures, "unroutable_share"),
        "operators": where_covered("operators"),
        "eyeball_share": where_covered("eyeball_share"),
        "hosted_share": where_covered("hosted_share"),
        "prefixes_without_asn": np.where(covered, np.nan, _reals(measures, "prefixes")),
    }


def _most(measure: str, steps: Steps, measures: pa.Table) -> Reals:
    """Return the most that a feature can give to each row, where it can be measured at all."""
    most = np.full(measures.num_rows, max(*steps.points, steps.missing))
    if measure in _UNJOINED:  # no answer joins operators: the measure is known
        lowest = float(steps.contribute(np.array([_UNJOINED[measure]]))[0])
        return np.where(_flags(measures, "any_mixed"), most, max(lowest, steps.missing))
    if measure in _NEEDS:
        return np.where(_flags(measures, _NEEDS[measure]), most, steps.missing)
    return most


#: Measures that are known where every answer stays with one operator, and their value then.
_UNJOINED = {"mixed_sets": 0.0, "set_operators": 1.0}
#: Measures that need a circumstance to be measured at all.
_NEEDS = {
    "reused_share": "is_domain",
    "name_life_s": "is_domain",
    "agreement": "several_sensors",
    "retention_1d": "several_days",
    "ns_eyeball_share": "served",
    "ns_new_per_day": "served",
}


def _reals(measures: pa.Table, name: str) -> Reals:
    column: Reals = measures.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return column


def _flags(measures: pa.Table, name: str) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = measures.column(name).to_numpy(zero_copy_only=False).astype(bool)
    return flags
