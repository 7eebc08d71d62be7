from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fluxhound.lab.demand import DAY_S
from fluxhound.lab.parameters import parameters
from fluxhound.lab.queries import MICROSECONDS, Queries, ask
from fluxhound.lab.vantage import Vantage
from tests.lab.test_demand import drawn

VANTAGE = Vantage(resolvers=6, places=3, clients=500)


def asked(
    count: int = 400, *, days: float = 1.0, cut: float | None = None, **changes: Any
) -> Queries:
    wanted = drawn(count, days=days, **changes)
    return ask(wanted, VANTAGE, days, parameters().demand, cut)


def test_every_domain_of_people_is_asked_for_as_often_as_was_drawn() -> None:
    wanted = drawn(400)
    found = np.bincount(asked().domain, minlength=400)
    assert (found <= wanted.count).all()
    assert found.sum() > 0.98 * wanted.count.sum()  # visits that last beyond midnight


@pytest.mark.parametrize("sort", ["people", "machines", "calls", "waves"])
def test_queries_lie_within_the_run_and_clients_exist(sort: str) -> None:
    found = asked(days=2.0, demand={sort: 1.0})
    assert len(found) > 400
    assert 0 <= found.time.min() <= found.time.max() < 2 * DAY_S * MICROSECONDS
    assert 0 <= found.client.min() <= found.client.max() < 3000


def test_people_ask_by_day_where_they_live() -> None:
    found = asked(4000, factor=np.full(4000, 5.0))
    place = VANTAGE.place(found.client // VANTAGE.clients)
    for number in range(3):
        hours = found.time[place == number] / MICROSECONDS / 3600
        local = (hours + VANTAGE.longitude_h(np.array([number]))[0]) % 24
        by_hour = np.bincount(local.astype(np.int64), minlength=24)
        assert by_hour[2:5].mean() < 0.4 * by_hour[17:21].mean()


def test_machines_ask_at_all_hours() -> None:
    found = asked(2000, demand={"machines": 1.0})
    by_hour = np.bincount(found.time // (3600 * MICROSECONDS), minlength=24)
    assert by_hour.min() > 0.5 * by_hour.max()


def test_calls_of_one_victim_come_at_even_intervals() -> None:
    wanted = drawn(1, demand={"calls": 1.0})
    found = ask(wanted, VANTAGE, 1.0, parameters().demand, None)
    gaps = []
    for client in np.unique(found.client):
        moments = np.sort(found.time[found.client == client]) / MICROSECONDS
        gaps += np.diff(moments).tolist()
    assert np.median(gaps) == pytest.approx(wanted.interval_s[0], rel=0.2)


def test_a_wave_is_over_within_a_day_or_so() -> None:
    wanted = drawn(60, demand={"waves": 1.0}, days=7.0)
    found = ask(wanted, VANTAGE, 7.0, parameters().demand, None)
    asks = np.bincount(found.domain, minlength=60)
    assert (asks <= 3 * wanted.clients).all()
    halves = [
        np.subtract(*np.quantile(found.time[found.domain == d], [0.75, 0.25])) for d in range(60)
    ]
    assert np.median(halves) / MICROSECONDS < 4 * DAY_S


def test_each_made_up_label_is_asked_for_one_to_three_times() -> None:
    found = asked(50, demand={"waves": 1.0}, fresh=np.ones(50, dtype=np.bool_))
    _, counts = np.unique(found.domain << 40 | found.host, return_counts=True)
    assert counts.max() <= 3


def test_first_hosts_are_asked_for_most() -> None:
    found = asked(3000, hosts=np.full(3000, 8))
    counts = np.bincount(found.host)
    assert len(counts) == 8
    assert counts[0] > 2 * counts[2]


def test_dual_stack_names_are_asked_for_both() -> None:
    found = asked(3000, dual=np.ones(3000, dtype=np.bool_))
    assert found.six.mean() == pytest.approx(0.6 / 1.6, abs=0.02)


@pytest.mark.parametrize("sort", ["people", "machines", "calls", "waves"])
def test_what_is_cut_is_the_beginning_of_the_whole(sort: str) -> None:
    whole, cut = (asked(demand={sort: 1.0}, cut=c) for c in (None, 20_000.0))
    early = whole.where(whole.time < 20_000 * MICROSECONDS)
    for name in Queries.__slots__:
        assert getattr(early, name).tolist() == getattr(cut, name).tolist()
