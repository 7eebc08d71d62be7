from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, median

import numpy as np
import pytest

from tests.profiles import plain
from tests.profiles.building import HOUR, Row, address, profile, profiles, row

SEEDS = range(12)


def random_rows(seed: int, name: str, *, sensors: int = 1) -> list[Row]:
    """Return a name whose answers come from a small pool, with repeats, pauses and two types."""
    rng = np.random.default_rng(seed)
    pool = [address(rng) for _ in range(rng.integers(3, 30))]
    hosts = [f"2a{i:02x}:db8:{rng.integers(99)}::{i}" for i in range(6)]
    rows, time = [], 0.0
    for _ in range(rng.integers(8, 120)):
        time += float(rng.exponential(rng.choice([200, 2_000, 8 * HOUR], p=[0.5, 0.45, 0.05])))
        chosen = hosts if rng.random() < 0.2 else pool
        size = rng.integers(1, min(4, len(chosen)) + 1)
        text = ",".join(rng.choice(chosen, size, replace=False))
        sensor, ttl = f"r{rng.integers(sensors)}", int(rng.integers(1, 600))
        rows += [row(time, text, name=name, ttl=ttl, sensor=sensor)]
        if rng.random() < 0.4:  # the same answer again
            rows += [row(time + 7.0, text, name=name, ttl=ttl - 1, sensor=sensor)]
    return rows


@pytest.mark.parametrize("sensors", [1, 3])
def test_measures_are_what_their_definitions_say(sensors: int) -> None:
    traffic = {f"n{i}.example{i}.com": i for i in SEEDS}
    rows = {n: random_rows(seed, n, sensors=sensors) for n, seed in traffic.items()}
    found = profiles([r for each in rows.values() for r in each], wanted=tuple(traffic))
    for name, each in rows.items():
        p, history = found["name", name], plain.sightings(each)
        shares = plain.new_rates(history)
        early = [share for share in shares[:20] if share is not None]
        assert p["new_rate"] == pytest.approx(mean(early) if early else None)
        late = [share for share in shares[-20:] if share is not None]
        assert p["new_rate_late"] == pytest.approx(mean(late) if late else None)
        assert p["heaps"] == pytest.approx(plain.heaps(history))
        assert p["fluxiness"] == pytest.approx(plain.fluxiness(history))
        between = plain.changes(history)
        assert p["refreshes"] == len(between)
        assert p["change_interval_s"] == pytest.approx(median(between) if between else None)
        assert p["change_ratio"] == pytest.approx(plain.change_ratio(history))
        assert p["growth"] == pytest.approx(p["units"] / len(each))
        if sensors == 1:
            assert p["return_rate"] == pytest.approx(plain.return_rate(history))


def steps(texts: Sequence[str], period: float = 600, **given: int | str) -> list[Row]:
    return [row(i * period, text, **given) for i, text in enumerate(texts)]  # type: ignore[arg-type]


def test_a_pool_that_never_repeats_grows_with_power_one() -> None:
    p = profile(steps([f"80.0.0.{i}" for i in range(1, 65)]))
    assert p["heaps"] == pytest.approx(1.0)
    assert (p["new_rate"], p["new_rate_late"]) == (1.0, 1.0)


def test_a_closed_pool_stops_growing() -> None:
    p = profile(steps([f"80.0.0.{i % 4 + 1}" for i in range(256)]))
    assert p["heaps"] < 0.3
    assert p["new_rate"] == pytest.approx(3 / 19)
    assert p["new_rate_late"] == 0


def test_an_answer_that_lasts_for_hours_is_measured_from_change_to_change() -> None:
    """Also across the hourly rows of the history: what is seen again is no change."""
    rows = [row(t * 600, f"80.0.0.{t // 24 + 1}", ttl=60) for t in range(24 * 4)]
    p = profile(rows)
    assert p["refreshes"] == 3
    assert p["change_interval_s"] == 4 * HOUR
    assert p["change_ratio"] == 4 * HOUR / 60


def test_sensors_that_hold_different_answers_make_no_refresh() -> None:
    """Four caches, each with its own answer that stays."""
    rows = [row(t * 60 + s, f"80.0.0.{s + 1}", sensor=f"r{s}") for t in range(50) for s in range(4)]
    p = profile(rows)
    assert (p["refreshes"], p["sensors"], p["addresses"]) == (0, 4, 4)
    assert p["change_interval_s"] is None


def test_sensors_that_agree_say_the_same_as_one() -> None:
    alone = steps([f"80.0.{i // 250}.{i % 250 + 1}" for i in range(40)])
    also = [r | {"sensor": f"r{s}", "time": r["time"] + s} for r in alone for s in range(4)]
    one, four = profile(alone), profile(also)
    for measure in ("new_rate", "new_rate_late", "heaps", "change_interval_s", "units"):
        assert four[measure] == pytest.approx(one[measure]), measure
    assert four["refreshes"] == 4 * one["refreshes"]  # each vantage point counts its own


def test_the_largest_ttl_counts_and_never_the_mean() -> None:
    counting = [row(i * 10, f"80.0.0.{i // 30 + 1}", ttl=300 - (i % 30) * 10) for i in range(90)]
    assert profile(counting)["ttl_max"] == 300
    assert profile([r | {"ttl": None} for r in counting])["ttl_max"] is None


@pytest.mark.parametrize("ttl", [None, 0])
def test_without_a_ttl_there_is_no_ratio(ttl: int | None) -> None:
    p = profile(steps([f"80.0.0.{i}" for i in range(1, 9)], ttl=ttl))  # type: ignore[arg-type]
    assert p["change_ratio"] is None
    assert p["ttl_max"] == ttl


def test_aggregates_leave_out_what_needs_an_order() -> None:
    rows = [
        row(i * 60, f"80.0.0.{i}", ttl=None, time_last=i * 60 + 5 * HOUR, count=9, client=None)
        for i in range(1, 12)
    ]
    p = profile(rows)
    for measure in (
        "refreshes", "new_rate", "new_rate_late", "heaps", "change_interval_s", "change_ratio",
        "return_rate",
    ):  # fmt: skip
        assert p[measure] is None, measure
    assert p["answers"] == 99
    assert p["units"] == 11
    assert p["clients"] is None
