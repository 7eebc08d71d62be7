from __future__ import annotations

import pytest

from fluxhound.lab.descriptions import DESCRIPTIONS, described, ranged
from fluxhound.lab.parameters import parameters
from fluxhound.lab.spread import Spread


def test_every_archetype_is_described_and_no_other() -> None:
    assert set(DESCRIPTIONS) == set(parameters().archetypes)
    assert [row["name"] for row in described()] == list(DESCRIPTIONS)
    flux = [row["flux"] for row in described()]
    assert flux == sorted(flux, reverse=True)


@pytest.mark.parametrize(
    ("spread", "text"),
    [
        (Spread(1, 1), "1"),
        (Spread(20, 2000.0), "20 to 2,000"),
        (Spread(1, 3, values=(1, 3), weights=(1, 1)), "1 to 3"),
    ],
)
def test_ranges(spread: Spread, text: str) -> None:
    assert ranged(spread) == text
