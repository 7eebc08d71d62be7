from __future__ import annotations

from tests.cli.responding.registers import SINKHOLE, Fluxhound, listed


def test_entries_are_listed_for_people_and_machines(fluxhound: Fluxhound, waiting: str) -> None:
    table = fluxhound("respond", "list", "--store", waiting, "--format", "table")[1].splitlines()
    heads = ["NAME", "BELOW", "MODE", "ANSWER", "STATE", "EXPIRES", "BY", "REASON"]
    assert table[0].split() == heads
    assert table[1].startswith("evil[.]lab  yes    sinkhole  address  waits")
    assert listed(fluxhound, waiting, "--waiting") == [("evil.lab", "waits")]
    fluxhound("respond", "approve", "evil.lab", "--store", waiting, *SINKHOLE)
    assert listed(fluxhound, waiting, "--waiting") == []


def test_nothing_is_said_to_be_nothing(fluxhound: Fluxhound, store: str) -> None:
    out = fluxhound("respond", "list", "--store", store, "--format", "table")[1]
    assert out == "There is no entry.\n"
