from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
from pyarrow import parquet

from fluxhound.lab.writing.truth import truth_path, write_truth

TRUTH = pa.table(
    {"registered_domain": ["a.example", "b.example"], "flux": [True, False], "pool": [7, None]}
)


def test_lines(tmp_path: Path) -> None:
    path = truth_path(tmp_path / "a.log.gz", columns=False)
    assert path.name == "a.log.gz.truth.jsonl"
    write_truth(TRUTH, path)
    assert [orjson.loads(line) for line in path.read_bytes().splitlines()] == TRUTH.to_pylist()


def test_columns(tmp_path: Path) -> None:
    path = truth_path(tmp_path / "a.parquet", columns=True)
    write_truth(TRUTH, path)
    assert parquet.read_table(path).equals(TRUTH)
