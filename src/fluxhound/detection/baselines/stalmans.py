"""The rules in Etienne Stalmans' script of 2013, each applied to one response.

Here the response is the largest answer set. The script counts name servers but never adds one up;
where name servers are observable they count here, otherwise they are 0 as in the script. Its
spatial statistics (Moran's I, Geary's C) are left out: they call flux whatever stands in two
places, which is no rule.
"""

from __future__ import annotations

import numpy as np

from fluxhound.detection.baselines import holz
from fluxhound.detection.baselines.inputs import (
    BaselineInputs,
    Counts,
    Mask,
    Reals,
    Verdicts,
    scored,
    verdicts,
)

#: Seconds: a TTL up to this counts as short.
SHORT_TTL = 300
#: Modified Holz: points for a short TTL, and what is taken off; above 0 is flux.
TTL_POINTS = 5
OFFSET = 50
#: Jaroslaw and Patrycja: weights of /24 prefixes and AS numbers, of countries; least sum of flux.
NETWORK_WEIGHT = 1.5
COUNTRY_WEIGHT = 2
JP_THRESHOLD = 18


def modified_holz(inputs: BaselineInputs) -> Verdicts:
    """Apply 1.32 A + 18.54 ASN + 5 [TTL <= 300] - 50 > 0 (``stalmans_holz``)."""
    points = modified_holz_score(inputs)
    return verdicts(points > 0, known=np.isfinite(points))


def modified_holz_score(inputs: BaselineInputs) -> Reals:
    """Return the sum of the modified function; flux is above 0."""
    points = holz.score(inputs.largest_set, inputs.largest_asn) + TTL_POINTS * _short(inputs)
    return scored(points - OFFSET, known=_seen(inputs) & (inputs.largest_asn >= 0))


def jaroslaw_patrycja(inputs: BaselineInputs) -> Verdicts:
    """Apply A + NS + 1.5 (/24) + 1.5 ASN + [TTL <= 300] + 2 countries >= 18 (``stalmans_jp``)."""
    points = jaroslaw_patrycja_score(inputs)
    return verdicts(points >= JP_THRESHOLD, known=np.isfinite(points))


def jaroslaw_patrycja_score(inputs: BaselineInputs) -> Reals:
    """Return the weighted sum; flux is ``JP_THRESHOLD`` or more."""
    points = (
        inputs.largest_set
        + _name_servers(inputs)
        + NETWORK_WEIGHT * (inputs.largest_24 + inputs.largest_asn)
        + _short(inputs)
        + COUNTRY_WEIGHT * inputs.largest_country
    )
    known = _seen(inputs) & (inputs.largest_asn >= 0) & (inputs.largest_country >= 0)
    return scored(np.asarray(points, np.float64), known=known)


def boolean(inputs: BaselineInputs) -> Verdicts:
    """Apply the rule of conditions, which takes every name with two addresses (``stalmans_rule``).

    As its operators bind: (/24 prefixes > 0 and A >= 2) or (NS > 1 and ((/24 >= 1 and ASN > 1) or
    TTL <= 300)).
    """
    several = (inputs.largest_24 > 0) & (inputs.largest_set > 1)
    spread = (inputs.largest_24 > 0) & (inputs.largest_asn > 1)
    flux = several | ((_name_servers(inputs) > 1) & (spread | _short(inputs)))
    known = (inputs.largest_set >= 0) & (inputs.largest_24 >= 0)
    decided = several | (_name_servers(inputs) <= 1) | np.isfinite(inputs.ttl_max)
    return verdicts(flux, known=known & decided)


def _seen(inputs: BaselineInputs) -> Mask:
    return (inputs.largest_set >= 0) & np.isfinite(inputs.ttl_max)


def _short(inputs: BaselineInputs) -> Mask:
    return inputs.ttl_max <= SHORT_TTL  # false for NaN


def _name_servers(inputs: BaselineInputs) -> Counts:
    return np.maximum(inputs.n_ns, 0)
