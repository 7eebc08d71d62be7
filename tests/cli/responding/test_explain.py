from __future__ import annotations

from tests.cli.responding.registers import Fluxhound, lines


def test_all_about_a_name_is_told(fluxhound: Fluxhound, waiting: str) -> None:
    fluxhound("respond", "reject", "evil.lab", "--store", waiting, "--reason", "ours")
    explain = ("respond", "explain", "evil[.]lab", "--store", waiting)
    told = lines(fluxhound(*explain)[1])
    assert [(each["action"], each["kind"]) for each in told] == [(1, "apply"), (2, "reject")]
    table = fluxhound(*explain, "--format", "table")[1]
    assert "nothing -> sinkhole (address 192.0.2[.]66)" in table
    assert ": ours\n" in table
    other = ("respond", "explain", "other.lab", "--store", waiting, "--format", "table")
    assert fluxhound(*other)[1] == "other[.]lab: nothing was ever done about it.\n"
