"""The published rules, run beside our own score on the same measures."""

from fluxhound.detection.baselines.evaluation import (
    BASELINES,
    LINES,
    SCORES,
    decided,
    evaluate,
    scores,
)
from fluxhound.detection.baselines.inputs import (
    CLEAR,
    FLUX,
    NOT_COMPUTABLE,
    BaselineInputs,
    as_bool,
)

__all__ = [
    "BASELINES",
    "CLEAR",
    "FLUX",
    "LINES",
    "NOT_COMPUTABLE",
    "SCORES",
    "BaselineInputs",
    "as_bool",
    "decided",
    "evaluate",
    "scores",
]
