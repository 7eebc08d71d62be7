"""Names and who asked for them."""

import numpy as np
import pyarrow as pa

from fluxhound.sources.asked import Asked
from fluxhound.sources.live import ASKED


def test_each_pair_is_one_row_with_its_first_time() -> None:
    asked = Asked()
    for name, client, time in [("a", "c", 3.0), ("b", "c", 4.0), ("a", "c", 5.0), ("a", "d", 6.0)]:
        asked.add([name], client, time)
    assert len(asked) == 3
    batch = asked.take()
    assert batch.schema == ASKED
    assert batch.to_pylist() == [
        {"time": 3.0, "name": "a", "client": "c", "count": 2},
        {"time": 4.0, "name": "b", "client": "c", "count": 1},
        {"time": 6.0, "name": "a", "client": "d", "count": 1},
    ]
    assert len(asked) == asked.take().num_rows == 0


def test_many_are_counted_with_those_added_one_by_one() -> None:
    asked = Asked()
    asked.add(["a"], "c", 3.0)
    names, clients = pa.array(["a", "b", "a"]), pa.array(["c", "c", "c"])
    for first in (9.0, 1.0):
        asked.add_many(names, clients, np.array([first, 5.0, 4.0]))
    asked.add_many(names[:0], clients[:0], np.array([]))
    assert len(asked) == 5  # not summed up yet
    batch = asked.take()
    assert batch.schema == ASKED
    assert sorted(batch.to_pylist(), key=str) == [
        {"time": 1.0, "name": "a", "client": "c", "count": 5},
        {"time": 5.0, "name": "b", "client": "c", "count": 2},
    ]
    assert len(asked) == asked.take().num_rows == 0
