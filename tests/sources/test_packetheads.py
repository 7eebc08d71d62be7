"""Heads found from many places at once are those found one after the other."""

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources import packetheads
from fluxhound.sources.packetheads import PACKET_BYTES, STRIDE, WALKS, Heads


def expected(octets: bytes, at: int, size: int, order: str) -> tuple[list[int], int]:
    found = []
    while at + size <= len(octets):
        kept = struct.unpack_from(order + "I", octets, at + 8)[0]
        if kept > PACKET_BYTES or at + size + kept > len(octets):
            break
        found.append(at)
        at += size + kept
    return found, at


def block(
    order: str, sizes: list[int], *, extra: int = 0, seconds: int = 1_700_000_000, seed: int = 1
) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - the same block each time
    pieces = []
    for number, size in enumerate(sizes):
        head = struct.pack(order + "4I", seconds + number, number, size, size)
        pieces.append(head + bytes(extra) + chance.randbytes(size))
    return b"".join(pieces)


def agrees(octets: bytes, at: int = 0, size: int = 16, order: str = "<") -> int:
    """Compare with a walk of single steps; return the number of heads."""
    found, end = Heads(octets, size, order).find(at)
    assert (found.tolist(), end) == expected(octets, at, size, order)
    return len(found)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("extra", [0, 8])
def test_large_blocks_are_walked_from_many_places(order: str, extra: int) -> None:
    octets = block(order, [60 + n % 400 for n in range(9000)], extra=extra)
    assert len(octets) > WALKS * STRIDE
    assert agrees(octets, 0, 16 + extra, order) == 9000
    assert agrees(b"xyz" + octets[:-1], 3, 16 + extra, order) == 8999


def test_packets_that_hold_captures_mislead_nobody() -> None:
    inner = block("<", [50] * 40)
    head = struct.pack("<4I", 1_700_000_000, 0, len(inner), len(inner))
    octets = (head + inner) * 400
    assert agrees(octets) == 400
    assert agrees(octets[:-1]) == 399


@pytest.mark.parametrize("turn", [100, 4000, 8900])
def test_days_turn_and_damage_ends(turn: int) -> None:
    first, last = block("<", [90] * turn), block("<", [90] * (9000 - turn), seconds=1_800_000_000)
    assert agrees(first + last) == 9000
    damaged = first + b"\xff" * 16 + last
    assert agrees(damaged) == turn


def test_many_small_packets_are_more_than_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packetheads, "STEPS", 100)
    assert agrees(block("<", [0, 1, 2] * 20_000)) == 60_000
    assert agrees(struct.pack("<4I", 7, 0, 0, 0) * 40_000) == 40_000


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 90), max_size=60),
    st.integers(0, 40),
    st.integers(0, 100),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=3),
    st.sampled_from(["<", ">"]),
)
def test_any_block(
    sizes: list[int], at: int, cut: int, changes: list[tuple[int, int]], order: str
) -> None:
    octets = bytearray(block(order, sizes))
    for place, value in changes:
        if place < len(octets):
            octets[place] = value
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("STRIDE", 100), ("REACH", 90), ("WALKS", 2), ("STEPS", 5)):
            patch.setattr(packetheads, name, value)
        agrees(bytes(octets[: max(0, len(octets) - cut)]), min(at, len(octets)), 16, order)
