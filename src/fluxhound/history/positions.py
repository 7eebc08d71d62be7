"""Live inputs in the store: where each goes on after a restart, and how much came from it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from fluxhound.history.store import Store

#: How the row of a live input in ``input`` is told from those of files: it has no content.
LIVE = "live:"

_SET = """
INSERT INTO position SELECT unnest($inputs), unnest($values), $now
ON CONFLICT (input) DO UPDATE SET value = excluded.value, updated = excluded.updated
"""

_COUNT = """
INSERT INTO input VALUES (?, ?, 0, ?, ?, ?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET
    format = excluded.format, not_observable = excluded.not_observable,
    records = records + excluded.records, observations = observations + excluded.observations
"""


def read_positions(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the position of every live input that has one."""
    rows = connection.execute("SELECT input, value FROM position").fetchall()
    return {str(name): str(value) for name, value in rows}


def set_positions(
    connection: duckdb.DuckDBPyConnection, positions: Mapping[str, str], *, now: float
) -> None:
    """Note where inputs are; call it in the transaction that adds what was read up to there."""
    if positions:
        given = {"inputs": list(positions), "values": list(positions.values()), "now": now}
        connection.execute(_SET, given)


def note_live(
    store: Store,
    name: str,
    *,
    format: str,  # noqa: A002 - the column's name
    records: int,
    observations: int,
    not_observable: tuple[str, ...],
) -> int:
    """Add to the counts of a live input and return the number that marks its history rows.

    Call it in the transaction that adds the rows, before they are added.
    """
    digest = f"{LIVE}{name}"
    known = store.connection.execute("SELECT source FROM input WHERE digest = ?", [digest])
    row = known.fetchone()
    source = int(row[0]) if row else store.next_source()
    missing = ",".join(not_observable)
    store.connection.execute(_COUNT, [source, digest, name, format, records, observations, missing])
    return source
