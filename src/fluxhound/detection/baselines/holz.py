"""Holz, Gorecki, Rieck, Freiling: Measuring and Detecting Fast-Flux Service Networks. NDSS 2008.

A linear function of what two look-ups return, the second after the TTL of the first. The third
count of the paper, name servers in one look-up, has weight 0.
"""

from __future__ import annotations

from fluxhound.detection.baselines.inputs import (
    BaselineInputs,
    Counts,
    Reals,
    Verdicts,
    scored,
    verdicts,
)

#: Weights and threshold of section 4 of the paper, as later tools quote them too.
WEIGHT_ADDRESSES = 1.32
WEIGHT_ASNS = 18.54
THRESHOLD = 142.38


def score(n_a: Counts, n_asn: Counts) -> Reals:
    """Return 1.32 times the addresses plus 18.54 times the AS numbers."""
    return WEIGHT_ADDRESSES * n_a + WEIGHT_ASNS * n_asn


def all_addresses(inputs: BaselineInputs) -> Verdicts:
    """Apply the function to all addresses of the window, as many tools do (``holz_24h``)."""
    flux = score(inputs.n_a, inputs.n_asn) > THRESHOLD
    return verdicts(flux, known=(inputs.n_a >= 0) & (inputs.n_asn >= 0))


def all_addresses_score(inputs: BaselineInputs) -> Reals:
    """Return the function's value over all addresses; flux is above ``THRESHOLD``."""
    known = (inputs.n_a >= 0) & (inputs.n_asn >= 0)
    return scored(score(inputs.n_a, inputs.n_asn), known=known)


def two_lookups(inputs: BaselineInputs) -> Verdicts:
    """Apply the function to two look-ups, as published (``holz_two_lookups``)."""
    n_a, n_asn = inputs.first_two_n_a, inputs.first_two_n_asn
    return verdicts(score(n_a, n_asn) > THRESHOLD, known=(n_a >= 0) & (n_asn >= 0))


def two_lookups_score(inputs: BaselineInputs) -> Reals:
    """Return the function's value over two look-ups; flux is above ``THRESHOLD``."""
    n_a, n_asn = inputs.first_two_n_a, inputs.first_two_n_asn
    return scored(score(n_a, n_asn), known=(n_a >= 0) & (n_asn >= 0))
