from __future__ import annotations

from tests.cli.responding.registers import Fluxhound, listed


def test_only_what_has_expired_goes(fluxhound: Fluxhound, waiting: str) -> None:
    assert fluxhound("respond", "expire", "--store", waiting)[2].startswith("Nothing changed.")
    assert listed(fluxhound, waiting) == [("evil.lab", "waits")]
