from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from fluxhound.errors import FluxhoundError
from fluxhound.sources.table import FORMAT
from tests.reading import brief, read

MOMENT = datetime(2026, 11, 24, 8, 0, 0, 500_000, UTC)


def written(folder: Path, table: pa.Table, **options: str) -> Path:
    path = folder / "table.parquet"
    parquet.write_table(table, path, **options)
    return path


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize(
    "times",
    [
        pa.array([MOMENT], pa.timestamp("us", "UTC")),
        pa.array([MOMENT], pa.timestamp("ms", "Europe/Berlin")),
        pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ns")),
        pa.array([1795507200.5]),
        pa.array([1795507200500]),
        pa.array(["2026-11-24T08:00:00.5Z"]),
    ],
)
@pytest.mark.parametrize(
    "answers",
    [
        pa.array([["edge.example.net", "192.0.2.1"]]),
        pa.array(["edge.example.net,192.0.2.1"]),
        pa.array([b"edge.example.net 192.0.2.1"]),
        pa.array(["edge.example.net,192.0.2.1"]).dictionary_encode(),
        pa.array([["edge.example.net", "192.0.2.1"]], pa.large_list(pa.large_string())),
    ],
)
def test_columns_of_any_type(
    tmp_path: Path, times: pa.Array, answers: pa.Array, *, piped: bool
) -> None:
    path = written(tmp_path, pa.table({"ts": times, "domain": ["a.example"], "answers": answers}))
    rows, tally = read(FORMAT, path.read_bytes(), path=None if piped else path)
    assert [brief(row) for row in rows] == [("a.example", "A", "edge.example.net,192.0.2.1", None)]
    assert rows[0]["time"] == 1795507200.5
    assert tally.records == 1


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    names = pa.array([b"\xff.example", b"b.example"])
    table = pa.table({"ts": [1e9, 1e9], "name": names, "ip": ["192.0.2.1", "192.0.2.2"]})
    rows, _ = read(FORMAT, written(tmp_path, table).read_bytes())
    assert [row["name"] for row in rows] == ["\\255.example", "b.example"]


def test_damage_ends_in_a_sentence(tmp_path: Path) -> None:
    table = pa.table(
        {
            "ts": [1.6e9 + i for i in range(500)],
            "name": [f"a{i}.example" for i in range(500)],
            "answers": [[f"192.0.2.{i % 256}"] for i in range(500)],
        }
    )
    sound = written(tmp_path, table, compression="zstd").read_bytes()
    told: list[str] = []
    rng = random.Random(1)  # noqa: S311 - a fixed choice of damage
    for _ in range(60):
        damaged = bytearray(sound)
        for _ in range(rng.randint(1, 8)):
            damaged[rng.randrange(4, len(damaged))] = rng.randrange(256)
        cut = bytes(damaged[: rng.randrange(4, len(damaged) + 1)])
        for content in (bytes(damaged), cut):
            try:
                read(FORMAT, content)
            except FluxhoundError as error:
                told.append(str(error))
    assert told
    assert all("Parquet" in text or "column" in text for text in told)
