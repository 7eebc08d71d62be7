from __future__ import annotations

import pyarrow as pa

from fluxhound.sources import outcome
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.tally import Tally


def test_reasons_are_counted_and_bad_ones_sampled() -> None:
    tally = Tally(records=6)
    reasons = [None, "query", "query", outcome.BAD_TIME, outcome.BLANK, outcome.NO_NAME]
    judged = pa.table({"x": range(6), "reason": reasons, "sample": list("abcdef")})
    rest = outcome.settled(judged, tally)
    assert rest.to_pylist() == [{"x": 0}]
    assert tally.records == 5
    assert tally.passed_over == {"query": 2}
    assert tally.bad == {outcome.BAD_TIME: 1, outcome.NO_NAME: 1}
    assert tally.samples[outcome.BAD_TIME] == ["d"]


def test_long_names_are_bad_records() -> None:
    tally = Tally()
    rows = pa.table(
        {
            "time": [1.0, 2.0, 3.0],
            "name": ["a" * 2000, "b", "c"],
            "type": ["A"] * 3,
            "answers": [["x"], ["y" * 2000, "z"], ["w", "v"]],
        }
    )
    [batch] = outcome.batches(rows, tally, ReadOptions())
    assert batch.column("answers").to_pylist() == ["w,v"]
    assert tally.bad == {outcome.LONG_NAME: 2}


def test_ttl() -> None:
    values = pa.array([0.0, 59.6, -1.0, 2.0**31, float("nan"), None])
    assert outcome.sound_ttl(values).to_pylist() == [0, 60, None, None, None, None]
