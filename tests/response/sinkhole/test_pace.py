from __future__ import annotations

from fluxhound.response.sinkhole import pace
from fluxhound.response.sinkhole.limits import Limits
from fluxhound.response.sinkhole.pace import Pace

SLOW = Limits(network_per_s=2, network_at_once=3)


def test_so_many_at_once_then_so_many_a_second() -> None:
    kept = Pace(SLOW)
    assert [kept.allows("a", now=10) for _ in range(5)] == [True] * 3 + [False] * 2
    assert [kept.allows("a", now=11) for _ in range(3)] == [True, True, False]
    assert [kept.allows("a", now=1_000) for _ in range(4)] == [True] * 3 + [False]


def test_a_network_does_not_pay_for_another() -> None:
    kept = Pace(SLOW)
    for _ in range(50):
        kept.allows("a", now=0)
    assert kept.allows("b", now=0)


def test_it_forgets_and_does_not_grow() -> None:
    kept = Pace(SLOW)
    for at in range(2 * pace._MOST_NETWORKS):
        kept.allows(str(at), now=0)
    assert len(kept._buckets) == pace._MOST_NETWORKS


def test_a_clock_that_goes_back_gives_nothing() -> None:
    kept = Pace(SLOW)
    assert [kept.allows("a", now=-at) for at in range(5)] == [True] * 3 + [False] * 2
