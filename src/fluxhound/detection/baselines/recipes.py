"""The rule of thumb of many detection recipes: at least five addresses in several networks.

Versions of it stand in open SIEM and endpoint rules and in hunting queries; they differ in TTL and
number of networks. Two are taken here: the lenient one (four AS numbers, TTL up to 30 minutes) and
the one of a SIEM's rule set (three AS numbers, mean TTL up to 5 minutes), without the latter's
five changes an hour, which need more than counts.
"""

from __future__ import annotations

import numpy as np

from fluxhound.detection.baselines.inputs import (
    BaselineInputs,
    Mask,
    Reals,
    Verdicts,
    scored,
    verdicts,
)

LEAST_ADDRESSES = 5
LEAST_ASNS, LARGEST_TTL = 4, 1_800
LEAST_ASNS_SHORT, LARGEST_TTL_SHORT = 3, 300


def five_addresses(inputs: BaselineInputs) -> Verdicts:
    """Apply 5 addresses, 4 AS numbers, largest TTL <= 1,800 s (``five_addresses``)."""
    return _verdicts(five_addresses_score(inputs))


def five_addresses_short(inputs: BaselineInputs) -> Verdicts:
    """Apply 5 addresses, 3 AS numbers, mean TTL <= 300 s (``five_addresses_short_ttl``)."""
    return _verdicts(five_addresses_short_score(inputs))


def five_addresses_score(inputs: BaselineInputs) -> Reals:
    """Return the addresses where networks and TTL fulfil the rule, 0 elsewhere."""
    return _addresses(inputs, inputs.n_asn >= LEAST_ASNS, inputs.ttl_max, LARGEST_TTL)


def five_addresses_short_score(inputs: BaselineInputs) -> Reals:
    """Return the addresses where networks and mean TTL fulfil the rule, 0 elsewhere."""
    return _addresses(inputs, inputs.n_asn >= LEAST_ASNS_SHORT, inputs.ttl_mean, LARGEST_TTL_SHORT)


def _addresses(inputs: BaselineInputs, spread: Mask, ttl: Reals, largest: int) -> Reals:
    known = (inputs.n_asn >= 0) & np.isfinite(ttl)
    return scored(np.where(spread & (ttl <= largest), inputs.n_a, 0), known=known)


def _verdicts(addresses: Reals) -> Verdicts:
    return verdicts(addresses >= LEAST_ADDRESSES, known=np.isfinite(addresses))
