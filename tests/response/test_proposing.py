from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from fluxhound.history.store import Store
from fluxhound.records import Finding
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.entries import Entry, Mode, Plan, Trigger
from fluxhound.response.lookout import Lookout, since_hour
from fluxhound.response.policy import Policy
from fluxhound.response.proposing import propose
from fluxhound.response.protection import protection_of
from tests.history.askings import add, add_askings, row
from tests.response.responses import BOLD, NOW, entry, finding

HOUR = since_hour(NOW) + 700
DOUBLE = dataclasses.replace(BOLD, nsdname=True, nsip=True, own=())


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        add(opened, [
            row(HOUR, "evil.lab", "45.1.1.1", count=9),
            row(HOUR, "ns1.evil.lab", "45.9.9.9", count=2),
            (HOUR, "", "evil.lab", "NS", "ns1.evil.lab", 0.0, 0.0, 1, 60, 60, 1),
        ])  # fmt: skip
        add_askings(opened, [(HOUR, "evil.lab", 7, 0.0, 1)])
        yield opened


def proposed(
    store: Store, policy: Policy, *findings: Finding, entries: tuple[Entry, ...] = ()
) -> Plan:
    cursor = store.connection.cursor()
    there = Circumstances(protection=protection_of(policy), entries=entries)
    return propose(cursor, Lookout(cursor), findings, there, policy, NOW)


def test_a_plan_knows_what_it_touches(store: Store) -> None:
    found = proposed(store, BOLD, finding())
    assert [p.blast.clients for p in found.proposals] == [1]
    assert found.proposals[0].entry.approved_by == "policy"


def test_servers_of_double_flux_are_found_in_the_history(store: Store) -> None:
    found = proposed(store, DOUBLE, finding())
    keys = {p.entry.key for p in found.proposals}
    assert keys == {
        (Trigger.NAME, "evil.lab"),
        (Trigger.NSDNAME, "ns1.evil.lab"),
        (Trigger.NSIP, "45.9.9.9"),
    }


def test_servers_that_serve_others_are_left_alone(store: Store) -> None:
    add(store, [(HOUR, "", "good.lab", "NS", "ns1.evil.lab", 0.0, 0.0, 1, 60, 60, 1)])
    found = proposed(store, DOUBLE, finding())
    assert [p.entry.trigger for p in found.proposals] == [Trigger.NAME]
    refused = {brake.id for p in found.refused for brake in p.brakes}
    assert refused == {"serves-others"}
    # Also when it began to serve others only after the rule was made.
    server = entry("ns1.evil.lab", trigger=Trigger.NSDNAME, exact=True)
    found = proposed(store, DOUBLE, entries=(server,))
    assert [str(p.kind) for p in found.proposals] == ["remove"]


def test_what_is_settled_is_not_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("fluxhound.response.lookout.blasts", looked)
    assert proposed(store, BOLD, finding(), entries=(entry(),)).empty
    with pytest.raises(AssertionError):
        proposed(store, BOLD, finding(), entries=(entry(mode=Mode.LOG),))
