from __future__ import annotations

from tests.cli.responding.registers import Fluxhound, lines, listed


def test_a_name_is_taken_back_and_kept_away(
    fluxhound: Fluxhound, waiting: str, plan: tuple[str, ...]
) -> None:
    reject = ("respond", "reject", "evil.lab", "--store", waiting)
    assert fluxhound(*reject)[0] == 2  # a reason is asked for
    assert fluxhound(*reject, "--reason", "a customer's")[0] == 0
    assert listed(fluxhound, waiting) == []
    refused = lines(fluxhound("respond", "plan", *plan)[1])
    again = next(each for each in refused if each["entry"]["subject"] == "evil.lab")
    assert again["brakes"][0]["id"] == "held"
    assert again["brakes"][0]["sentence"].endswith("a customer's")
    assert fluxhound(*reject, "--reason", "ours")[0] == 2
