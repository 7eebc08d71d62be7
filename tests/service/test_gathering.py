from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from fluxhound.errors import UnreadableInputError
from fluxhound.service.gathering import Gathering, Line, rows_of
from fluxhound.sources.live import ENDED, FAILING, Health, Outlet, Portion
from fluxhound.sources.tally import Tally


def portion(rows: int) -> Portion:
    batch = pa.record_batch({"time": pa.array([1.0] * rows)})
    return Portion(batches=(batch,), tally=Tally())


@dataclass
class Counted:
    """An input that puts portions of given sizes, and fails if told so."""

    name: str = "counted"
    sizes: tuple[int, ...] = ()
    fails: bool = False
    sensor: str | None = None
    format: str = "zeek"
    not_observable: tuple[str, ...] = ()
    health: Health = field(default_factory=Health)
    started_at: str | None = None

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        self.started_at = position
        for size in self.sizes:
            outlet.put(portion(size))
        if self.fails:
            raise UnreadableInputError("the file is no log.")


class Waiting(Counted):
    """An input that waits until it is stopped."""

    def run(self, outlet: Outlet, stop: threading.Event, position: str | None) -> None:
        self.started_at = position
        stop.wait(10)


def settle(gathering: Gathering, names: list[str] | None = None) -> None:
    for _ in range(1000):
        if not gathering.alive(names):
            return
        threading.Event().wait(0.005)
    raise AssertionError(gathering.alive(names))


def test_the_line_keeps_the_order_and_takes_in_bounded_bites() -> None:
    line = Line()
    source = Counted()
    for size in (5, 7, 20, 1):
        line.put(source, portion(size))
    assert [a.rows for a in line.take(wait_s=0, most_rows=12)] == [5, 7]
    assert [a.rows for a in line.take(wait_s=0, most_rows=12)] == [20]  # at least one
    assert [a.rows for a in line.take(wait_s=0, most_rows=12)] == [1]
    assert line.take(wait_s=0, most_rows=12) == []


def test_a_full_line_makes_inputs_wait_and_loses_nothing() -> None:
    line = Line(rows=10)
    source = Counted(sizes=(6,) * 50)
    gathering = Gathering([source], line)
    gathering.start({})
    rows = 0
    while rows < 300:
        taken = line.take(wait_s=1, most_rows=6)
        assert line.waiting_rows <= 10
        rows += sum(arrival.rows for arrival in taken)
    settle(gathering)
    assert rows == 300
    assert source.health.state == ENDED


def test_pressure_needs_time_and_ends_when_the_line_is_half_empty() -> None:
    now = [0.0]
    line = Line(rows=10, clock=lambda: now[0])
    source = Counted()
    line.put(source, portion(10))
    waiter = threading.Thread(target=line.put, args=(source, portion(8)), daemon=True)
    waiter.start()
    while line._full_since == float("inf"):
        threading.Event().wait(0.005)
    assert not line.pressed
    now[0] = 2.5
    assert line.pressed
    assert line.lag() == {"counted": 2.5}
    line.take(wait_s=0, most_rows=10)
    waiter.join()
    assert line.take(wait_s=0, most_rows=10)[0].rows == 8
    assert not line.pressed


def test_an_input_that_cannot_go_on_is_told_and_the_others_go_on() -> None:
    line = Line()
    bad, good = Counted("bad", fails=True), Counted("good", sizes=(1,))
    gathering = Gathering([bad, good], line)
    gathering.start({"good": "here"})
    settle(gathering)
    assert (bad.health.state, bad.health.error) == (FAILING, "the file is no log.")
    assert good.started_at == "here"
    assert gathering.alive() == []


def test_one_input_is_replaced_while_the_others_stay() -> None:
    line = Line()
    stays, goes = Waiting("stays"), Waiting("goes")
    gathering = Gathering([stays, goes], line)
    gathering.start({})
    gathering.stop(["goes"])
    settle(gathering, ["goes"])
    new = Waiting("goes")
    gathering.replace(["goes"], [new])
    gathering.start({"goes": "there"})
    assert gathering.inputs == (stays, new)
    assert sorted(gathering.alive()) == ["goes", "stays"]
    gathering.stop()
    settle(gathering)
    assert new.started_at == "there"


@pytest.mark.parametrize("rows", [0, 3])
def test_rows_of_a_portion_count_who_asked_too(rows: int) -> None:
    given = portion(rows)
    assert rows_of(given) == rows
    both = Portion(batches=given.batches, asked=given.batches, tally=Tally())
    assert rows_of(both) == 2 * rows
