from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings

from fluxhound.errors import UnreadableInputError
from fluxhound.history.store import Store
from fluxhound.records import Severity
from fluxhound.service.alerts.delivery import Letter
from fluxhound.service.alerts.outbox import KEEP_S, Outbox, Posting, State
from fluxhound.sharing.alertjson import told_document
from fluxhound.sharing.headline import Told
from tests.service.alerts import letters
from tests.service.alerts.letters import NOW, posting
from tests.sharing import alerting


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        yield store


def opened(store: Store) -> Outbox:
    outbox = Outbox(store.connection.cursor())
    outbox.prepare()
    return outbox


def test_what_is_put_waits_the_urgent_first(store: Store) -> None:
    outbox = opened(store)
    outbox.put(
        [posting(0, Severity.LOW), posting(1), posting(2, Severity.CRITICAL), posting(3)], now=NOW
    )
    rows = outbox.waiting("soc")
    assert [row.thing for row in rows] == ["d2.example", "d1.example", "d3.example", "d0.example"]
    assert rows[0].urgent
    assert {(row.raised, row.due, row.tries) for row in rows} == {(NOW, NOW, 0)}
    assert outbox.waiting("another") == []
    found = outbox.letters([row.sequence for row in rows])
    assert [each.told.id for each in found.values()] == [letters.alert(2, Severity.CRITICAL).id,
        letters.alert(1).id, letters.alert(3).id, letters.alert(0, Severity.LOW).id]  # fmt: skip


def test_what_is_settled_waits_no_more_and_is_remembered_for_a_while(store: Store) -> None:
    outbox = opened(store)
    outbox.put([posting(0), posting(1), posting(2, Severity.CRITICAL)], now=NOW)
    sequences = [row.sequence for row in outbox.waiting("soc")]
    outbox.settle(sequences, State.DELIVERED, now=NOW + 10)
    assert outbox.waiting("soc") == []
    assert outbox.letters(sequences) == {}
    past = outbox.past("soc", NOW + 20, since=NOW)
    assert past.within_hour == [NOW + 10] * 2, "critical ones do not count"
    assert set(past.told) == {"d0.example", "d1.example", "d2.example"}
    outbox.settle(sequences, State.GIVEN_UP, now=NOW + 11)
    assert len(outbox.past("soc", NOW + 20, since=NOW).told) == 3, "settled once"
    outbox.purge("soc", now=NOW + KEEP_S + 11)
    assert outbox.past("soc", NOW + 20, since=NOW).told == {}


def test_a_failed_try_is_counted(store: Store) -> None:
    outbox = opened(store)
    outbox.put([posting(0)], now=NOW)
    outbox.postpone([outbox.waiting("soc")[0].sequence], NOW + 99)
    (row,) = outbox.waiting("soc")
    assert (row.due, row.tries) == (NOW + 99, 1)


def test_the_queue_is_bounded_but_not_for_critical_ones(store: Store) -> None:
    outbox = opened(store)
    severities = [Severity.LOW, Severity.HIGH, Severity.CRITICAL]
    outbox.put([posting(n, severities[n % 3]) for n in range(30)], now=NOW)
    assert outbox.trim("soc", 12, now=NOW) == 8
    rows = outbox.waiting("soc")
    assert [row.rank for row in rows] == [4] * 10 + [3] * 10 + [1] * 2
    assert outbox.count("soc") == 22
    assert {row.thing for row in rows[-2:]} == {"d24.example", "d27.example"}, "the newest stay"


def test_rows_for_destinations_that_are_gone_wait_for_a_while(store: Store) -> None:
    outbox = opened(store)
    outbox.put([posting(0)], now=NOW)
    outbox.put([posting(1)], now=NOW + 100)
    assert outbox.strangers(["soc"], older=NOW + 1000) == {}
    assert outbox.strangers(["other"], older=NOW + 50) == {"soc": 1}
    assert [row.thing for row in outbox.waiting("soc")] == ["d1.example"]


def test_many_rows_keep_their_order(store: Store) -> None:
    outbox = opened(store)
    outbox.put([posting(n) for n in range(3000)], now=NOW)
    outbox.put([posting(3000)], now=NOW)
    rows = outbox.waiting("soc")
    assert [row.thing for row in rows] == [f"d{n}.example" for n in range(3001)]


def test_a_summary_is_noticed(store: Store) -> None:
    outbox = opened(store)
    assert outbox.past("soc", NOW, since=NOW).summary is None
    told = alerting.held_back()
    letter = Letter(told=told)
    outbox.put([Posting(destination="soc", thing="", urgent=False, rank=0, letter=letter)], now=NOW)
    assert outbox.past("soc", NOW, since=NOW).summary == NOW


@settings(max_examples=40)
@given(alerting.told, alerting.addresses)
def test_any_letter_comes_back(told: Told, addresses: list[str]) -> None:
    cursor = duckdb.connect()
    outbox = Outbox(cursor)
    outbox.prepare()
    letter = Letter(told=told, addresses=tuple(addresses))
    outbox.put(
        [Posting(destination="soc", thing="x", urgent=False, rank=1, letter=letter)], now=NOW
    )
    (row,) = outbox.waiting("soc")
    back = outbox.letters([row.sequence])[row.sequence]
    assert told_document(back.told, back.addresses) == told_document(told, addresses)


def test_a_row_that_holds_something_else_is_an_error(store: Store) -> None:
    outbox = opened(store)
    outbox.put([posting(0)], now=NOW)
    store.connection.execute("UPDATE outbox SET document = '{}'")
    with pytest.raises(UnreadableInputError):
        outbox.letters([outbox.waiting("soc")[0].sequence])


def test_it_outlives_the_program(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        opened(store).put([posting(0), posting(1)], now=NOW)
    with Store(tmp_path / "store") as store:
        outbox = opened(store)
        outbox.put([posting(2)], now=NOW)
        rows = outbox.waiting("soc")
        assert [row.thing for row in rows] == ["d0.example", "d1.example", "d2.example"]


def test_threads_that_write_different_rows_do_not_meet(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        opened(store)
        faults: list[str] = []

        def deliver(destination: str) -> None:
            outbox = Outbox(store.connection.cursor())
            try:
                done = 0
                while done < 40:
                    rows = [row.sequence for row in outbox.waiting(destination)]
                    if rows:
                        outbox.postpone(rows, NOW)
                        outbox.settle(rows, State.DELIVERED, now=NOW)
                    outbox.purge(destination, now=NOW)
                    done += len(rows)
            except duckdb.Error as error:
                faults.append(str(error))

        names = ("a", "b", "c")
        threads = [threading.Thread(target=deliver, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        cursor = store.connection.cursor()
        judge = Outbox(cursor)
        for number in range(40):
            one = posting(number)
            cursor.execute("BEGIN")
            judge.put(
                [
                    Posting(
                        destination=name,
                        thing=one.thing,
                        urgent=False,
                        rank=1,
                        letter=one.letter,
                    )
                    for name in names
                ],
                now=NOW,
            )
            cursor.execute("COMMIT")
        for thread in threads:
            thread.join(30)
        assert faults == []
        assert not any(thread.is_alive() for thread in threads)
