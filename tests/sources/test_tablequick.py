"""Tables in our own columns give the same quickly and thoroughly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from fluxhound.records import OBSERVATION
from fluxhound.sources import parquet as reader
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.table import FORMAT
from fluxhound.sources.tablequick import FOUR, NAMES, ODD, SIX, families_of, is_ours
from tests.reading import read

PLAIN = OBSERVATION.names[:7]
NAMED = st.sampled_from(
    ["a.example", "b.example.", ".", "", "x y", "é.example", "a,b", "A.example"]
)
PIECES = st.sampled_from(
    ["192.0.2.1", "192.0.2.2", "2001:db8::1", "edge.example", "", "1.2.3", "a b", "[", "a;b", "é"]
)
ROWS = st.fixed_dictionaries(
    {
        "time": st.sampled_from([1.6e9, 1.6e9 + 0.25, 1.6e9 + 1, 0.0, -1.0, 1.6e12, 1e300]),
        "name": NAMED,
        "type": st.sampled_from(["A", "AAAA", "NS", "a", "TXT", "ANY", "28"]),
        "answers": st.lists(PIECES, min_size=1, max_size=3).map(",".join),
        "ttl": st.none() | st.sampled_from([0, 60, -1, 2**31, 2**62]),
        "client": st.none() | st.sampled_from(["10.0.0.1", "x"]),
        "sensor": st.none() | st.sampled_from(["s", ""]),
        "time_last": st.none() | st.sampled_from([1.6e9 + 5, 0.0, 1.6e12]),
        "count": st.none() | st.sampled_from([0, 1, 7, 2**60]),
    }
)


def both(path: Path, options: ReadOptions | None = None) -> list[Any]:
    found = []
    for quick in (True, False):
        with patch.object(reader, "is_ours", is_ours if quick else lambda *_: False):
            rows, tally = read(FORMAT, path.read_bytes(), options, path)
        counted = Counter(tuple(row.values()) for row in rows)
        found.append((counted, tally.records, tally.observations, tally.passed_over, tally.bad))
    return found


@pytest.mark.parametrize("columns", [PLAIN, OBSERVATION.names])
@given(rows=st.lists(ROWS, min_size=1, max_size=60), sensor=st.none() | st.just("ours"))
@settings(max_examples=12, deadline=None)
def test_odd_rows_give_the_same_either_way(
    tmp_path_factory: pytest.TempPathFactory,
    columns: list[str],
    rows: list[dict[str, Any]],
    sensor: str | None,
) -> None:
    schema = pa.schema([pa.field(n, OBSERVATION.field(n).type) for n in columns])
    if "time_last" not in columns:
        rows = sorted(rows, key=lambda row: row["time"])  # as logs are
    table = pa.Table.from_pylist(rows, schema=schema)
    path = tmp_path_factory.mktemp("table") / "t.parquet"
    parquet.write_table(table, path, row_group_size=17)
    quickly, thoroughly = both(path, ReadOptions(sensor=sensor))
    assert quickly == thoroughly


def test_an_answer_set_of_one_row_each_is_put_together(tmp_path: Path) -> None:
    rows = 40
    table = pa.table(
        {
            "time": [1.6e9 + at // 4 for at in range(rows)],
            "name": ["a.example"] * rows,
            "type": ["A"] * rows,
            "answers": [f"192.0.2.{at}" for at in range(rows)],
        }
    )
    path = tmp_path / "t.parquet"
    parquet.write_table(table, path, row_group_size=6)
    with patch.object(reader, "QUICK_ROWS", 6):
        quickly, thoroughly = both(path)
    assert quickly == thoroughly
    assert quickly[2] == rows // 4


def test_families() -> None:
    want = {
        "192.0.2.1": FOUR,
        "e.example,192.0.2.1,192.0.2.2": FOUR,
        "e.example,2001:db8::1": SIX,
        "a.example,b.example": NAMES,
        **dict.fromkeys(["", "192.0.2.1,::1", "192.0.2.1,a.example", "a,,b", "a b", "a;b"], ODD),
        **dict.fromkeys(["[]", "é", "x" * 1025, ",192.0.2.1"], ODD),
    }
    assert families_of(pa.array(list(want))).tolist() == list(want.values())
    assert families_of(pa.array([], pa.string())).tolist() == []
