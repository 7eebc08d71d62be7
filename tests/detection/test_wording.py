from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.detection.model import model
from fluxhound.detection.wording import in_words

UNITS = sorted({unit for f in model().features for unit in (f.unit, f.by_unit)} | {"h", ""})


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0, "share", "0%"),
        (0.001, "share", "<1%"),
        (0.005, "share", "<1%"),
        (0.5, "share", "50%"),
        (0.999, "share", ">99%"),
        (1, "share", "100%"),
        (212, "addresses", "212"),
        (3.14159, "exponent", "3.1"),
        (1234.5, "TTLs", "1234"),
        (0, "s", "0 s"),
        (59, "s", "59 s"),
        (60, "s", "1 min"),
        (292, "s", "292 s"),
        (5_400, "s", "90 min"),
        (7_200, "s", "2 h"),
        (86_400, "s", "24 h"),
        (172_800, "s", "2 d"),
        (1.5, "h", "90 min"),
        (math.nan, "s", "an unknown time"),
        (math.nan, "share", "an unknown share"),
        (math.nan, "addresses", "unknown"),
    ],
)
def test_values_have_as_many_digits_as_mean_something(value: float, unit: str, said: str) -> None:
    assert in_words(value, unit) == said


@given(value=st.floats(0, 1e12), unit=st.sampled_from(UNITS))
def test_any_value_can_be_said_and_is_short(value: float, unit: str) -> None:
    assert 0 < len(in_words(value, unit)) < 20


@given(share=st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_some_is_neither_none_nor_all(share: float) -> None:
    assert in_words(share, "share") not in {"0%", "100%"}
