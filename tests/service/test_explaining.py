from __future__ import annotations

from collections.abc import Iterator

import pytest

from fluxhound.errors import UnknownNameError
from fluxhound.history.store import Store
from fluxhound.records import EntityKind, Finding
from fluxhound.service.explaining import explained
from fluxhound.service.sweep import Sweep
from tests.service.live import store_of, tables, traffic


@pytest.fixture(scope="module")
def swept() -> Iterator[tuple[Store, tuple[Finding, ...]]]:
    with store_of(traffic()) as store:
        yield store, Sweep(store, tables=tables()).run().findings


def test_a_finding_and_its_time_line(swept: tuple[Store, tuple[Finding, ...]]) -> None:
    store, findings = swept
    first = next(f for f in findings if f.entity is EntityKind.REGISTERED_DOMAIN)
    told = explained(store, first.name, first.entity, tables=tables())
    assert told.finding.finding
    assert told.finding.measures["addresses"] == first.measures["addresses"]
    assert told.timeline.rows
    assert len(told.timeline.rows) == first.measures["addresses"]


def test_a_name_that_is_no_finding(swept: tuple[Store, tuple[Finding, ...]]) -> None:
    store, _ = swept
    name = store.connection.execute(
        "SELECT name FROM history WHERE type = 'A' GROUP BY name ORDER BY count(DISTINCT answers)"
    ).fetchall()[0][0]
    told = explained(store, name, tables=tables())
    assert told.finding.name == name
    assert not told.finding.finding


def test_a_network(swept: tuple[Store, tuple[Finding, ...]]) -> None:
    store, findings = swept
    network = next(f.network for f in findings if f.network)
    told = explained(store, network, tables=tables())
    assert told.finding.entity is EntityKind.NETWORK


@pytest.mark.parametrize("name", ["nobody.example", "network-00000000", "", "a'b\"c"])
def test_what_was_not_seen(swept: tuple[Store, tuple[Finding, ...]], name: str) -> None:
    with pytest.raises(UnknownNameError):
        explained(swept[0], name, tables=tables())
