"""What a subscription makes of a feed's deliveries, whatever the broker."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

import pytest

from fluxhound.sources import subscription
from fluxhound.sources.feed import PORTION_MESSAGES, Delivery, Interruption
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.live import LiveInput, Portion
from fluxhound.sources.messages import LOST, line_format
from fluxhound.sources.subscription import Subscription
from tests.subscribing import line, numbers


class Script:
    """A feed that delivers what it is given, connection by connection, then stops the input."""

    def __init__(self, *connections: Sequence[Delivery | str]) -> None:
        self.connections = list(connections)
        self.asked: list[str | None] = []

    def deliveries(
        self, position: str | None, stop: threading.Event
    ) -> Generator[Delivery, None, None]:
        self.asked.append(position)
        for each in self.connections.pop(0):
            if isinstance(each, str):
                raise Interruption(each)
            yield each
        if not self.connections:
            stop.set()


class Portions(list[Portion]):
    pressed = False

    def put(self, portion: Portion) -> None:
        self.append(portion)


def run(
    feed: Script, position: str | None = None, seconds: float = 0.0
) -> tuple[Portions, Subscription]:
    """Run *feed* to its end; every look at the clock takes *seconds*."""
    now = [0.0]

    def clock() -> float:
        now[0] += seconds
        return now[0]

    source = Subscription(feed, name="dns", sensor="s1", clock=clock)
    portions = Portions()
    source.run(portions, threading.Event(), position)
    return portions, source


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "FIRST_PAUSE", 0.0)


def test_it_is_a_live_input() -> None:
    source: LiveInput = Subscription(Script(), name="dns")
    assert (source.name, source.format, source.not_observable) == ("dns", "", ())


def test_deliveries_are_gathered_into_one_portion() -> None:
    portions, source = run(
        Script([Delivery(position=str(n), payloads=[line(n)]) for n in range(5)])
    )
    assert [portion.position for portion in portions] == ["4"]
    assert sorted(numbers(portions)) == list(range(5))
    assert source.format == "zeek-json"
    assert source.not_observable
    sensors = portions[0].batches[0].column("sensor").to_pylist()
    assert set(sensors) == {"s1"}
    assert (source.health.state, source.health.connections) == ("ended", 0)


def test_a_portion_is_due_after_a_while() -> None:
    portions, _ = run(
        Script([Delivery(position=str(n), payloads=[line(n)]) for n in range(6)]), seconds=0.05
    )
    assert len(portions) > 1
    assert portions[-1].position == "5"
    assert sorted(numbers(portions)) == list(range(6))


def test_a_portion_is_due_when_it_is_full() -> None:
    many = [line(n) for n in range(PORTION_MESSAGES)]
    portions, _ = run(
        Script([Delivery(position="1", payloads=many), Delivery(position="2", payloads=[line(0)])])
    )
    assert [portion.tally.observations for portion in portions] == [PORTION_MESSAGES, 1]


def test_what_came_before_an_interruption_counts_and_reading_goes_on_after_it() -> None:
    feed = Script(
        [Delivery(position="1", payloads=[line(1)]), "gone"],
        ["gone still"],
        [Delivery(position="1"), Delivery(position="2", payloads=[line(2)])],
    )
    portions, _ = run(feed, "0")
    assert feed.asked == ["0", "1", "1"]
    assert [portion.position for portion in portions] == ["1", "2"]
    assert sorted(numbers(portions)) == [1, 2]


def test_nothing_new_is_no_portion() -> None:
    portions, _ = run(Script([Delivery(position="7")] * 4), "7", seconds=1.0)
    assert portions == []


def test_a_place_to_begin_at_is_kept_at_once() -> None:
    portions, _ = run(Script([Delivery(position="7")] * 4))
    assert [(p.position, p.tally.records, p.batches) for p in portions] == [("7", 0, ())]


def test_losses_and_remarks_are_told(caplog: pytest.LogCaptureFixture) -> None:
    portions, _ = run(Script([Delivery(position="9", lost=4, remark="made anew")]))
    assert portions[0].tally.bad == {LOST: 4}
    assert portions[0].tally.records == 4
    assert "4 messages were removed" in caplog.text
    assert "made anew" in caplog.text


def test_options_of_the_table_reach_the_reader() -> None:
    record = b'{"seen": 1700000000000, "host": "n5.example.test", "ips": "192.0.2.1"}'
    source = Subscription(
        Script([Delivery(position="1", payloads=[record])]),
        name="dns",
        format=line_format("table"),
        options=ReadOptions(columns={"time": "seen", "name": "host"}, time_unit="ms"),
    )
    portions = Portions()
    source.run(portions, threading.Event(), None)
    assert portions[0].batches[0].column("time").to_pylist() == [1_700_000_000.0]
