from __future__ import annotations

from tests.cli.responding.registers import SINKHOLE, Fluxhound, listed


def test_an_action_is_taken_back(fluxhound: Fluxhound, waiting: str) -> None:
    assert fluxhound("respond", "approve", "evil.lab", "--store", waiting, *SINKHOLE)[0] == 0
    status, _, err = fluxhound("respond", "undo", "1", "--store", waiting)
    assert (status, "Undo that first" in err) == (2, True)
    status, _, err = fluxhound("respond", "undo", "2", "--store", waiting)
    assert status == 0
    assert err.endswith("Take it back with: fluxhound respond undo 3\n")
    assert listed(fluxhound, waiting) == [("evil.lab", "waits")]
    assert fluxhound("respond", "undo", "99", "--store", waiting)[0] == 2
