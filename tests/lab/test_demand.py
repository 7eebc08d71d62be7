from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from fluxhound.lab.demand import DAY_S, Wanted, popularity, wanted, whole_days
from fluxhound.lab.dice import mix
from fluxhound.lab.parameters import DEMANDS, parameters
from tests.lab.worlds import draws, times

COUNT = 60_000


def drawn(count: int = COUNT, **changes: Any) -> Wanted:
    """Return the demand for domains that people ask for, or with some *changes*."""
    fields: dict[str, Any] = {
        "demand": {"people": 1.0},
        "factor": np.ones(count),
        "hosts": np.ones(count, dtype=np.int64),
        "life_days": np.zeros(count),
        "beginning": 0.0,
        "dual": np.zeros(count, dtype=np.bool_),
        "fresh": np.zeros(count, dtype=np.bool_),
        "users": False,
        "days": 1.0,
        "population": parameters().population,
        "given": parameters().demand,
    }
    return wanted(mix(draws(count), 5), **fields | changes)


def test_most_domains_are_hardly_asked_for_and_a_few_very_often() -> None:
    count = drawn().count
    assert ((count >= 1) & (count <= 20)).mean() > 0.9
    assert 4 < count.mean() < 12
    assert 5_000 < count.max() <= parameters().population.queries_most
    assert np.median(count) <= 3


def test_popularity_follows_zipf_s_law() -> None:
    ranked = -np.sort(-popularity(mix(draws(COUNT), 1), np.ones(COUNT), parameters().population))
    some = np.array([50, 5000])
    slope = np.diff(np.log(ranked[some])) / np.diff(np.log(some))
    assert slope[0] == pytest.approx(-parameters().population.queries_zipf, abs=0.1)


def test_shares_of_sorts_are_kept() -> None:
    found = drawn(demand={"calls": 0.5, "waves": 0.2, "machines": 0.3}).demand
    shares = np.bincount(found, minlength=len(DEMANDS)) / COUNT
    assert shares == pytest.approx([0.0, 0.3, 0.5, 0.2], abs=0.01)


def test_malware_has_three_to_three_hundred_victims() -> None:
    found = drawn(demand={"calls": 1.0})
    assert 3 <= found.clients.min() <= found.clients.max() <= 300
    assert found.count.max() <= 1.05 * parameters().population.queries_most + 300
    calls = np.ceil(DAY_S / found.interval_s)
    assert (found.count == found.clients * calls).all()


def test_short_lives_are_whole_days_within_the_run() -> None:
    found = drawn(2000, life_days=np.full(2000, 2.0), days=7.0)
    assert (found.begin_s % DAY_S == 0).all()
    assert (found.begin_s + found.span_s <= 7 * DAY_S).all()
    assert set(np.unique(found.span_s / DAY_S)) <= {1.0, 2.0}
    assert len(np.unique(found.begin_s)) == 7


def test_some_names_begin_within_the_run() -> None:
    found = drawn(4000, beginning=0.25)
    assert (found.begin_s > 0).mean() == pytest.approx(0.25, abs=0.03)
    assert (found.begin_s + found.span_s == DAY_S).all()


def test_a_longer_run_asks_as_often_each_day() -> None:
    day, week = (drawn(days=d).count.sum() for d in (1.0, 7.0))
    assert week / day == pytest.approx(7, rel=0.1)


def test_a_stretch_touches_whole_days() -> None:
    first, days = whole_days(times(0, 10, 86_000), times(86_400, 5, 1000))
    assert first.tolist() == [0, 0, 0]
    assert days.tolist() == [1, 1, 2]


def test_every_field_has_one_element_for_each_domain() -> None:
    found = drawn(9)
    columns = [getattr(found, f.name) for f in dataclasses.fields(found)]
    assert {len(c) for c in columns if isinstance(c, np.ndarray)} == {9}
