"""The published rules, run beside our own score on the same measures."""

from fluxhound.detection.baselines.evaluation import BASELINES, evaluate
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
    "NOT_COMPUTABLE",
    "BaselineInputs",
    "as_bool",
    "evaluate",
]
