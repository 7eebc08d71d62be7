from __future__ import annotations

from tests.cli.responding.registers import SINKHOLE, Fluxhound, listed


def test_what_waits_is_put_in_force(fluxhound: Fluxhound, waiting: str) -> None:
    approve = ("respond", "approve", "evil[.]lab", "--store", waiting, "--reason", "case 4711")
    status, _, err = fluxhound(*approve)
    assert (status, err) == (1, "fluxhound: The policy does no more than alert. (policy-mode)\n")
    assert fluxhound(*approve, *SINKHOLE, "--own", "evil.lab")[0] == 1
    assert listed(fluxhound, waiting) == [("evil.lab", "waits")]
    assert fluxhound(*approve, *SINKHOLE)[0] == 0
    assert listed(fluxhound, waiting) == [("evil.lab", "in force")]
    assert fluxhound(*approve, *SINKHOLE)[0] == 2
