"""One finding for many labels: suspicions that say the same of one registered domain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fluxhound.detection.judgement import Judgement
from fluxhound.records import EntityKind, VerdictKind

Mask = NDArray[np.bool_]


def standing(judgement: Judgement) -> Mask:
    """Return the findings that stand for themselves.

    A wildcard shows a fresh label to each victim, so one domain can have hundreds of suspected
    names. Of the names of a domain that are only suspected, the one with the highest score stands
    for the others; none does where the domain itself is a finding.
    """
    names = np.array(judgement.profiles.column("registered_domain").to_pylist(), dtype=object)
    kinds = np.array(judgement.profiles.column("kind").to_pylist(), dtype=object)
    is_domain = kinds == EntityKind.REGISTERED_DOMAIN.value
    spoken = set(names[judgement.findings & is_domain].tolist())
    suspected = judgement.verdicts == VerdictKind.FLUX_SUSPECT
    result = judgement.findings.copy()
    rows = np.flatnonzero(suspected & (kinds == EntityKind.NAME.value))
    for row in rows[np.argsort(-judgement.log_odds[rows], kind="stable")].tolist():
        if names[row] in spoken:
            result[row] = False
        spoken.add(names[row])
    return result
