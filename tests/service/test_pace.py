from __future__ import annotations

import pytest

from fluxhound.service.pace import Pace


def test_what_comes_seldom_begins_at_once() -> None:
    pace = Pace(0.5, 3.0, 0.0)
    for second in range(100):
        assert pace.wait(second) == 0.0
        pace.spend(0.4, second)


def test_work_without_end_takes_its_share() -> None:
    pace, now, worked = Pace(0.5, 3.0, 0.0), 0.0, 0.0
    while now < 1000.0:
        now += pace.wait(now)
        pace.spend(0.4, now + 0.4)
        now, worked = now + 0.4, worked + 0.4
    assert worked / now == pytest.approx(0.5, abs=0.01)


def test_a_burst_is_bounded_by_the_credit() -> None:
    pace = Pace(0.5, 3.0, 0.0)
    pace.spend(3.0, 50.0)
    assert pace.wait(50.0) > 0.0
    assert pace.wait(50.1) == 0.0
    pace.spend(2.05, 50.1)
    assert pace.wait(50.1) == pytest.approx(4.0, abs=0.1)


def test_a_clock_that_stands_gives_nothing() -> None:
    pace = Pace(0.5, 1.0, 10.0)
    pace.spend(1.5, 10.0)
    assert pace.wait(5.0) > 1.0
