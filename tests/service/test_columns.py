from __future__ import annotations

import numpy as np

from fluxhound.service.columns import Columns


def test_rows_are_added_and_kept() -> None:
    columns = Columns({"one": "u4", "four": ("u4", 4)})
    columns.grow(3)
    columns["one"][:] = [7, 8, 9]
    columns["four"][1] = [1, 2, 3, 4]
    columns.grow(5000)
    assert len(columns) == 5003
    assert columns["one"][:4].tolist() == [7, 8, 9, 0]
    columns.keep(np.array([1, 2]))
    assert len(columns) == 2
    assert columns["one"].tolist() == [8, 9]
    assert columns["four"].tolist() == [[1, 2, 3, 4], [0, 0, 0, 0]]


def test_what_was_dropped_does_not_come_back() -> None:
    columns = Columns({"one": "u4"})
    columns.grow(3)
    columns["one"][:] = 5
    columns.keep(np.array([0]))
    columns.grow(2)
    assert columns["one"].tolist() == [5, 0, 0]
    assert columns.octets > 0
