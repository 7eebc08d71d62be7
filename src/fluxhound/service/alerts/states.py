"""The table of what is known of findings: read and written for many at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from fluxhound.records import Severity, VerdictKind
from fluxhound.service.alerts.changes import Known

#: Made on first use; the store's other tables do not depend on it.
TABLE = """
CREATE TABLE IF NOT EXISTS finding_state (
    thing VARCHAR NOT NULL,       -- registered domain, or network/NAME
    episode INTEGER NOT NULL,     -- how often it has appeared
    open BOOLEAN NOT NULL,
    verdict VARCHAR NOT NULL,     -- the highest that was told in this episode, as the next two
    severity VARCHAR NOT NULL,
    addresses BIGINT NOT NULL,
    first_seen DOUBLE NOT NULL,   -- seconds since 1970-01-01 UTC, as all times
    last_seen DOUBLE NOT NULL,
    refreshed DOUBLE NOT NULL,
    below_since DOUBLE,
    silent BOOLEAN NOT NULL,
    document VARCHAR NOT NULL     -- the finding as it was told last
)
"""
_ROW = pa.schema(
    [
        ("thing", pa.string()),
        ("episode", pa.int32()),
        ("open", pa.bool_()),
        ("verdict", pa.string()),
        ("severity", pa.string()),
        ("addresses", pa.int64()),
        ("first_seen", pa.float64()),
        ("last_seen", pa.float64()),
        ("refreshed", pa.float64()),
        ("below_since", pa.float64()),
        ("silent", pa.bool_()),
        ("document", pa.string()),
    ]
)
_COLUMNS = ", ".join(_ROW.names[:-1])


class States:
    """The rows of ``finding_state``. One thread uses it, in transactions that the caller makes."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take a cursor of the store, and make the table where there is none."""
        self._cursor = cursor
        cursor.execute(TABLE)

    def known(self, things: Collection[str], *, every: bool, older: float) -> dict[str, Known]:
        """Return what is known of *things*, and of all that is open and was refreshed before."""
        rows = self._cursor.execute(
            f"SELECT {_COLUMNS} FROM finding_state WHERE thing IN (SELECT unnest(?::VARCHAR[])) "
            "OR (open AND (? OR refreshed < ?))",
            [list(things), every, older],
        ).fetchall()
        return {row[0]: _known(row) for row in rows}

    def documents(self, things: Collection[str]) -> dict[str, str]:
        """Return the findings as they were told last, as JSON."""
        if not things:
            return {}
        rows = self._cursor.execute(
            "SELECT thing, document FROM finding_state "
            "WHERE thing IN (SELECT unnest(?::VARCHAR[]))",
            [list(things)],
        ).fetchall()
        return dict(rows)

    def replace(self, rows: Mapping[str, tuple[Known, str]]) -> None:
        """Write rows anew, each with the document of what was told."""
        if not rows:
            return
        written = [
            {**dataclasses.asdict(known), "document": document} for known, document in rows.values()
        ]
        self._cursor.execute(
            "DELETE FROM finding_state WHERE thing IN (SELECT unnest(?::VARCHAR[]))", [list(rows)]
        )
        self._with(
            written,
            f"INSERT INTO finding_state ({_COLUMNS}, document) "
            f"SELECT {_COLUMNS}, document FROM written_state",
        )

    def refresh(self, rows: Sequence[Known]) -> None:
        """Write the times of rows, of which nothing is to be told."""
        if rows:
            self._with(
                [{**dataclasses.asdict(known), "document": ""} for known in rows],
                "UPDATE finding_state SET last_seen = w.last_seen, refreshed = w.refreshed, "
                "below_since = w.below_since FROM written_state w "
                "WHERE finding_state.thing = w.thing",
            )

    def forget(self, older: float) -> None:
        """Forget what has ended and was refreshed before *older*."""
        self._cursor.execute("DELETE FROM finding_state WHERE NOT open AND refreshed < ?", [older])

    def _with(self, rows: Iterable[Mapping[str, object]], statement: str) -> None:
        self._cursor.register("written_state", pa.Table.from_pylist(list(rows), schema=_ROW))
        try:
            self._cursor.execute(statement)
        finally:
            self._cursor.unregister("written_state")


def _known(row: tuple[object, ...]) -> Known:
    names = (field.name for field in dataclasses.fields(Known))
    given = dict(zip(names, row, strict=True))
    given["verdict"] = VerdictKind(str(given["verdict"]))
    given["severity"] = Severity(str(given["severity"]))
    return Known(**given)  # type: ignore[arg-type]
