from __future__ import annotations

import math

import pytest

from fluxhound.lab.metrics import Share
from fluxhound.lab.wording import duration, millionths, percent, recall


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "50.0%"), (0.9987, "99.87%"), (1.0, "100.0%"), (0.0, "0.0%"), (0.0012, "0.12%"),
     (-0.25, "-25.0%"),
     (math.nan, "-")],
)  # fmt: skip
def test_shares_near_the_ends_have_more_figures(value: float, text: str) -> None:
    assert percent(value) == text


def test_recall_tells_its_interval() -> None:
    assert recall(Share(5, 10)) == "50.0% (18.7% to 81.3%; n = 10)"
    assert recall(Share(0, 0)) == millionths(Share(0, 0)) == "-"


def test_rates_are_per_million() -> None:
    assert millionths(Share(0, 3_000_000)) == "0 (0 to 1.2)"
    assert millionths(Share(3_000, 3_000_000)) == "1,000 (965 to 1,036)"


def test_a_median_may_never_be_reached() -> None:
    assert (duration(6.0), duration(29.5), duration(math.inf)) == ("6", "29.5", "not reached")
