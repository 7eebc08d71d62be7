from __future__ import annotations

from fluxhound.service.trafficclock import TrafficClock


def clock(at: list[float]) -> TrafficClock:
    return TrafficClock(wall=lambda: 1000.0 + at[0], pace=lambda: at[0])


def test_without_records_it_is_now() -> None:
    assert clock([5.0]).seconds() == 1005.0


def test_replayed_traffic_has_its_own_time_that_goes_on() -> None:
    at = [0.0]
    traffic = clock(at)
    traffic.see(100.0)
    traffic.see(90.0)
    at[0] = 7.0
    assert traffic.seconds() == 107.0
    assert traffic.now().timestamp() == 107.0


def test_a_sensor_whose_clock_is_ahead_does_not_move_it_into_the_future() -> None:
    at = [0.0]
    traffic = clock(at)
    traffic.see(5000.0)
    assert traffic.seconds() == 1000.0
    at[0] = 3.0
    assert traffic.seconds() == 1003.0
