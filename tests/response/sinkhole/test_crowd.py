from __future__ import annotations

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.sinkhole.crowd import Crowd, Guest
from fluxhound.response.sinkhole.limits import Limits

LIMITS = Limits(connections=8, per_network=4, per_client=2)


class Party:
    """A crowd that notes who left."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.crowd = Crowd(limits)
        self.left: list[Guest] = []

    def admit(self, client: str) -> Guest:
        guest = Guest.of(client, lambda: self.left.append(guest))
        self.crowd.admit(guest)
        return guest


def test_the_oldest_of_one_client_goes_first() -> None:
    party = Party()
    first, _, _ = (party.admit("192.0.2.1") for _ in range(3))
    assert party.left == [first]
    assert len(party.crowd) == 2


def test_the_oldest_of_one_network_goes_before_others() -> None:
    party = Party()
    other = party.admit("198.51.100.1")
    inside = [party.admit(f"192.0.2.{at}") for at in range(5)]
    assert party.left == [inside[0]]
    assert other in party.crowd.everybody()


def test_the_oldest_of_all_goes_when_all_is_full() -> None:
    party = Party()
    guests = [party.admit(f"10.0.{at}.1") for at in range(10)]
    assert party.left == guests[:2]
    assert party.crowd.evicted == 2


def test_whoever_has_its_answer_goes_before_whoever_waits() -> None:
    party = Party()
    guests = [party.admit(f"10.0.{at}.1") for at in range(8)]
    party.crowd.finish(guests[5])
    party.admit("10.1.0.1")
    assert party.left == [guests[5]]


def test_a_whole_ipv6_network_is_one() -> None:
    party = Party()
    for at in range(50):
        party.admit(f"2001:db8::{at:x}")
    assert len(party.crowd) == 4


def test_the_oldest_can_be_made_to_go() -> None:
    party = Party()
    assert not party.crowd.evict_oldest()
    guest = party.admit("192.0.2.1")
    assert party.crowd.evict_oldest()
    assert party.left == [guest]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 9)), max_size=200))
def test_no_bound_is_ever_broken(steps: list[tuple[int, int, int]]) -> None:
    party = Party()
    admitted: list[Guest] = []
    for network, client, what in steps:
        if what == 0 and admitted:
            party.crowd.remove(admitted[client % len(admitted)])
        elif what == 1 and admitted:
            party.crowd.finish(admitted[client % len(admitted)])
        else:
            newest = party.admit(f"10.0.{network}.{client}")
            admitted.append(newest)
            assert newest in party.crowd.everybody()  # never the newest
        present = party.crowd.everybody()
        assert len(present) <= LIMITS.connections
        assert max(Counter(each.client for each in present).values(), default=0) <= 2
        assert max(Counter(each.network for each in present).values(), default=0) <= 4
        assert len(party.left) == len(set(party.left))
    for each in party.crowd.everybody():
        party.crowd.remove(each)
    assert not party.crowd._clients
    assert not party.crowd._networks


def test_a_flood_costs_the_same_for_each() -> None:
    party = Party(Limits(connections=2_000, per_network=2_000, per_client=2_000))
    begun = time.process_time()
    for at in range(20_000):
        party.admit(f"10.0.{at % 250}.1")
    assert time.process_time() - begun < 2
