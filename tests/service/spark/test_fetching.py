from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from fluxhound.errors import StoreError
from fluxhound.service.spark.fetching import ROW_BYTES, Fetcher, pack

ROWS = pa.record_batch({"name": ["a", "b", None], "count": [1, 2, 3]})


class Frame:
    """A table of the cluster: so many equal batches."""

    def __init__(self, batches: int) -> None:
        self.batches = [ROWS] * batches

    def count(self) -> int:
        return sum(batch.num_rows for batch in self.batches)

    def mapInArrow(self, work: Any, _shape: str) -> Frame:  # noqa: N802 - Spark's name
        self.batches = list(work(self.batches))
        return self

    def coalesce(self, parts: int) -> Frame:
        assert parts == 1
        return self

    def toLocalIterator(self, **_: Any) -> Iterator[Any]:  # noqa: N802 - Spark's name
        for batch in self.batches:
            yield from (SimpleNamespace(**row) for row in batch.to_pylist())


def fetcher(connection: Any, frame: Frame, rows: int) -> Fetcher:
    session: Any = SimpleNamespace(table=lambda _: frame)
    return Fetcher(session, connection, memory_bytes=rows * ROW_BYTES)


def test_rows_come_over_as_they_are() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE got (name VARCHAR, count BIGINT)")
        got = fetcher(connection, Frame(2), 6).fetch("any", "INSERT INTO got FROM portion")
        assert got == 6
        rows = connection.execute("FROM got ORDER BY ALL").fetchall()
    assert rows == [("a", 1), ("a", 1), ("b", 2), ("b", 2), (None, 3), (None, 3)]


def test_nothing_is_brought_that_the_memory_does_not_hold() -> None:
    with duckdb.connect() as connection:
        with pytest.raises(StoreError, match=r"6 rows of history.*--memory allows 5"):
            fetcher(connection, Frame(2), 5).fetch("any", "no statement is run")
        assert fetcher(connection, Frame(0), 0).fetch("any", "nor for no row") == 0


def test_what_was_packed_is_told_by_its_own_schema() -> None:
    def unpacked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
        for batch in batches:
            for each in batch.column(0).to_pylist():
                yield pa.ipc.open_stream(each).read_all()

    assert list(unpacked(pack([ROWS]))) == [pa.Table.from_batches([ROWS])]
