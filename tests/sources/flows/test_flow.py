from __future__ import annotations

import pyarrow as pa
import pytest

from fluxhound.sources.flows.flow import FLOW, flows
from fluxhound.sources.tally import Tally

ROW = {
    "time": 100.0, "time_last": 101.0, "client": "10.0.0.1", "address": "192.0.2.7", "port": 443,
    "protocol": "tcp", "octets": 1, "packets": 1, "state": None, "sound": True,
}  # fmt: skip
SCHEMA = FLOW.append(pa.field("sound", pa.bool_()))


@pytest.mark.parametrize(
    ("change", "kept", "bad"),
    [
        ({}, 1, {}),
        ({"time_last": 99.5}, 1, {}),
        ({"time_last": 98.0}, 0, {"ends before it begins": 1}),
        ({"time_last": float("nan")}, 0, {"ends before it begins": 1}),
        ({"sound": False}, 0, {"address not readable": 1}),
        ({"sound": None}, 0, {"address not readable": 1}),
    ],
)
def test_rows_are_checked(change: dict[str, object], kept: int, bad: dict[str, int]) -> None:
    tally = Tally()
    table = pa.Table.from_pylist(
        [ROW | change], schema=pa.schema([f.with_nullable(True) for f in SCHEMA])
    )
    rows = [row for batch in flows(table, tally) for row in batch.to_pylist()]
    assert (len(rows), tally.bad) == (kept, bad)
    assert all(row["time_last"] >= row["time"] for row in rows)


def test_nothing_of_nothing() -> None:
    assert list(flows(pa.Table.from_pylist([], schema=SCHEMA), Tally())) == []
