"""Rows of the cluster into the embedded store: counted first, bounded, a part at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from fluxhound.errors import StoreError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What a row takes in the store's memory while the profiles are made. Chosen from measurements of
#: the embedded engine: it spills well below that.
ROW_BYTES = 100
#: Rows that come over at a time.
PART_ROWS = 500_000


class Fetcher:
    """Brings views of the cluster into tables of the store, no more than the memory allows."""

    def __init__(
        self, spark: SparkSession, connection: duckdb.DuckDBPyConnection, *, memory_bytes: int
    ) -> None:
        """Allow as many rows in all as *memory_bytes* hold."""
        self._spark = spark
        self._connection = connection
        self._most = memory_bytes // ROW_BYTES
        self.rows = 0

    def fetch(self, view: str, statement: str) -> int:
        """Run *statement* for each part of *view*, which is ``portion`` there; return the rows.

        Raises:
            StoreError: there are more rows than the memory allows.
        """
        frame = self._spark.table(view)
        rows = frame.count()
        self.rows += rows
        if self.rows > self._most:
            raise StoreError(
                f"The candidates have {self.rows:,} rows of history and context, and --memory "
                f"allows {self._most:,} on this machine. Give more with --memory, or analyse "
                "less at once with --since and --until."
            )
        if not rows:
            return 0
        packed = frame.mapInArrow(pack, "packed binary").coalesce(-(-rows // PART_ROWS))
        for row in packed.toLocalIterator(prefetchPartitions=True):
            portion = pa.ipc.open_stream(row.packed).read_all()
            self._connection.register("portion", portion)
            self._connection.execute(statement)
            self._connection.unregister("portion")
        return rows


def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Make of each batch one value: it comes over as it is, not as an object for each row."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield pa.record_batch({"packed": pa.array([sink.getvalue().to_pybytes()], pa.binary())})
