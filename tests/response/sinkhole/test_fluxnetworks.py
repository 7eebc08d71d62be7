from __future__ import annotations

from fluxhound.history.store import Store
from fluxhound.response.sinkhole.fluxnetworks import flux_network


def test_the_network_that_a_domain_was_in_last() -> None:
    with Store() as store:
        rows = [
            ("aaaaaaaa", "192.0.2.1", "evil.example", 1.0),
            ("bbbbbbbb", "192.0.2.2", "evil.example", 2.0),
        ]
        store.connection.executemany("INSERT INTO network_unit VALUES (?, ?, ?, ?)", rows)
        for name, network in (
            ("evil.example", "bbbbbbbb"),
            ("www.evil.example", "bbbbbbbb"),
            ("devil.example", ""),
            ("example", ""),
        ):
            assert flux_network(store.connection, name) == network
