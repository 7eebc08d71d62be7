from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import duckdb
import pytest

from fluxhound.history.store import Store
from fluxhound.records import Severity
from fluxhound.service.alerts.courier import LONGEST_PAUSE_S, LONGEST_WISH_S, Courier, pause_s
from fluxhound.service.alerts.delivery import DeliveryError, Letter
from fluxhound.service.alerts.outbox import Outbox, State
from fluxhound.service.alerts.policy import Policy
from fluxhound.service.alerts.settings import DAY_S, AlertSettings, QuietTime
from tests.service.alerts import letters
from tests.service.alerts.letters import NOW, Ear, posting

BUSY = DeliveryError("busy")
NEVER = DeliveryError("no such page", permanent=True)


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    with Store() as store:
        outbox = Outbox(store.connection.cursor())
        outbox.prepare()
        yield outbox


def courier(outbox: Outbox, ear: Ear, **given: object) -> Courier:
    usual: dict[str, object] = {
        "minimum": Severity.LOW,
        "quiet": (),
        "ceiling_per_hour": 100,
        "repeat_after_s": 0.0,
    }
    policy = Policy(**{**usual, **given})  # type: ignore[arg-type]
    settings = AlertSettings(outbox_limit=50, repeat_after_s=policy.repeat_after_s)
    return Courier("soc", ear, outbox, policy=policy, settings=settings, dice=letters.dice())


def rounds(chosen: Courier, now: float, until: float) -> float:
    """Let time pass as the dispatcher does, and return how far."""
    for _ in range(10_000):
        again = chosen.round(now)
        if again > until:
            return now
        now = max(again, now)
    raise AssertionError("it never rests")


def states(outbox: Outbox) -> list[str]:
    rows = outbox._cursor.execute("SELECT state FROM outbox ORDER BY sequence").fetchall()
    return [row[0] for row in rows]


def test_what_waits_is_delivered_in_batches(outbox: Outbox) -> None:
    ear = Ear(batch=2)
    chosen = courier(outbox, ear)
    outbox.put([posting(n) for n in range(5)], now=NOW)
    rounds(chosen, NOW, NOW)
    assert ear.heard == [letters.alert(n).id for n in range(5)]
    assert ear.tries == 3
    health = chosen.health
    assert (health.delivered, health.pending, health.state) == (5, 0, "idle")
    assert health.last_delivered == NOW


def test_a_destination_that_fails_is_left_alone_for_longer_and_longer(outbox: Outbox) -> None:
    ear = Ear(fault=BUSY)
    chosen = courier(outbox, ear)
    outbox.put([posting(n) for n in range(3)], now=NOW)
    rounds(chosen, NOW, NOW + 3600)
    assert 12 <= ear.tries <= 40
    assert chosen.health.state == "failing"
    assert chosen.health.error == "busy"
    assert chosen.health.pending == 3
    ear.fault = None
    rounds(chosen, NOW + 3600, NOW + 3600 + LONGEST_PAUSE_S)
    assert len(ear.heard) == 3
    assert chosen.health.error == ""
    assert chosen.health.state == "idle"


def test_a_new_critical_alert_does_not_wait_for_the_pause(outbox: Outbox) -> None:
    ear = Ear(fault=BUSY)
    chosen = courier(outbox, ear)
    outbox.put([posting(0)], now=NOW)
    for _ in range(12):
        rounds(chosen, chosen._rest_until or NOW, chosen._rest_until or NOW)
    now = chosen._rest_until - 30
    ear.fault = None
    outbox.put([posting(1), posting(2, Severity.CRITICAL)], now=now)
    rounds(chosen, now, now)
    assert ear.heard[0] == letters.alert(2, Severity.CRITICAL).id


def test_a_wish_to_be_left_alone_is_granted_within_bounds(outbox: Outbox) -> None:
    ear = Ear(fault=DeliveryError("busy", after_s=1e9))
    chosen = courier(outbox, ear)
    outbox.put([posting(0)], now=NOW)
    chosen.round(NOW)
    assert chosen.round(NOW) == NOW + LONGEST_WISH_S


def test_a_refused_alert_is_given_up_loudly_and_blocks_no_other(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear(fault=NEVER, batch=1)
    chosen = courier(outbox, ear)
    outbox.put([posting(0), posting(1)], now=NOW)
    with caplog.at_level(logging.ERROR):
        rounds(chosen, NOW, NOW)
    assert states(outbox) == [State.REFUSED, State.REFUSED]
    assert chosen.health.given_up == 2
    assert "given up for soc" in caplog.text


def test_one_that_is_refused_in_a_batch_blocks_no_other(outbox: Outbox) -> None:
    class Picky(Ear):
        def deliver(self, letters: Sequence[Letter], *, now: float) -> None:
            if any(each.told.id.endswith("0002" + "0" * 7 + "3") for each in letters):
                raise NEVER
            super().deliver(letters, now=now)

    ear = Picky()
    chosen = courier(outbox, ear)
    outbox.put([posting(n) for n in range(5)], now=NOW)
    rounds(chosen, NOW, NOW)
    assert len(ear.heard) == 4
    assert states(outbox).count(State.REFUSED) == 1


def test_a_refused_critical_alert_is_tried_for_thirty_days(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear(fault=NEVER, batch=1)
    chosen = courier(outbox, ear)
    outbox.put([posting(0, Severity.CRITICAL)], now=NOW)
    with caplog.at_level(logging.ERROR):
        rounds(chosen, NOW, NOW + 7200)
        assert states(outbox) == [State.WAITING]
        now = NOW + 30 * DAY_S - 10
        rounds(chosen, now, now)
        assert states(outbox) == [State.WAITING]
        rounds(chosen, now + 700, now + 700)
    assert states(outbox) == [State.REFUSED]
    assert "of them critical: 1" in caplog.text


def test_what_was_tried_for_too_long_is_given_up(outbox: Outbox) -> None:
    ear = Ear(fault=BUSY)
    chosen = courier(outbox, ear)
    outbox.put([posting(0), posting(1, Severity.CRITICAL)], now=NOW)
    late = NOW + 3 * DAY_S + 1
    outbox.put([posting(2)], now=late)
    rounds(chosen, late, late)
    assert states(outbox) == [State.GIVEN_UP, State.WAITING, State.WAITING]


def test_the_ceiling_is_kept_and_one_summary_says_so(outbox: Outbox) -> None:
    ear = Ear()
    chosen = courier(outbox, ear, ceiling_per_hour=10)
    outbox.put([posting(n) for n in range(25)], now=NOW)
    outbox.put([posting(90 + n, Severity.CRITICAL) for n in range(5)], now=NOW)
    rounds(chosen, NOW, NOW)
    critical = [letters.alert(90 + n, Severity.CRITICAL).id for n in range(5)]
    assert set(critical) <= set(ear.heard)
    assert len(ear.heard) == 16, "five critical ones, ten others, and a summary"
    rounds(chosen, NOW + 60, NOW + 3599)
    assert len(ear.heard) == 16
    rounds(chosen, NOW + 3601, NOW + 3 * 3600)
    assert {letters.alert(n).id for n in range(25)} <= set(ear.heard)
    assert len(ear.heard) == 32, "30 alerts and two summaries"


def test_the_quiet_time_holds_back_until_it_ends(outbox: Outbox) -> None:
    ear = Ear()
    # It is 07:30 of a Saturday.
    chosen = courier(outbox, ear, quiet=(QuietTime.parse(days="sat", until="08:00"),))
    outbox.put([posting(0), posting(1, Severity.CRITICAL), letters.ended(2)], now=NOW)
    rounds(chosen, NOW, NOW)
    assert ear.heard == [letters.alert(1, Severity.CRITICAL).id]
    rounds(chosen, NOW, NOW + 1800)
    assert len(ear.heard) == 3


def test_one_thing_is_told_once_an_hour_by_its_newest_alert(outbox: Outbox) -> None:
    ear = Ear()
    chosen = courier(outbox, ear, repeat_after_s=3600.0)
    for minute in range(6):
        outbox.put([posting(0, id=f"a{minute}")], now=NOW + 60 * minute)
        rounds(chosen, NOW + 60 * minute, NOW + 60 * minute)
    assert ear.heard == ["a0"]
    rounds(chosen, NOW + 301, NOW + 3600)
    assert ear.heard == ["a0", "a5"]
    assert chosen.health.superseded == 4


def test_too_many_are_dropped_loudly(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    chosen = courier(outbox, Ear(fault=BUSY))
    outbox.put([posting(n) for n in range(60)], now=NOW)
    with caplog.at_level(logging.ERROR):
        rounds(chosen, NOW, NOW)
    assert "10 were dropped" in caplog.text
    assert chosen.health.given_up == 10


def test_an_unreadable_row_blocks_no_other(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    chosen = courier(outbox, ear)
    outbox.put([posting(n) for n in range(4)], now=NOW)
    outbox._cursor.execute("UPDATE outbox SET document = '{}' WHERE thing = 'd1.example'")
    with caplog.at_level(logging.ERROR):
        rounds(chosen, NOW, NOW)
    assert len(ear.heard) == 3
    assert states(outbox).count(State.REFUSED) == 1


class Torn(Outbox):
    """An outbox whose disk is full."""

    full = False

    def settle(self, *args: object, **given: object) -> None:
        if self.full:
            raise duckdb.IOException("No space left on device")
        super().settle(*args, **given)  # type: ignore[arg-type]


def test_a_full_disk_does_not_make_it_say_the_same_again_and_again(outbox: Outbox) -> None:
    torn = Torn(outbox._cursor)
    ear = Ear()
    chosen = courier(torn, ear)
    torn.put([posting(0)], now=NOW)
    torn.full = True
    for _ in range(5):
        with pytest.raises(duckdb.IOException):
            chosen.round(NOW)
    torn.full = False
    rounds(chosen, NOW, NOW)
    assert ear.heard == [letters.alert(0).id]


def test_pauses_double_with_jitter_up_to_a_bound() -> None:
    dice = letters.dice()
    pauses = [pause_s(tries, dice) for tries in range(30)]
    for tries, pause in enumerate(pauses):
        whole = min(LONGEST_PAUSE_S, 2.0**tries)
        assert whole / 2 <= pause <= whole
    assert len(set(pauses[15:])) == 15


def test_closing_lets_the_destination_go(outbox: Outbox) -> None:
    ear = Ear()
    courier(outbox, ear).close()
    assert ear.closed
