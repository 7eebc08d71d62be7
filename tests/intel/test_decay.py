from __future__ import annotations

from datetime import timedelta

import pytest

from fluxhound.intel.decay import DAY_S, weights
from fluxhound.intel.gathering import Gathering, Told
from fluxhound.intel.indicator import Kind, empty
from fluxhound.intel.source import HALF_LIVES
from fluxhound.sources.tally import Tally

NOW = 1_800_000_000.0
LIVES = {Kind.DOMAIN: timedelta(days=10), Kind.ADDRESS: timedelta(days=1)}


@pytest.mark.parametrize(
    ("text", "told", "weight", "expired"),
    [
        ("a.example", Told(confidence=100, last=NOW), 0.5, False),
        ("a.example", Told(confidence=100, last=NOW - 10 * DAY_S), 0.25, False),
        ("a.example", Told(confidence=100, first=NOW - 10 * DAY_S), 0.25, False),
        ("a.example", Told(confidence=100, first=NOW - 99 * DAY_S, last=NOW), 0.5, False),
        ("a.example", Told(confidence=100), 0.25, False),  # fetched ten days ago
        ("a.example", Told(last=NOW), 0.375, False),
        ("a.example", Told(confidence=100, last=NOW + DAY_S), 0.5, False),
        ("a.example", Told(confidence=100, last=NOW, until=NOW), 0.5, True),
        ("a.example", Told(confidence=100, last=NOW, until=NOW + 1), 0.5, False),
        ("9.9.9.9", Told(confidence=100, last=NOW - 4 * DAY_S), 0.03125, True),
        ("http://a.example/x", Told(confidence=100, last=NOW - 99 * DAY_S), 0.5, False),
    ],
)
def test_weight_falls_with_age_by_kind(
    text: str, told: Told, weight: float, *, expired: bool
) -> None:
    gathering = Gathering(Tally())
    gathering.add(text, None, told)
    found = weights(
        gathering.table(), trust=50, half_lives=LIVES, fetched=NOW - 10 * DAY_S, now=NOW
    )
    assert found.weight[0] == pytest.approx(weight)
    assert bool(found.expired[0]) is expired


def test_nothing_weighs_nothing() -> None:
    found = weights(empty(), trust=50, half_lives=HALF_LIVES, fetched=NOW, now=NOW)
    assert len(found.weight) == len(found.expired) == 0
