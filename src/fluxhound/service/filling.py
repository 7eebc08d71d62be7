"""What the store knows and the memory does not: older rows, and everything after a restart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.history.store import Store

Keys = NDArray[np.uint64]

#: The latest hours that are read again after a start: hours that rows lie in, so that a few with
#: false times do no harm. Chosen: names that were not asked for in a day are learnt anew, and what
#: they showed before is in the next sweep.
RECENT_HOURS = 24
#: Rows that are handed over at a time, and rows that are read for one filling at the most.
PORTION = 15_000
MOST_ROWS = 200_000

_COLUMNS = "hour, sensor, name, type, answers"
_SUMS = """min(first) AS first, max(last) AS last, CAST(sum(count) AS BIGINT) AS count,
    max(ttl_max) AS ttl_max, min(ttl_min) AS ttl_min"""

_RECENT = f"""
SELECT CAST(max(hour) AS INTEGER) AS hour, '' AS sensor, name, type, answers, {_SUMS} FROM history
WHERE hour IN (SELECT DISTINCT hour FROM history ORDER BY hour DESC LIMIT $hours)
GROUP BY name, type, answers LIMIT $most
"""

_OF_NAMES = f"""
SELECT {_COLUMNS}, {_SUMS} FROM history
WHERE hour >= $oldest AND hash($salt || name) IN (SELECT name FROM wanted)
GROUP BY {_COLUMNS} ORDER BY max(last) DESC LIMIT {MOST_ROWS}
"""


def recent(store: Store, *, most: int, hours: int = RECENT_HOURS) -> Iterator[pa.Table]:
    """Yield what names showed in the last hours of the store, each answer once."""
    with store.connection.cursor() as cursor:
        chosen = {"most": most, "hours": hours}
        for batch in cursor.sql(_RECENT, params=chosen).to_arrow_reader(PORTION):
            yield pa.Table.from_batches([batch])


def rows_of(store: Store, names: Keys, *, salt: str, oldest_hour: int) -> pa.Table:
    """Return the rows of *names* (keys, made with *salt*), none older than *oldest_hour*."""
    with store.connection.cursor() as cursor:
        cursor.register("wanted", pa.table({"name": names}))
        chosen = {"salt": salt, "oldest": oldest_hour}
        return cursor.sql(_OF_NAMES, params=chosen).to_arrow_table()
