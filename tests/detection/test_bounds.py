"""What bounds a card is never less than what any measure within its ranges gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from fluxhound.detection.bounds import (
    OPEN,
    SEEN,
    UNSEEN,
    Range,
    between,
    exactly,
    most_of_card,
    within,
)
from fluxhound.detection.model import CARDS, Model, model
from tests.detection.grids import with_pairs

Reals = NDArray[np.float64]
ROWS = 400
MODELS = [model(), with_pairs(3)]


def measures(rules: Model, seed: int) -> dict[str, Reals]:
    """Return random values of all that a model reads; a tenth of them is not observable."""
    rng = np.random.default_rng(seed)
    read = sorted({m for card in CARDS["flux"] for f in rules.of(card) for m in f.measures})
    found = {}
    for name in read:
        values = rng.choice([0.0, 0.3, 1.0, 5.0, 400.0, 90_000.0], ROWS) * rng.random(ROWS)
        found[name] = np.where(rng.random(ROWS) < 0.1, np.nan, values)
    return found


@pytest.mark.parametrize("rules", MODELS, ids=["own", "pairs"])
@pytest.mark.parametrize("card", CARDS["flux"])
def test_of_what_is_known_exactly_the_bound_is_the_score(rules: Model, card: str) -> None:
    values = measures(rules, 1)
    exact = most_of_card(rules, card, lambda name: exactly(values[name]), ROWS)
    score = rules.bias[card] + rules.contributions(card, values).sum(axis=1)
    assert exact == pytest.approx(score)


WIDER: dict[str, Callable[[Reals], Range]] = {
    "slack": lambda v: exactly(v, slack=1e-9),
    "between": lambda v: between(np.nan_to_num(v) * 0.5, np.nan_to_num(v) * 2 + 1),
    "anything": lambda v: between(np.full_like(v, -np.inf), np.full_like(v, np.inf)),
    "some": lambda v: exactly(v) if np.isnan(v).any() else within(v, v + 1),
}


@pytest.mark.parametrize("wide", WIDER)
@pytest.mark.parametrize("rules", MODELS, ids=["own", "pairs"])
@pytest.mark.parametrize("card", CARDS["flux"])
def test_wider_ranges_never_bound_less(rules: Model, card: str, wide: str) -> None:
    values = measures(rules, 2)
    most = most_of_card(rules, card, lambda name: WIDER[wide](values[name]), ROWS)
    score = rules.bias[card] + rules.contributions(card, values).sum(axis=1)
    assert (most >= score - 1e-9).all()


def test_ranges_say_what_is_known() -> None:
    values = np.array([1.0, np.nan])
    assert exactly(values).state.tolist() == [SEEN, UNSEEN]
    assert between(values, values).state.tolist() == [OPEN, OPEN]
    assert within(values, values).state.tolist() == [SEEN, SEEN]
    some = exactly(np.array([1.0, 2.0, 3.0]))
    assert some.at(np.array([2, 0])).low.tolist() == [3.0, 1.0]
    assert some.where(np.array([True, False, True])).state.tolist() == [SEEN, UNSEEN, SEEN]
