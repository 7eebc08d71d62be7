"""The tables of a response in the store: entries, what people said, and the chained log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from fluxhound.errors import StoreError
from fluxhound.response.chain import Link
from fluxhound.response.changes import Change
from fluxhound.response.documents import COLUMNS, entry_from_row, entry_row
from fluxhound.response.entries import Entry, Trigger
from fluxhound.response.wishes import Key

#: Made on first use; the store's other tables do not depend on them. Times are RFC 3339 in UTC.
TABLES = """
CREATE TABLE IF NOT EXISTS response_entry (
    trigger VARCHAR NOT NULL,     -- at most one row for each (trigger, subject, approved or not)
    subject VARCHAR NOT NULL,
    exact BOOLEAN NOT NULL,
    mode VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    target VARCHAR NOT NULL,      -- comma-joined
    finding VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    added VARCHAR NOT NULL,
    expires VARCHAR NOT NULL,
    approved_by VARCHAR NOT NULL  -- "" waits
);
CREATE TABLE IF NOT EXISTS response_hold (
    trigger VARCHAR NOT NULL,     -- not proposed again until then: somebody rejected or undid it
    subject VARCHAR NOT NULL,
    until VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    action BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS response_override (
    trigger VARCHAR NOT NULL,     -- one brake that somebody lifted for one entry until then
    subject VARCHAR NOT NULL,
    brake VARCHAR NOT NULL,
    until VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    action BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS response_log (
    number BIGINT NOT NULL,       -- names the action
    time VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    document VARCHAR NOT NULL,    -- JSON: the changes, before and after, and why
    raised BIGINT NOT NULL,
    before VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);
"""

_ROW = pa.schema([(c, pa.bool_() if c == "exact" else pa.string()) for c in COLUMNS])
_SLOT = pa.schema([("trigger", pa.string()), ("subject", pa.string()), ("approved", pa.bool_())])
_HOLD = pa.schema(
    [(name, pa.string()) for name in ("trigger", "subject", "until", "sentence")]
    + [("action", pa.int64())]
)
_LINK = "number, time, who, kind, document, raised, before, hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What is not proposed again until a time."""

    trigger: Trigger
    subject: str
    until: datetime
    sentence: str
    action: int

    @property
    def key(self) -> Key:
        """Return what it holds back."""
        return self.trigger, self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One brake that a person lifted for one entry until a time."""

    trigger: Trigger
    subject: str
    brake: str
    until: datetime
    who: str
    reason: str
    action: int

    @property
    def key(self) -> Key:
        """Return what it is lifted for."""
        return self.trigger, self.subject


class Storage:
    """Reads and writes the tables; one thread uses it, writing only within ``transaction``."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take a cursor of the store, and make the tables where there are none."""
        self.cursor = cursor
        cursor.execute(TABLES)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything within, or nothing of it.

        Raises:
            StoreError: it could not be written, or somebody else changed the same.
        """
        self.cursor.execute("BEGIN")
        try:
            yield
            self.cursor.execute("COMMIT")
        except duckdb.Error as error:
            self._roll_back()
            text = str(error).splitlines()[0]
            raise StoreError(f"Nothing was changed, the store failed ({text}).") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        with contextlib.suppress(duckdb.Error):
            self.cursor.execute("ROLLBACK")

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries, in order of their slots."""
        rows = self.cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM response_entry").fetchall()
        return tuple(sorted((entry_from_row(row) for row in rows), key=lambda each: each.slot))

    def write(self, changes: Iterable[Change]) -> None:
        """Make the entries what *changes* leave."""
        last = {change.slot: change.after for change in changes}
        slots = [
            {"trigger": str(slot[0]), "subject": slot[1], "approved": slot[2]} for slot in last
        ]
        rows = [
            dict(zip(COLUMNS, entry_row(entry), strict=True)) for entry in last.values() if entry
        ]
        self._with(
            pa.Table.from_pylist(slots, schema=_SLOT),
            "DELETE FROM response_entry USING given_row AS g WHERE response_entry.trigger = "
            "g.trigger AND response_entry.subject = g.subject "
            "AND (response_entry.approved_by <> '') = g.approved",
        )
        self._with(
            pa.Table.from_pylist(rows, schema=_ROW),
            "INSERT INTO response_entry SELECT * FROM given_row",
        )

    def _with(self, rows: pa.Table, statement: str) -> None:
        if not rows.num_rows:
            return
        self.cursor.register("given_row", rows)
        try:
            self.cursor.execute(statement)
        finally:
            self.cursor.unregister("given_row")

    def holds(self) -> tuple[Hold, ...]:
        """Return what is held back, expired or not."""
        rows = self.cursor.execute(
            "SELECT trigger, subject, until, sentence, action FROM response_hold ORDER BY ALL"
        ).fetchall()
        return tuple(
            Hold(
                trigger=Trigger(trigger), subject=subject, until=datetime.fromisoformat(until),
                sentence=sentence, action=action,
            )
            for trigger, subject, until, sentence, action in rows
        )  # fmt: skip

    def overrides(self) -> tuple[Override, ...]:
        """Return the brakes that were lifted, expired or not."""
        rows = self.cursor.execute(
            "SELECT trigger, subject, brake, until, who, reason, action FROM response_override "
            "ORDER BY ALL"
        ).fetchall()
        return tuple(
            Override(
                trigger=Trigger(trigger), subject=subject, brake=brake,
                until=datetime.fromisoformat(until), who=who, reason=reason, action=action,
            )
            for trigger, subject, brake, until, who, reason, action in rows
        )  # fmt: skip

    def hold(self, holds: Iterable[Hold]) -> None:
        """Hold back what *holds* say."""
        rows = [
            {
                "trigger": str(each.trigger),
                "subject": each.subject,
                "until": each.until.isoformat(),
                "sentence": each.sentence,
                "action": each.action,
            }
            for each in holds
        ]
        self._with(
            pa.Table.from_pylist(rows, schema=_HOLD),
            "INSERT INTO response_hold SELECT * FROM given_row",
        )

    def lift(self, each: Override) -> None:
        """Lift one brake for one entry."""
        self.cursor.execute(
            "INSERT INTO response_override VALUES (?, ?, ?, ?, ?, ?, ?)",
            [str(each.trigger), each.subject, each.brake, each.until.isoformat(), each.who,
             each.reason, each.action],
        )  # fmt: skip

    def release(self, action: int) -> None:
        """Forget the holds and overrides that *action* made."""
        for table in ("response_hold", "response_override"):
            self.cursor.execute(f"DELETE FROM {table} WHERE action = ?", [action])

    def last(self) -> Link | None:
        """Return the last row of the log."""
        found = self._links("ORDER BY number DESC LIMIT 1", [])
        return found[0] if found else None

    def link(self, number: int) -> Link | None:
        """Return one row of the log."""
        found = self._links("WHERE number = ?", [number])
        return found[0] if found else None

    def mentions(self, text: str, *, most: int) -> tuple[Link, ...]:
        """Return the last rows of the log whose documents contain *text*, in order."""
        found = self._links(
            "WHERE contains(document, ?) ORDER BY number DESC LIMIT ?", [text, most]
        )
        return found[::-1]

    def raising(self, most: int) -> tuple[Link, ...]:
        """Return the last rows of the log that raised anything, the latest first."""
        return self._links("WHERE raised > 0 ORDER BY number DESC LIMIT ?", [most])

    def log(self) -> Iterator[Link]:
        """Yield the whole log in order, a bounded part at a time."""
        at = -1 << 62
        while part := self._links("WHERE number > ? ORDER BY number LIMIT 1000", [at]):
            yield from part
            at = part[-1].number

    def append(self, link: Link) -> None:
        """Append one row to the log."""
        row: list[Any] = [
            link.number, link.time, link.who, link.kind, link.document, link.raised, link.before,
            link.hash,
        ]  # fmt: skip
        self.cursor.execute("INSERT INTO response_log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _links(self, rest: str, given: list[Any]) -> tuple[Link, ...]:
        rows = self.cursor.execute(f"SELECT {_LINK} FROM response_log {rest}", given).fetchall()
        names = _LINK.split(", ")
        return tuple(Link(**dict(zip(names, row, strict=True))) for row in rows)
