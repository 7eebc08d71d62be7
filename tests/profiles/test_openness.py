from __future__ import annotations

import numpy as np
import pytest

from tests.profiles import plain
from tests.profiles.building import DAY, Row, address, profile, profiles, row


def rotating(
    seed: int,
    name: str = "flux.example.com",
    *,
    pool: int = 120,
    days: int = 4,
    turnover: float = 0.0,
    size: int = 4,
    period: float = 900,
    sensors: int = 1,
) -> list[Row]:
    """Return a name that shows everyone another part of its pool each period."""
    rng = np.random.default_rng(seed)
    members = [address(rng) for _ in range(pool)]
    rows = []
    for i in range(int(days * DAY / period)):
        for place in np.flatnonzero(rng.random(pool) < turnover * period / DAY):
            members[place] = address(rng)
        text = ",".join(sorted({members[k] for k in rng.choice(pool, size, replace=False)}))
        for s in range(sensors):
            late = float(rng.uniform(0, period / 2))
            rows.append(row(i * period + late, text, name=name, sensor=f"r{s}"))
    return sorted(rows, key=lambda r: r["time"])


def test_measures_are_what_their_definitions_say() -> None:
    traffic = {
        f"n{i}.example{i}.com": rotating(
            i, f"n{i}.example{i}.com", pool=40 + 30 * i, turnover=0.1 * (i % 4), sensors=1 + i % 3
        )
        for i in range(6)
    }
    traffic["week.example.org"] = rotating(9, "week.example.org", days=9, period=2_400, pool=60)
    found = profiles([r for rows in traffic.values() for r in rows])
    for name, rows in traffic.items():
        p, history = found["name", name], plain.sightings(rows)
        for lag in (1, 3, 7):
            assert p[f"retention_{lag}d"] == pytest.approx(plain.retention(history, lag)), name
        assert p["agreement"] == pytest.approx(plain.agreement(history)), name
    assert found["name", "week.example.org"]["retention_7d"] > 0.9


@pytest.mark.parametrize("sensors", [1, 4])
@pytest.mark.parametrize(("turnover", "low", "high"), [(0.0, 0.93, 1.0), (0.3, 0.62, 0.86)])
def test_retention_tells_open_from_closed_from_one_place_and_from_four(
    sensors: int, turnover: float, low: float, high: float
) -> None:
    p = profile(rotating(3, pool=250, turnover=turnover, sensors=sensors))
    assert low <= p["retention_1d"] <= high


def test_one_day_and_few_addresses_have_no_retention() -> None:
    assert profile(rotating(1, days=1))["retention_1d"] is None
    assert profile(rotating(1, pool=12))["retention_1d"] is None


@pytest.mark.parametrize("pool", [60, 300])
def test_the_size_of_a_closed_pool_is_estimated(pool: int) -> None:
    p = profile(rotating(2, pool=pool, days=2))
    assert p["pool_estimate"] == pytest.approx(pool, rel=0.15)


def test_those_that_see_the_same_agree_and_those_that_do_not_do_not() -> None:
    def seen(texts: tuple[str, str]) -> list[Row]:
        return [
            row(i * 600 + s, texts[s].replace("N", str(i + 1)), sensor=f"r{s}")
            for i in range(20)
            for s in range(2)
        ]

    assert profile(seen(("80.0.0.N", "80.0.0.N")))["agreement"] == 1
    assert profile(seen(("80.0.0.N", "80.0.1.N")))["agreement"] == 0
    half = profile(seen(("80.0.0.N,80.0.1.N", "80.0.0.N,80.0.2.N")))["agreement"]
    assert half == pytest.approx(1 / 3)
    assert (
        profile([r | {"sensor": "r"} for r in seen(("80.0.0.N", "80.0.1.N"))])["agreement"] is None
    )
