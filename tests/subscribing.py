"""How tests run live inputs of brokers: records with numbers, an outlet, a thread that ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import orjson
import pytest

from fluxhound.sources import jetstream, kafkatopic, natssession, redisstream, subscription
from fluxhound.sources.feed import Delivery, Feed
from fluxhound.sources.live import LiveInput, Portion
from fluxhound.sources.tally import Tally

PATIENCE = 15.0  # seconds after which a test is given up


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let inputs wait less than they do in service, so that tests wait less too."""
    monkeypatch.setattr(subscription, "PORTION_SECONDS", 0.02)
    for module in (redisstream, jetstream, natssession, kafkatopic):
        monkeypatch.setattr(module, "WAIT", 0.05)
    monkeypatch.setattr(jetstream, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(natssession, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(natssession, "ANSWER_SECONDS", 1.0)


def line(number: int) -> bytes:
    """Return one Zeek record whose name tells its number."""
    record = {
        "ts": 1_700_000_000 + number,
        "id.orig_h": "10.0.0.1",
        "id.resp_h": "10.0.0.2",
        "query": f"n{number}.example.test",
        "qtype_name": "A",
        "rcode_name": "NOERROR",
        "answers": [f"192.0.2.{number % 250}"],
        "TTLs": [300.0],
    }
    return orjson.dumps(record)


def number(name: str) -> int:
    """Return the number of a record's name."""
    return int(name.partition(".")[0][1:])


def payload_numbers(payloads: Sequence[bytes]) -> list[int]:
    """Return the numbers of records in payloads."""
    return [number(orjson.loads(payload)["query"]) for payload in payloads]


class Outlet:
    """Keeps portions, in order, and lets a test wait for what it expects."""

    pressed = False

    def __init__(self) -> None:
        self.portions: list[Portion] = []
        self._changed = threading.Condition()

    def put(self, portion: Portion) -> None:
        with self._changed:
            self.portions.append(portion)
            self._changed.notify_all()

    def wait(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until *holds*; it is looked at anew with every portion, and now and then."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not holds():
                assert time.monotonic() < deadline, "what was expected did not come"
                self._changed.wait(0.02)

    def wait_for_rows(self, count: int) -> None:
        """Wait for *count* observations."""
        self.wait(lambda: self.observations >= count)

    @property
    def observations(self) -> int:
        return sum(portion.tally.observations for portion in self.portions)

    @property
    def position(self) -> str | None:
        return self.portions[-1].position if self.portions else None

    def numbers(self) -> list[int]:
        return numbers(self.portions)

    def bad(self) -> dict[str, int]:
        """Return what was bad in all portions."""
        total = Tally()
        for portion in self.portions:
            total.bad.update(portion.tally.bad)
        return dict(total.bad)


def numbers(portions: Sequence[Portion]) -> list[int]:
    """Return the numbers of all observations, in order."""
    return [
        number(name)
        for portion in portions
        for batch in portion.batches
        for name in batch.column("name").to_pylist()
    ]


@contextmanager
def running(
    source: LiveInput, position: str | None = None, *, stops_within: float = 1.0
) -> Iterator[Outlet]:
    """Run *source* in a thread; at the end it must stop in time, and what it raised is raised."""
    outlet = Outlet()
    stop = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            source.run(outlet, stop, position)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield outlet
    finally:
        began = time.monotonic()
        stop.set()
        thread.join(PATIENCE)
        took = time.monotonic() - began
    if raised:
        raise raised[0]
    assert not thread.is_alive()
    assert took < stops_within, f"it took {took:.1f} s to stop"


def deliveries(
    feed: Feed, position: str | None, until: Callable[[list[Delivery]], bool]
) -> list[Delivery]:
    """Take deliveries of *feed* until enough came, then break off as a killed process does."""
    taken: list[Delivery] = []
    deadline = time.monotonic() + PATIENCE
    with closing(feed.deliveries(position, threading.Event())) as coming:
        for delivery in coming:
            taken.append(delivery)
            if until(taken):
                break
            assert time.monotonic() < deadline, "what was expected did not come"
    return taken


def payloads(taken: Sequence[Delivery]) -> list[bytes]:
    """Return all payloads, in order."""
    return [payload for delivery in taken for payload in delivery.payloads]


def _enough(came: int, messages: int) -> Callable[[list[Delivery]], bool]:
    return lambda so_far: len(so_far) >= came or len(payloads(so_far)) >= messages


def read_through(
    feed: Feed, total: int, cuts: Sequence[tuple[int, int]], position: str | None = None
) -> list[bytes]:
    """Read *total* messages, broken off at *cuts*, and return what was committed.

    A cut is how many deliveries came before the process was killed, and how many of the last ones
    were not committed: these must come again.
    """
    kept: list[bytes] = []
    for came, uncommitted in cuts:
        taken = deliveries(feed, position, _enough(came, total - len(kept)))
        committed = taken[: max(0, len(taken) - uncommitted)]
        kept += payloads(committed)
        position = committed[-1].position if committed else position
    missing = total - len(kept)
    taken = deliveries(feed, position, lambda so_far: len(payloads(so_far)) >= missing)
    return kept + payloads(taken)
