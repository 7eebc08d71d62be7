from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fluxhound.detection.baselines import FLUX, as_bool
from fluxhound.detection.baselines.inputs import verdicts
from tests.detection.baselines.columns import columns


def test_columns_must_be_of_one_length() -> None:
    inputs = columns(n_a=[1, 2])
    assert len(inputs) == 2
    with pytest.raises(ValueError, match="differ in length"):
        dataclasses.replace(inputs, n_asn=np.array([1]))
    with pytest.raises(ValueError, match="differ in length"):
        dataclasses.replace(inputs, pair_entity=np.array([1]))


def test_verdicts_have_three_values() -> None:
    found = verdicts(np.array([True, False, True]), known=np.array([True, True, False]))
    assert found.dtype == np.int8
    assert [as_bool(int(v)) for v in found] == [True, False, None]
    assert found[0] == FLUX
