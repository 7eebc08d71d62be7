"""The reservoir: order, bounds, waiting, and its end."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.reservoir import Reservoir, Room
from tests.servers.daemon import until


def test_octets_come_in_their_order_and_about_as_many_as_asked() -> None:
    one = Reservoir(Room())
    for piece in (b"ab", b"cd", b"ef"):
        assert one.pour(piece)
    assert len(one) == 6
    assert one.draw(3, 0.0) == b"abcd"
    assert one.draw(3, 0.0) == b"ef"
    assert one.draw(3, 0.0) == b""


def test_what_waits_at_the_end_is_still_drawn() -> None:
    one = Reservoir(Room())
    one.pour(b"ab")
    one.end()
    assert not one.pour(b"cd")
    assert one.draw(9, 0.0) == b"ab"
    assert one.draw(9, 9.0) is None


def test_full_room_makes_the_pouring_thread_wait() -> None:
    room = Room(4)
    one = Reservoir(room)
    one.pour(b"abcd")
    poured = threading.Thread(target=one.pour, args=(b"ef",))
    poured.start()
    poured.join(0.1)
    assert poured.is_alive()
    assert one.draw(4, 0.0) == b"abcd"
    poured.join(5)
    assert one.draw(4, 0.0) == b"ef"
    assert not room.full


def test_empty_reservoir_has_room_for_any() -> None:
    room = Room(4)
    first, second = Reservoir(room), Reservoir(room)
    first.pour(b"abcd")
    assert room.full
    assert second.pour(b"ef")


def test_room_that_another_makes_is_used() -> None:
    room = Room(4)
    first, second = Reservoir(room), Reservoir(room)
    first.pour(b"abcd")
    second.pour(b"e")
    poured = threading.Thread(target=second.pour, args=(b"f",))
    poured.start()
    first.clear()
    poured.join(5)
    assert second.draw(9, 0.0) == b"ef"


@pytest.mark.parametrize("how", ["end", "clear"])
def test_end_wakes_who_waits(how: str) -> None:
    one = Reservoir(Room(1))
    one.pour(b"a")
    told: list[bool] = []
    poured = threading.Thread(target=lambda: told.append(one.pour(b"b")))
    poured.start()
    getattr(one, how)()
    poured.join(5)
    assert told == [False]


def test_drawing_waits_for_the_first_octets() -> None:
    one = Reservoir(Room())
    drawn: list[bytes | None] = []
    reader = threading.Thread(target=lambda: drawn.append(one.draw(9, 10.0)))
    reader.start()
    one.pour(b"a")
    until(lambda: drawn == [b"a"])
    reader.join()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=30), st.integers(1, 100))
def test_nothing_is_lost_between_two_threads(pieces: list[bytes], room: int) -> None:
    shared = Room(room)
    one = Reservoir(shared)

    def pour() -> None:
        for piece in pieces:
            one.pour(piece)
        one.end()

    thread = threading.Thread(target=pour)
    thread.start()
    found = b""
    while (drawn := one.draw(64, 1.0)) is not None:
        found += drawn
    thread.join()
    assert found == b"".join(pieces)
    assert not shared.full
