from __future__ import annotations

from tests.cli.responding.registers import Fluxhound


def test_one_brake_is_lifted_for_a_time_and_some_never(fluxhound: Fluxhound, store: str) -> None:
    lift = ("respond", "override", "0.pool.ntp.org", "--store", store, "--reason", "x")
    status, _, err = fluxhound(*lift, "public-suffix")
    assert (status, "never lifted" in err) == (1, True)
    assert fluxhound(*lift, "infrastructure", "--for", "soon")[0] == 2
    status, _, err = fluxhound(*lift, "infrastructure", "--for", "1h")
    assert (status, "Plan again" in err) == (0, True)
