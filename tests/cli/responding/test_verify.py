from __future__ import annotations

import duckdb

from tests.cli.responding.registers import Fluxhound


def test_tampering_is_an_alarm(fluxhound: Fluxhound, waiting: str) -> None:
    verify = ("respond", "verify", "--store", waiting)
    status, out, err = fluxhound(*verify)
    assert (status, err) == (0, "")
    assert out.startswith("1 actions, last hash ")
    with duckdb.connect(waiting) as connection:
        connection.execute("UPDATE response_log SET who = 'eve'")
    status, _, err = fluxhound(*verify)
    assert (status, "action 1 does not follow" in err) == (1, True)
