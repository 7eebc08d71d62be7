from __future__ import annotations

import random

import pytest

from fluxhound.lab.writing.order import MOST_PARTS, in_order, parts_for
from tests.lab.writing.made import START, batch, row

ROWS = [
    row(time=START + second / 7, name=f"{second % 3}.example", type=kind)
    for second in range(40)
    for kind in ("A", "AAAA")
]


@pytest.mark.parametrize("parts", [1, 2, 7, 64])
def test_rows_come_by_time_name_and_type(parts: int) -> None:
    shuffled = random.Random(parts).sample(ROWS, len(ROWS))  # noqa: S311 - no secret
    given = [batch(shuffled[at : at + 9]) for at in range(0, len(shuffled), 9)]
    found = in_order(given, first=START + 1, last=START + 4, parts=parts)
    assert [each for part in found for each in part.to_pylist()] == ROWS


def test_nothing_stays_nothing() -> None:
    assert [*in_order([], first=0, last=1, parts=1), *in_order([], first=0, last=1, parts=3)] == []


@pytest.mark.parametrize(
    ("rows", "parts"), [(0, 1), (1_000_000, 1), (1_000_001, 2), (10**12, MOST_PARTS)]
)
def test_parts_follow_from_the_rows(rows: int, parts: int) -> None:
    assert parts_for(rows) == parts
