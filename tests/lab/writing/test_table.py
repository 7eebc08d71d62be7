from __future__ import annotations

import csv
import io

import pyarrow as pa
from pyarrow import parquet

from fluxhound.lab.writing.table import ParquetTable, columns, csv_lines, head
from fluxhound.records import OBSERVATION
from tests.lab.writing.made import START, TRAFFIC, batch, row


def test_csv_is_what_its_module_reads() -> None:
    rows = batch([row(name='a"b.example', ttl=None), row(time=START + 5, answers="b,192.0.2.1")])
    names = columns(aggregated=False)
    text = head(names).decode() + "".join(csv_lines(rows, names).to_pylist())
    one, other = csv.DictReader(io.StringIO(text))
    assert one["time"] == "1793577600.000000"
    assert (one["name"], one["ttl"]) == ('a"b.example', "")
    assert (other["answers"], other["client"]) == ("b,192.0.2.1", "10.0.1.7")


def test_aggregates_have_their_columns() -> None:
    assert columns(aggregated=True) == tuple(OBSERVATION.names)
    assert set(columns(aggregated=True)) - set(columns(aggregated=False)) == {"time_last", "count"}
    names = ("time", "time_last", "count")
    rows = batch([row(), row(time_last=START + 9, count=4)])
    assert csv_lines(rows, names).to_pylist() == [
        "1793577600.000000,1793577600.000000,\n",
        "1793577600.000000,1793577609.000000,4\n",
    ]


def test_parquet_holds_the_rows_as_they_are() -> None:
    sink = io.BytesIO()
    names = columns(aggregated=False)
    writer = ParquetTable(sink, names)
    for at in (0, 5):
        writer.take(batch(TRAFFIC[at : at + 5]))
    writer.finish()
    found = parquet.read_table(pa.BufferReader(sink.getvalue()))
    assert found.to_pylist() == batch(TRAFFIC[:10]).select(list(names)).to_pylist()
    assert writer.records == 10
