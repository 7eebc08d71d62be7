"""The fast-flux script for Zeek (Seth Hall, Brian Kellogg, Jeremy Baggs; package anomalous-dns).

Holz's function times the ratio of AS numbers to addresses, which the paper does not have: more
addresses for each network lower the score, so regional flux escapes. Answers with a TTL above
30 minutes are ignored; what was collected is dropped 31 minutes after the last answer.
"""

from __future__ import annotations

import numpy as np

from fluxhound.detection.baselines import holz
from fluxhound.detection.baselines.inputs import (
    BaselineInputs,
    Counts,
    Reals,
    Verdicts,
    scored,
    verdicts,
)

#: Seconds; constants of the script: TTL_threshold, and its expiry TTL_threshold + 1 minute.
LARGEST_TTL = 1_800
LONGEST_PAUSE = 1_860


def score(n_a: Counts, n_asn: Counts) -> Reals:
    """Return (AS numbers / addresses) times Holz's score; 0 without addresses."""
    return np.divide(n_asn, np.maximum(n_a, 1)) * holz.score(n_a, n_asn)


def evaluate(inputs: BaselineInputs) -> Verdicts:
    """Apply the script's rule to the best stretch (``zeek_script``)."""
    n_a, n_asn = inputs.stretch_n_a, inputs.stretch_n_asn
    return verdicts(score(n_a, n_asn) > holz.THRESHOLD, known=(n_a >= 0) & (n_asn >= 0))


def scores(inputs: BaselineInputs) -> Reals:
    """Return the script's value of the best stretch; flux is above ``holz.THRESHOLD``."""
    n_a, n_asn = inputs.stretch_n_a, inputs.stretch_n_asn
    return scored(score(n_a, n_asn), known=(n_a >= 0) & (n_asn >= 0))
