from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fluxhound.response.chain import BEGINNING, Link, first_broken, linked


def chain(length: int = 4) -> list[Link]:
    links: list[Link] = []
    for number in range(length):
        last = links[-1] if links else None
        links.append(
            linked(last, time=f"t{number}", who="ann", kind="apply", document={}, raised=1)
        )
    return links


def test_a_chain_holds() -> None:
    assert first_broken([]) is None
    assert first_broken(chain()) is None
    assert chain()[0].before == BEGINNING
    assert [link.number for link in chain()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"who": "eve"}, {"time": "t9"}, {"kind": "undo"}, {"document": "[]"}, {"raised": 0},
        {"number": 7}, {"before": "x"}, {"hash": "x"},
    ],
)  # fmt: skip
def test_every_change_shows(change: dict[str, Any]) -> None:
    links = chain()
    links[1] = dataclasses.replace(links[1], **change)
    assert first_broken(links) == 2


def test_what_is_removed_moved_or_inserted_shows() -> None:
    links = chain()
    assert first_broken(links[1:]) == 1
    assert first_broken([links[0], *links[2:]]) == 2
    assert first_broken([links[0], links[2], links[1], links[3]]) == 2
    assert first_broken([links[0], links[0], *links[1:]]) == 2
