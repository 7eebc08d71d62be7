from __future__ import annotations

import dataclasses

import duckdb

from fluxhound.records import Severity, VerdictKind
from fluxhound.service.alerts.changes import Known
from fluxhound.service.alerts.states import States

KNOWN = Known(
    thing="a.example",
    episode=1,
    open=True,
    verdict=VerdictKind.SINGLE_FLUX,
    severity=Severity.HIGH,
    addresses=40,
    first_seen=1.0,
    last_seen=2.0,
    refreshed=3.0,
    below_since=None,
    silent=False,
)
OTHER = dataclasses.replace(KNOWN, thing="b.example", open=False, below_since=2.5, refreshed=1.5)


def made() -> States:
    states = States(duckdb.connect())
    states.replace({"a.example": (KNOWN, "{}"), "b.example": (OTHER, "[]")})
    return states


def test_what_is_written_is_known() -> None:
    states = made()
    found = states.known(["a.example", "b.example", "c.example"], every=False, older=0)
    assert found == {"a.example": KNOWN, "b.example": OTHER}
    assert states.documents(["b.example", "c.example"]) == {"b.example": "[]"}
    assert states.documents([]) == {}


def test_what_is_open_is_found_by_its_age_or_all_of_it() -> None:
    states = made()
    assert states.known([], every=True, older=0) == {"a.example": KNOWN}
    assert states.known([], every=False, older=3.5) == {"a.example": KNOWN}
    assert states.known([], every=False, older=2.5) == {}


def test_what_is_written_again_stands_instead() -> None:
    states = made()
    again = dataclasses.replace(KNOWN, episode=2)
    states.replace({"a.example": (again, "{}")})
    states.replace({})
    assert states.known([], every=True, older=0) == {"a.example": again}


def test_times_alone_are_refreshed() -> None:
    states = made()
    moved = dataclasses.replace(
        KNOWN, last_seen=8.0, refreshed=9.0, below_since=7.0, severity=Severity.LOW
    )
    states.refresh([moved])
    states.refresh([])
    (known,) = states.known([], every=True, older=0).values()
    assert known == dataclasses.replace(moved, severity=Severity.HIGH)
    assert states.documents(["a.example"]) == {"a.example": "{}"}


def test_only_what_has_ended_is_forgotten() -> None:
    states = made()
    states.forget(100.0)
    assert list(states.known(["a.example", "b.example"], every=True, older=0)) == ["a.example"]
