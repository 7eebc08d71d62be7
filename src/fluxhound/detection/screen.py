"""An admissible screen: what could be flux, knowing only where the addresses lie.

The points of the features that do not need history are exact; every other feature is given the
most it can give. What stays below the line even so cannot become a finding, so leaving it out
loses nothing: profiles cost a thousand times as much as this bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from fluxhound.detection.bounds import Mask, Range, Reals, between, exactly, most_of_card
from fluxhound.detection.judgement import FINDING_SCORE, LINES_MIN
from fluxhound.detection.measures import ASN_COVERAGE_MIN
from fluxhound.detection.model import CARDS, Model, model

#: Addresses that another domain must show, too, for a network to be thinkable.
SHARED_MIN = 1
#: Shares that are added up and taken apart differ by less. Chosen, not measured.
SLACK = 1e-9


def could_be_flux(measures: pa.Table, *, using: Model | None = None) -> Mask:
    """Return which rows of *measures* (the gate's ``static_measure``) could reach a finding."""
    rules = using or model()
    ranges = _ranges(measures)
    bounds = {card: most_of_card(rules, card, ranges, measures.num_rows) for card in CARDS["flux"]}
    # A card speaks only of what it is about (judgement.flux_odds).
    covered = np.nan_to_num(_reals(measures, "asn_coverage")) >= ASN_COVERAGE_MIN
    on_lines = ~(covered & (_reals(measures, "eyeball_share") < LINES_MIN))
    bounds["lines"] = np.where(on_lines, bounds["lines"], -np.inf)
    # Rented servers are flux only in company: where another domain shows one of them, too.
    in_company = np.nan_to_num(_reals(measures, "shared_units")) >= SHARED_MIN
    bounds["rented"] = np.where(in_company, bounds["rented"], -np.inf)
    line = np.log(FINDING_SCORE / (1 - FINDING_SCORE))
    result: Mask = np.max(list(bounds.values()), axis=0) >= line - SLACK
    return result


def _ranges(measures: pa.Table) -> Callable[[str], Range]:
    """Return what tells what is known of a measure."""
    known = _known(measures)
    anything = between(np.full(measures.num_rows, -np.inf), np.full(measures.num_rows, np.inf))

    def of(measure: str) -> Range:
        found = known.get(measure, anything)
        needs = "served" if measure.startswith("ns_") else _NEEDS.get(measure)
        if needs is None:
            return found
        return found.where(_flags(measures, needs))

    return of


def _known(measures: pa.Table) -> Mapping[str, Range]:
    """Return what is known of measures from where the addresses lie."""
    covered = np.nan_to_num(_reals(measures, "asn_coverage")) >= ASN_COVERAGE_MIN
    hosted, eyeballs = _reals(measures, "hosted_share"), _reals(measures, "eyeball_share")
    rest = 1.0 - hosted - eyeballs + SLACK
    none, everything = np.zeros(len(covered)), np.full(len(covered), np.inf)
    mixed = _flags(measures, "any_mixed")
    by_networks = {
        "operators": exactly(_reals(measures, "operators")),
        "eyeball_share": exactly(eyeballs),
        "hosted_share": exactly(hosted),
        "hosting_share": between(none, hosted + SLACK),
        "cdn_share": between(none, hosted + SLACK),
        "education_share": between(none, rest),
        "unknown_share": between(none, rest),
        "effective_operators": between(none, _reals(measures, "operators") + SLACK),
        "asn_spread": between(none, everything),
        # Where every answer stays with one operator, or shows none that is known.
        "mixed_sets": between(none, np.where(mixed, everything, 0.0)),
        "set_operators": between(none, np.where(mixed, everything, 1.0)),
    }
    prefixes = _reals(measures, "prefixes")
    return {
        "public_units": exactly(_reals(measures, "public_units")),
        "unroutable_share": exactly(_reals(measures, "unroutable_share")),
        "prefixes_without_asn": exactly(np.where(covered, np.nan, prefixes)),
        "prefix_share": exactly(prefixes / _reals(measures, "units")),
        **{name: found.where(covered) for name, found in by_networks.items()},
    }


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
