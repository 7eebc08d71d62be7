"""An input's health: silence and unreadable records are told, once for each change."""

from __future__ import annotations

import pytest

from fluxhound.sources.healthwatch import UNREADABLE_RECORDS, UNREADABLE_SECONDS, HealthWatch
from fluxhound.sources.live import Health
from fluxhound.sources.tally import Tally

GOOD = Tally(records=2, observations=1)


def bad(count: int) -> Tally:
    tally = Tally(records=count)
    tally.reject("not a JSON object", b"\x1b[2J<hello>", count)
    return tally


class Bench:
    """A watch with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.health = Health()
        self.watch = HealthWatch(self.health, name="dns", silent_after=60.0, clock=lambda: self.now)

    def after(self, seconds: float) -> str:
        """Return the state when the source has answered for *seconds* more."""
        self.now += seconds
        self.watch.connected()
        return self.health.state


@pytest.fixture
def bench(caplog: pytest.LogCaptureFixture) -> Bench:
    caplog.set_level("INFO", "fluxhound.sources.healthwatch")
    return Bench()


def test_from_the_start_to_running(bench: Bench) -> None:
    assert (bench.health.state, bench.health.connections) == ("starting", 0)
    assert bench.after(0) == "running"
    assert bench.health.connections == 1
    assert bench.health.last_record == float("-inf")
    bench.watch.seen(GOOD)
    assert bench.health.last_record == bench.now


def test_silence_is_told_once_and_ends_with_a_record(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    assert [bench.after(0), bench.after(59), bench.after(2), bench.after(50)] == [
        *("running", "running", "silent", "silent"),
    ]
    assert "60 s" in bench.health.error
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]
    bench.watch.seen(GOOD)
    assert (bench.health.state, bench.health.error) == ("running", "")
    assert bench.after(61) == "silent"


def test_a_few_bad_records_are_no_alarm(bench: Bench) -> None:
    bench.after(0)
    bench.watch.seen(bad(5))
    assert bench.after(1) == "running"
    bench.watch.seen(GOOD)
    assert bench.after(UNREADABLE_SECONDS) == "running"


def test_many_bad_records_and_no_good_one_are(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.after(0)
    for _ in range(3):
        bench.watch.seen(bad(UNREADABLE_RECORDS // 2))
    assert bench.health.state == "failing"
    assert "None of the last 150 records could be read (not a JSON object" in bench.health.error
    assert bench.health.error.isprintable()
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1
    bench.watch.seen(GOOD)
    assert bench.health.state == "running"


def test_bad_records_for_long_are_too(bench: Bench) -> None:
    bench.after(0)
    bench.watch.seen(bad(1))
    assert bench.after(UNREADABLE_SECONDS) == "failing"


def test_a_lost_connection_comes_before_all_else(bench: Bench) -> None:
    bench.after(100)
    bench.watch.interrupted("refused\x1b")
    assert (bench.health.state, bench.health.error) == ("failing", "refused\\x1b")
    assert bench.health.connections == 0
    assert bench.after(0) == "running"


def test_nothing_seen_changes_nothing(bench: Bench) -> None:
    bench.watch.seen(Tally())
    assert bench.health.last_record == float("-inf")
