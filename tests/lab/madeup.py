"""A made-up corpus whose truth is known: flux has many operators, new addresses, short lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.detection.model import Feature, Model, Steps

Reals = NDArray[np.float64]

MEASURES = {"operators": "up", "new_rate": "up", "retention_1d": "down", "noise": "up"}
FLUX = {"classic": "lines", "slow": "lines", "cloud": "rented"}
BENIGN = ("ordinary", "cdn-inside", "ntp-pool")


def template(*, networks: bool = False) -> Model:
    """Return a model of the made-up measures, all points of which are to be trained."""
    measures = {**MEASURES, **({"network_odds": "up"} if networks else {})}
    features = [feature(measure, trend) for measure, trend in measures.items()]
    malice = Steps(bounds=(3.0,), points=(-0.5, 1.25), missing=0.0)
    features[0] = replace(features[0], cards={**features[0].cards, "malice": malice})
    bias = {"lines": -5.0, "rented": -30.0, "malice": -3.0}
    return Model(version="hand-1", bias=bias, features=tuple(features))


def feature(measure: str, trend: str) -> Feature:
    """Return a feature on both flux cards."""
    steps = Steps(bounds=(1.0,), points=(0.0, 0.0), trend=trend)
    return Feature(
        id=measure.replace("_", "-"),
        measure=measure,
        text=f"{measure}: {{value}}",
        unit="",
        normal='"quoted" \\ and back\x7f',
        why="",
        cards={"lines": steps, "rented": steps},
    )


def table(
    rows: int = 3000, *, seed: int = 1, vantage: str = "plain", flux: float = 0.2
) -> pa.Table:
    """Return profiles of one seed; the vantage "bare" sees no operators and no retention."""
    rng = np.random.default_rng(seed)
    is_flux = rng.random(rows) < flux
    archetype = np.where(
        is_flux, rng.choice(list(FLUX), rows), rng.choice(BENIGN, rows, p=[0.9, 0.08, 0.02])
    )
    measures = _measures(rng, is_flux, archetype)
    if vantage == "bare":
        measures |= {name: np.full(rows, np.nan) for name in ("operators", "retention_1d")}
    changes = rng.integers(0, 30, rows).astype(float)
    return pa.table(
        {
            **measures,
            "changes": changes,
            "kind": ["registered-domain"] * rows,
            "entity": np.arange(rows),
            "registered_domain": [f"d{i}.example" for i in range(rows)],
            "archetype": archetype.tolist(),
            "family": archetype.tolist(),
            "flux": is_flux,
            "hosts": [FLUX.get(name, "") for name in archetype.tolist()],
            "pool": np.where(is_flux, rng.integers(1, 40, rows), 0),
            "seed": np.full(rows, seed),
            "horizon_s": np.full(rows, 86_400),
            "vantage": [vantage] * rows,
            "weight": np.where(is_flux, 1.0, np.where(archetype == "ordinary", 500.0, 20.0)),
        }
    )


def _measures(
    rng: np.random.Generator, flux: NDArray[np.bool_], archetype: NDArray[np.str_]
) -> dict[str, Reals]:
    rows = len(flux)
    wide = flux | (archetype == "ntp-pool")
    agile = flux | (archetype == "cdn-inside")
    operators = np.round(rng.lognormal(np.where(wide, 2.0, 0.2), 0.6)) + 1
    return {
        "operators": operators,
        "new_rate": np.clip(rng.normal(np.where(agile, 0.8, 0.1), 0.15), 0, 1),
        "retention_1d": np.where(
            rng.random(rows) < 0.4, np.nan, np.clip(rng.normal(1 - 0.4 * flux, 0.1), 0, 1)
        ),
        "noise": rng.random(rows),
    }


def corpus(rows: int = 3000, seeds: Sequence[int] = (1, 2, 3)) -> list[pa.Table]:
    """Return a table per seed and vantage."""
    tables = [table(rows, seed=seed) for seed in seeds]
    return tables + [table(rows // 3, seed=seed, vantage="bare") for seed in seeds]
