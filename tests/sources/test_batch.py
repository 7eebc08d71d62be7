from __future__ import annotations

import pytest

from fluxhound.records import OBSERVATION
from fluxhound.sources import batch
from fluxhound.sources.batch import Columns

ROW = {"time": 1.5, "name": "a.example", "type": "A", "answers": "192.0.2.1"}
FULL = ROW | {"ttl": 60, "client": "10.0.0.1", "sensor": "s", "time_last": 2.5, "count": 3}


def test_rows_become_a_batch_and_are_gone() -> None:
    columns = Columns()
    columns.add(time=1.5, name="a.example", type="A", answers="192.0.2.1")
    columns.add(**FULL)  # type: ignore[arg-type]
    assert len(columns) == 2
    taken = columns.take()
    assert taken.schema == OBSERVATION
    taken.validate(full=True)
    missing = dict.fromkeys(("ttl", "client", "sensor", "time_last", "count"))
    assert taken.to_pylist() == [ROW | missing, FULL]
    assert len(columns) == 0
    assert columns.take().num_rows == 0


def test_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BATCH_ROWS", 2)
    columns = Columns()
    filled = []
    for _ in range(3):
        filled.append(columns.full)
        columns.add(time=1.5, name="a.example", type="A", answers="192.0.2.1")
    assert filled == [False, False, True]
