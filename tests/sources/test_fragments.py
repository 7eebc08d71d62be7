"""Fragments of IP datagrams, joined within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.sources import fragments
from fluxhound.sources.fragments import Fragments
from fluxhound.sources.network import UDP, Fragment, Packet

OCTETS = bytes(range(96))


def part(
    offset: int,
    octets: bytes,
    *,
    more: bool,
    number: int = 7,
    wide: bool = False,
    cut: bool = False,
) -> Packet:
    address = b"\1" * (16 if wide else 4)
    return Packet(address, address, UDP, octets, Fragment(number, offset, more), cut)


def parts(octets: bytes = OCTETS, size: int = 32) -> list[Packet]:
    return [
        part(at, octets[at : at + size], more=at + size < len(octets))
        for at in range(0, len(octets), size)
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_joins_in_any_order(order: tuple[int, ...]) -> None:
    table = Fragments()
    found = [table.add(parts()[number], 1.0) for number in order]
    assert found == [None, None, OCTETS]
    assert not table._table
    assert table._held == 0


def test_what_comes_twice_counts_once() -> None:
    table = Fragments()
    one, two, three = parts()
    found = [table.add(packet, 1.0) for packet in (one, one, three, three, two)]
    assert found == [None, None, None, None, OCTETS]


@pytest.mark.parametrize(
    "intruder",
    [
        part(8, b"x" * 16, more=True),  # inside the first
        part(24, b"x" * 16, more=True),  # across a border
        part(0, b"x" * 32, more=True),  # the same place, other octets
        part(64, b"x" * 40, more=False),  # another end
        part(16, b"x" * 8, more=False),  # an end before what is there
        part(65_528, b"x" * 16, more=True),  # beyond the largest datagram
        part(32, b"", more=True),
    ],
)
def test_overlap_drops_the_datagram(intruder: Packet) -> None:
    table = Fragments()
    one, two, three = parts()
    for packet in (one, three, intruder, two, one, two, three):
        assert table.add(packet, 1.0) is None
    assert list(table.given_up()) == [(UDP, OCTETS[:8])]
    assert table._held == 0


def test_cut_part_drops_the_datagram() -> None:
    table = Fragments()
    assert table.add(part(0, OCTETS[:16], more=True, cut=True), 1.0) is None
    assert list(table.given_up()) == [(UDP, OCTETS[:8])]


def test_late_parts_do_not_meet() -> None:
    table = Fragments()
    one, two, three = parts()
    table.add(one, 1.0)
    table.add(two, 2.0)
    assert table.add(three, 2.0 + fragments.PATIENCE) is None
    assert list(table.given_up()) == [(UDP, OCTETS[:8])]


def test_other_datagrams_do_not_mix() -> None:
    table = Fragments()
    one, two, three = parts()
    assert table.add(one, 1.0) is None
    assert table.add(part(32, OCTETS[32:64], more=True, number=8), 1.0) is None
    assert table.add(part(32, OCTETS[32:64], more=True, wide=True), 1.0) is None
    assert table.add(three, 1.0) is None
    assert table.add(two, 1.0) == OCTETS


def test_number_of_datagrams_is_bounded() -> None:
    table = Fragments()
    for number in range(fragments.DATAGRAMS + 10):
        table.add(part(0, OCTETS[:8], more=True, number=number), 1.0)
    assert len(table._table) == fragments.DATAGRAMS
    assert len(list(table.given_up())) == 10


def test_octets_and_parts_are_bounded() -> None:
    table = Fragments()
    for number in range(600):
        table.add(part(0, b"x" * 60_000, more=True, number=number), 1.0)
        assert table._held <= fragments.HELD_BYTES + 60_000
    table = Fragments()
    for at in range(0, 8 * fragments.PARTS * 2, 8):
        table.add(part(at, b"x" * 8, more=True), 1.0)
    assert table._held == 0


def test_finish_gives_up_the_rest() -> None:
    table = Fragments()
    table.add(parts()[0], 1.0)
    table.add(part(8, b"x" * 8, more=True, number=9), 1.0)  # its beginning is unknown
    table.finish()
    assert list(table.given_up()) == [(UDP, OCTETS[:8])]
    assert list(table.given_up()) == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12),
            st.binary(max_size=40),
            st.booleans(),
            st.integers(0, 2),
            st.floats(-50, 100),
        ),
        max_size=40,
    )
)
def test_any_parts_leave_the_books_right(
    sent: list[tuple[int, bytes, bool, int, float]],
) -> None:
    table = Fragments()
    for at, octets, more, number, time in sent:
        table.add(part(at * 8, octets, more=more, number=number), time)
        assert table._held == sum(len(p) for d in table._table.values() for p in d.parts.values())


@given(st.binary(min_size=9, max_size=200), st.data())
def test_any_order_joins(octets: bytes, draws: st.DataObject) -> None:
    table = Fragments()
    packets = draws.draw(st.permutations(parts(octets, 8)))
    found = [table.add(packet, 1.0) for packet in packets]
    assert found == [None] * (len(packets) - 1) + [octets]
