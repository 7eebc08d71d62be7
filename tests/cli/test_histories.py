from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fluxhound.cli.histories import join, timelines_of
from fluxhound.records import (
    AddressFacts,
    AddressRow,
    AddressSpan,
    Change,
    EntityKind,
    Finding,
    Severity,
    Timeline,
)
from tests.cli.stand_in import StandInAnalysis, finding, totals

BEGAN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def history(name: str, **hours: int) -> Timeline:
    """Return a history in which each address is seen once, at the hour given."""
    rows, changes = [], []
    for address, hour in hours.items():
        time = BEGAN + hour * HOUR
        facts = AddressFacts(address=address, asn=None, holder="", country="", kind="")
        rows.append(AddressRow(facts=facts, spans=(AddressSpan(first=time, last=time, count=1),)))
        changes.append(Change(time=time, sensor="s", type="A", addresses=(address,), new=1, ttl=60))
    return Timeline(name=name, rows=tuple(rows), changes=tuple(changes), rows_left_out=1)


def test_joined_histories_have_each_address_once_in_order() -> None:
    joined = join("evil.example", [history("a", x=2, y=3), history("b", y=1, z=4)])
    assert [row.facts.address for row in joined.rows] == ["y", "x", "z"]
    assert [span.first.hour for span in joined.rows[0].spans] == [9, 11]
    assert [change.time.hour for change in joined.changes] == [9, 10, 11, 12]
    assert joined.rows_left_out == 2


@dataclass
class Recorded(StandInAnalysis):
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def timeline(self, name: str, entity: EntityKind | None = None) -> Timeline:
        self.asked.append((name, entity))
        return history(name, **{name: 1})


def server(host: str, domain: str = "evil.example") -> Finding:
    given = finding(host)
    return replace(given, entity=EntityKind.NAME_SERVER, registered_domain=domain)


@pytest.mark.parametrize("domain", ["evil.example", "rented.example"])
def test_name_servers_stand_under_the_domain_they_belong_to(domain: str) -> None:
    analysis = Recorded((finding(), server("ns1", domain), server("ns2", domain)), totals())
    histories = timelines_of(analysis)  # type: ignore[arg-type]
    key = (EntityKind.NAME_SERVER, domain)
    assert (key in histories) is (domain == "evil.example")
    assert (EntityKind.NAME, "evil.example") in histories
    assert (EntityKind.NAME_SERVER, "ns1") in histories
    if key in histories:
        assert [row.facts.address for row in histories[key].rows] == ["ns1", "ns2"]


def test_without_name_servers_none_are_asked_for() -> None:
    analysis = Recorded((finding(), finding("other.example")), totals())
    timelines_of(analysis)  # type: ignore[arg-type]
    assert {entity for _, entity in analysis.asked} == {EntityKind.NAME}


def test_the_report_shows_histories_of_findings_and_look_alikes() -> None:
    entities = (finding(), finding("cdn.example", Severity.INFO))
    timelines = timelines_of(StandInAnalysis(entities, totals()))  # type: ignore[arg-type]
    assert set(timelines) == {(EntityKind.NAME, "evil.example"), (EntityKind.NAME, "cdn.example")}
