from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from fluxhound.history.store import Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.alerts.sampling import Samples, latest_addresses
from tests.sharing import builders, strategies

LAST = builders.single_flux().last_seen.timestamp()
HOUR = int(LAST // 3600)
ROWS = [
    (HOUR, "kx-delivery.example", "A", "edge.example.net,192.0.2.1,192.0.2.2", LAST - 60),
    (HOUR, "kx-delivery.example", "A", "192.0.2.3", LAST),
    (HOUR, "kx-delivery.example", "AAAA", "2001:0db8::1", LAST - 120),
    (HOUR, "kx-delivery.example", "NS", "192.0.2.66", LAST),
    (HOUR, "www.kx-delivery.example", "A", "192.0.2.4", LAST - 180),
    (HOUR, "notkx-delivery.example", "A", "192.0.2.77", LAST),
    (HOUR - 5, "kx-delivery.example", "A", "192.0.2.88", LAST - 5 * 3600),
]


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with Store() as store:
        for hour, name, kind, answers, last in ROWS:
            store.connection.execute(
                "INSERT INTO history VALUES (?, 's', ?, ?, ?, ?, ?, 1, 60, 60, 1)",
                [hour, name, kind, answers, last, last],
            )
        yield store.connection.cursor()


def test_the_latest_addresses_of_a_name(cursor: duckdb.DuckDBPyConnection) -> None:
    assert latest_addresses(cursor, builders.single_flux()) == (
        "192.0.2.3", "192.0.2.1", "192.0.2.2", "2001:db8::1",
    )  # fmt: skip


def test_a_domain_has_those_of_its_names(cursor: duckdb.DuckDBPyConnection) -> None:
    domain = builders.finding(entity=EntityKind.REGISTERED_DOMAIN)
    assert latest_addresses(cursor, domain)[-1] == "192.0.2.4"


def test_what_a_look_had_goes_before_the_history(cursor: duckdb.DuckDBPyConnection) -> None:
    had = {"kx-delivery.example": ("edge.example.net", "192.0.2.9", "2001:db8::2", "192.0.2.9")}
    samples = Samples(cursor, lambda finding: had.get(finding.name, ()))
    assert samples.of(builders.single_flux()) == ("192.0.2.9", "2001:db8::2")
    had.clear()
    assert samples.of(builders.single_flux())[0] == "192.0.2.3"
    assert Samples(cursor).of(builders.single_flux())[0] == "192.0.2.3"


def test_a_network_has_none(cursor: duckdb.DuckDBPyConnection) -> None:
    assert latest_addresses(cursor, builders.network()) == ()


def test_a_store_that_cannot_be_read_gives_none() -> None:
    assert latest_addresses(duckdb.connect(), builders.single_flux()) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.findings)
def test_any_finding_can_be_asked_for(cursor: duckdb.DuckDBPyConnection, finding: Finding) -> None:
    assert len(latest_addresses(cursor, finding)) <= 20
