from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxhound.history.store import Store
from fluxhound.records import Alert, AlertKind, Finding, Severity, VerdictKind
from fluxhound.service.alerts.changes import Waits
from fluxhound.service.alerts.ledger import FORGET_S, Ledger
from tests.sharing import builders, strategies

WAITS = Waits(settle_s=1800, end_after_s=86400)


def ledger(cursor: duckdb.DuckDBPyConnection, **given: str) -> Ledger:
    return Ledger(cursor, waits=WAITS, **given)


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with Store() as store:
        yield store.connection.cursor()


def at(minutes: float) -> datetime:
    return builders.NOW + timedelta(minutes=minutes)


def flux(minutes: float = 0, **given: Any) -> Finding:
    return builders.finding(**{"last_seen": at(minutes), **given})


def take(book: Ledger, *judged: Finding, minutes: float, complete: bool = False) -> list[Alert]:
    return book.take(judged, now=at(minutes), complete=complete)


def test_an_alert_says_all_of_it(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor, link="https://flux.example/")
    (alert,) = take(book, flux(), minutes=0)
    assert alert.kind is AlertKind.APPEARED
    assert alert.time == at(0)
    assert alert.clients == 9
    assert alert.link == "https://flux.example/findings/kx-delivery.example"
    assert alert.previous is None
    more = flux(1, verdict=VerdictKind.DOUBLE_FLUX, severity=Severity.CRITICAL)
    (alert,) = take(book, more, minutes=1)
    assert alert.kind is AlertKind.GREW
    assert (alert.previous, alert.previous_severity) == (VerdictKind.SINGLE_FLUX, Severity.HIGH)


def test_hostile_names_are_quoted_in_links(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor, link="https://flux.example")
    (alert,) = take(book, builders.hostile(), minutes=0)
    assert alert.link.startswith("https://flux.example/findings/a%1B%5B31m%E2%80%AE%22%3Cscript%3E")


def test_one_alert_for_a_domain_and_its_names(cursor: duckdb.DuckDBPyConnection) -> None:
    judged = [builders.double_flux(), *builders.folded_names(), builders.network()]
    alerts = take(ledger(cursor), *judged, minutes=0)
    assert sorted(alert.finding.name for alert in alerts) == [
        "mail-gate7.example",
        "network-1f0c3a9e",
    ]


def test_what_ended_is_told_as_it_was_told_last(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor)
    take(book, flux(), minutes=0)
    assert take(book, minutes=1, complete=True) == []
    (alert,) = take(book, minutes=40, complete=True)
    assert alert.kind is AlertKind.ENDED
    assert alert.finding.verdict is VerdictKind.SINGLE_FLUX
    assert alert.previous is VerdictKind.SINGLE_FLUX
    assert take(book, minutes=50, complete=True) == []


def test_what_turned_out_harmless_is_told_as_it_is_now(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor)
    take(book, flux(), minutes=0)
    other = flux(1, finding=False, verdict=VerdictKind.CDN, severity=Severity.INFO)
    take(book, other, minutes=1)
    (alert,) = take(book, other, minutes=40)
    assert alert.finding.verdict is VerdictKind.CDN
    assert alert.previous is VerdictKind.SINGLE_FLUX


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with Store(path) as store:
        assert len(take(ledger(store.connection.cursor()), flux(), minutes=0)) == 1
    with Store(path) as store:
        book = ledger(store.connection.cursor())
        assert take(book, flux(1), minutes=1) == []
        assert take(book, minutes=2, complete=True) == []
    with Store(path) as store:
        (alert,) = take(ledger(store.connection.cursor()), minutes=40, complete=True)
        assert alert.kind is AlertKind.ENDED


def test_nothing_ends_by_a_silence_to_which_nobody_listened(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    take(ledger(cursor), flux(), minutes=0)
    two_days = 2880
    book = ledger(cursor)  # the service was down for two days
    assert take(book, minutes=two_days) == []
    assert take(book, flux(two_days + 5), minutes=two_days + 5) == []
    assert take(book, minutes=two_days + 60) == []

    book = ledger(cursor)  # and again, and this time it is gone
    assert take(book, minutes=2 * two_days) == []
    (alert,) = take(book, minutes=2 * two_days + 31)
    assert alert.kind is AlertKind.ENDED


def test_what_was_not_committed_is_raised_again_with_the_same_identifier(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    book = ledger(cursor)
    cursor.execute("BEGIN")
    (first,) = take(book, flux(), minutes=0)
    cursor.execute("ROLLBACK")
    (again,) = take(book, flux(), minutes=5)
    assert again.id == first.id


def test_identifiers_differ_by_change_episode_and_installation(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    found = []
    book = ledger(cursor)
    found += take(book, flux(), minutes=0)
    found += take(book, flux(1, severity=Severity.CRITICAL), minutes=1)
    found += take(book, flux(1, measures=builders.measures(addresses=100)), minutes=2)
    found += take(book, minutes=3, complete=True)
    found += take(book, minutes=60, complete=True)
    found += take(book, flux(100), minutes=100)
    with Store() as other:
        found += take(ledger(other.connection.cursor(), scope="elsewhere"), flux(), minutes=0)
    kinds = ["appeared", "grew", "grew", "ended", "appeared", "appeared"]
    assert [alert.kind.value for alert in found] == kinds
    assert len({alert.id for alert in found}) == len(found)


def test_what_ended_long_ago_is_forgotten(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor)
    take(book, flux(), minutes=0)
    take(book, minutes=1441, complete=True)
    take(book, minutes=FORGET_S / 60 + 2, complete=True)
    assert cursor.execute("SELECT count(*) FROM finding_state").fetchall() == [(0,)]


def test_an_open_finding_is_not_written_at_each_look(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor)
    take(book, flux(), minutes=0)
    stored = "SELECT last_seen FROM finding_state"
    before = cursor.execute(stored).fetchall()
    for minute in range(1, 5):
        take(book, flux(minute), minutes=minute)
    assert cursor.execute(stored).fetchall() == before
    take(book, flux(6), minutes=6)
    assert cursor.execute(stored).fetchall() != before


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(judged=st.lists(strategies.findings, max_size=6), complete=st.booleans())
def test_any_judgement_is_told_at_most_once(
    cursor: duckdb.DuckDBPyConnection, judged: list[Finding], complete: bool
) -> None:
    cursor.execute("DROP TABLE IF EXISTS finding_state")
    book = ledger(cursor)
    told = take(book, *judged, minutes=0, complete=complete)
    assert len({alert.id for alert in told}) == len(told)
    assert take(book, *judged, minutes=1, complete=complete) == []
    later = take(book, minutes=2000, complete=complete)
    assert sorted(alert.kind for alert in later) == [AlertKind.ENDED] * len(told)


def test_what_cannot_be_read_back_ends_without_a_word(
    cursor: duckdb.DuckDBPyConnection, caplog: pytest.LogCaptureFixture
) -> None:
    book = ledger(cursor)
    take(book, flux(), minutes=0)
    cursor.execute("UPDATE finding_state SET document = '{}'")
    take(book, minutes=1, complete=True)
    assert take(book, minutes=60, complete=True) == []
    assert "cannot be told" in caplog.text
    assert take(book, minutes=61, complete=True) == []


def test_a_sweep_over_many_findings_is_quick(cursor: duckdb.DuckDBPyConnection) -> None:
    book = ledger(cursor)
    many = [flux(0, name=f"d{n}.example", registered_domain=f"d{n}.example") for n in range(2000)]
    began = time.monotonic()
    cursor.execute("BEGIN")
    assert len(take(book, *many, minutes=0, complete=True)) == 2000
    cursor.execute("COMMIT")
    assert take(book, *many, minutes=0, complete=True) == []
    assert time.monotonic() - began < 10, "a statement for each would take a minute"
