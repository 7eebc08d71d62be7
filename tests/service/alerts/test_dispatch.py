from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import duckdb
import pytest

from fluxhound.history.store import Store
from fluxhound.service.alerts.courier import Courier
from fluxhound.service.alerts.delivery import DeliveryError, Letter
from fluxhound.service.alerts.dispatch import Dispatcher
from fluxhound.service.alerts.outbox import Outbox, Posting
from fluxhound.service.alerts.policy import policy_of
from fluxhound.service.alerts.settings import AlertSettings, StdoutSettings
from tests.service.alerts import letters
from tests.service.alerts.letters import NOW, Ear, posting, until

SETTINGS = AlertSettings()


class Stuck(Ear):
    """A destination that answers nothing for as long as it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.held = threading.Event()
        self.entered = threading.Event()

    def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
        self.entered.set()
        self.held.wait(20)
        super().deliver(letters, now=now)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        Outbox(store.connection.cursor()).prepare()
        yield store


def courier(store: Store, name: str, ear: Ear) -> Courier:
    policy = policy_of(SETTINGS, StdoutSettings(name=name))
    outbox = Outbox(store.connection.cursor())
    return Courier(name, ear, outbox, policy=policy, settings=SETTINGS, dice=letters.dice())


def put(store: Store, name: str, number: int) -> None:
    one = posting(number)
    given = Posting(destination=name, thing=one.thing, urgent=False, rank=3, letter=one.letter)
    Outbox(store.connection.cursor()).put([given], now=NOW)


def test_a_destination_that_hangs_or_fails_holds_up_no_other(store: Store) -> None:
    stuck, well, dead = Stuck(), Ear(), Ear(fault=DeliveryError("dead"))
    ears = {"stuck": stuck, "well": well, "dead": dead}
    dispatcher = Dispatcher(
        [courier(store, name, ear) for name, ear in ears.items()], clock=lambda: NOW
    )
    dispatcher.start()
    for name in ears:
        put(store, name, 0)
    dispatcher.wake()
    assert stuck.entered.wait(10)
    until(lambda: well.heard)
    put(store, "well", 1)
    dispatcher.wake()
    until(lambda: len(well.heard) == 2)
    until(lambda: dispatcher.health()[2].error)
    assert [each.state for each in dispatcher.health()][2] == "failing"
    assert stuck.heard == []
    stuck.held.set()
    dispatcher.stop()
    assert stuck.heard == [letters.alert(0).id]
    assert all(ear.closed for ear in ears.values())


def test_stopping_does_not_wait_for_one_that_hangs(store: Store) -> None:
    stuck = Stuck()
    dispatcher = Dispatcher([courier(store, "stuck", stuck)], clock=lambda: NOW)
    put(store, "stuck", 0)
    dispatcher.start()
    assert stuck.entered.wait(10)
    dispatcher.stop(timeout_s=0.05)
    assert stuck.heard == []
    stuck.held.set()
    until(lambda: stuck.closed)


def test_a_defect_is_told_and_the_next_alert_revives_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear(fault=ZeroDivisionError("odd"))  # type: ignore[arg-type]
    seen: list[object] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    put(store, "soc", 0)
    dispatcher = Dispatcher([courier(store, "soc", ear)], clock=lambda: NOW)
    dispatcher.start()
    until(lambda: seen)
    assert "a defect of Fluxhound: ZeroDivisionError" in dispatcher.health()[0].error
    until(lambda: not dispatcher._threads[0].is_alive())
    ear.fault = None
    dispatcher.wake()
    until(lambda: ear.heard)
    dispatcher.stop()


def test_a_store_that_fails_for_a_while_is_survived(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fluxhound.service.alerts.dispatch.STORE_PAUSE_S", 0.01)
    ear = Ear()
    chosen = courier(store, "soc", ear)
    whole = chosen.round
    faults = iter([duckdb.IOException("disk full"), duckdb.TransactionException("conflict")])

    def torn(now: float) -> float:
        fault = next(faults, None)
        if fault is not None:
            raise fault
        return whole(now)

    monkeypatch.setattr(chosen, "round", torn)
    put(store, "soc", 0)
    dispatcher = Dispatcher([chosen], clock=lambda: NOW)
    dispatcher.start()
    until(lambda: ear.heard)
    dispatcher.stop()
    assert "disk full" in caplog.text
