"""Made-up models with pairs: a small one, and the package's with random pairs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fluxhound.detection.model import CARDS, Feature, Grid, Model, Steps, model, read_model

SMALL = """
version = "test"
[bias]
lines = -1.0
rented = -3.0
malice = -2.0
[[feature]]
id = "a"
measure = "units"
text = "{value}"
unit = ""
normal = ""
why = ""
lines = { trend = "up", steps = [[3, -1.0], [5, 0.5]], otherwise = 2.0, missing = 0.25 }
"""

#: A pair beside it; its second measure has no feature of its own.
PAIR = """
[[feature]]
id = "a-with-b"
measure = "units"
by = "changes"
text = "{value}; within {by}"
unit = ""
by_unit = "s"
normal = ""
why = ""
lines = { bounds = [4], by_bounds = [60, 7200], points = [
    [-1.0, 0.0, 1.0, 0.5],
    [ 1.0, 2.0, 3.0, 0.5],
    [ 0.1, 0.2, 0.3, 0.0],
] }
"""

#: Bounds for every measure that a pair of the made-up models may have.
BOUNDS = {
    "public_units": (5.0, 20.0),
    "operators": (2.0, 5.0),
    "eyeball_share": (0.3, 0.7),
    "hosted_share": (0.2, 0.8),
    "cdn_share": (0.1, 0.5),
    "unknown_share": (0.1,),
    "mixed_sets": (0.4, 0.8),
    "set_operators": (1.5,),
    "prefix_share": (0.3, 0.8),
    "prefixes_without_asn": (4.0, 10.0),
    "new_rate": (0.3, 0.6),
    "changes": (3.0, 20.0),
    "agreement": (0.3,),
    "retention_1d": (0.9,),
    "reused_share": (0.1,),
    "ns_operators": (2.0,),
    "network_odds": (0.0, 3.0),
}


def small() -> Model:
    """Return a model of one feature and one pair."""
    return read_model(SMALL + PAIR)


def with_pairs(seed: int) -> Model:
    """Return the package's model with its points halved, missing ones too, and 12 random pairs."""
    rng = np.random.default_rng(seed)
    base = model()
    singles = tuple(_halved(f, rng) for f in base.features if not f.by)
    names = list(BOUNDS)
    chosen = [rng.choice(len(names), 2, replace=False) for _ in range(12)]
    pairs = tuple(pair(i, names[a], names[b], rng) for i, (a, b) in enumerate(chosen))
    bias = {**base.bias, "lines": -4.0, "rented": -6.0}
    return replace(base, version=f"pairs-{seed}", bias=bias, features=(*singles, *pairs))


def pair(number: int, first: str, second: str, rng: np.random.Generator) -> Feature:
    """Return a pair of two measures on both flux cards."""
    return Feature(
        id=f"pair-{'abcdefghijklmnopqrstuvwxyz'[number]}",
        measure=first,
        by=second,
        text=f"{first}: {{value}}; {second}: {{by}}",
        unit="",
        normal="",
        why="",
        cards={card: grid(BOUNDS[first], BOUNDS[second], rng) for card in CARDS["flux"]},
    )


def grid(bounds: Sequence[float], by: Sequence[float], rng: np.random.Generator) -> Grid:
    """Return random points."""
    points = rng.uniform(-1.5, 1.5, (len(bounds) + 2, len(by) + 2)).round(2)
    return Grid(
        bounds=tuple(bounds), by_bounds=tuple(by), points=tuple(map(tuple, points.tolist()))
    )


def _halved(feature: Feature, rng: np.random.Generator) -> Feature:
    cards = {name: _half(points, rng) for name, points in feature.cards.items()}
    return replace(feature, cards=cards)


def _half(points: Steps | Grid, rng: np.random.Generator) -> Steps:
    assert isinstance(points, Steps)
    missing = float(rng.uniform(-0.5, 0.5))
    return replace(points, points=tuple(p / 2 for p in points.points), missing=missing)
