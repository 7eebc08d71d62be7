from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator

import pytest

from fluxhound.history.store import Store
from fluxhound.response.protection import protection_of, top_names
from tests.history.askings import add, add_askings, row
from tests.response.responses import BOLD

HOUR = 490_000
SOME = dataclasses.replace(BOLD, top=3, top_share=1.0, top_clients=2)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        rows = [row(HOUR, f"n{number}.lab", count=number) for number in range(1, 7)]
        add(opened, [*rows, row(HOUR - 100, "old.lab", count=99)])
        yield opened


def test_a_policy_and_common_knowledge_protect() -> None:
    policy = dataclasses.replace(BOLD, sinkhole_name="trap.lab", resolvers=("9.10.11.12",))
    found = protection_of(policy, ["www.shop.lab"])
    assert found.own.touched("vpn.corp.lab")
    assert found.never.touched("partner.lab")
    assert found.infrastructure.touched("pool.ntp.org")
    assert found.special.touched("evil.test")
    assert found.top.touched("www.shop.lab")
    assert found.top.touched("a.www.shop.lab") is None
    assert found.listener.touched("trap.lab")
    reasons = {str(address): reason for address, reason in found.addresses.items()}
    assert reasons["9.10.11.12"] == "is one of our resolvers"
    assert reasons["192.0.2.66"] == "is our own listener"
    assert ipaddress.ip_address("8.8.8.8") in found.addresses


def test_where_clients_are_not_seen_answers_decide(store: Store) -> None:
    found = top_names(store.connection.cursor(), SOME, since_hour=HOUR - 10)
    assert found == ("n6.lab", "n5.lab", "n4.lab")


def test_where_clients_are_seen_they_decide(store: Store) -> None:
    add_askings(store, [(HOUR, "n1.lab", client, 0.0, 1) for client in (1, 2, 3)])
    add_askings(store, [(HOUR, "n2.lab", 1, 0.0, 99)])
    assert top_names(store.connection.cursor(), SOME, since_hour=HOUR - 10) == ("n1.lab",)


def test_in_a_small_network_few_names_are_the_top(store: Store) -> None:
    few = dataclasses.replace(SOME, top=1000, top_share=0.2)
    assert top_names(store.connection.cursor(), few, since_hour=HOUR - 10) == ("n6.lab",)
    none = dataclasses.replace(SOME, top=1000, top_share=0.1)
    assert top_names(store.connection.cursor(), none, since_hour=HOUR - 10) == ()
