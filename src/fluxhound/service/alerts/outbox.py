"""Alerts that are on their way, in the store: what waits, what was tried, what arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import duckdb
import orjson
import pyarrow as pa

from fluxhound.service.alerts.delivery import Letter
from fluxhound.service.alerts.policy import SUMMARY, Past, Waiting
from fluxhound.service.alerts.settings import HOUR_S
from fluxhound.sharing.alertjson import told_document, told_from_document

#: Made by the outbox on first use; the store's other tables do not depend on it. Rows have no key
#: and no index: two threads that write different rows never meet.
TABLES = """
CREATE SEQUENCE IF NOT EXISTS outbox_sequence;
CREATE TABLE IF NOT EXISTS outbox (
    destination VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,     -- in the order of raising
    id VARCHAR NOT NULL,          -- of the alert: receivers tell repeats by it
    thing VARCHAR NOT NULL,       -- what it is about; empty for a summary
    urgent BOOLEAN NOT NULL,
    rank TINYINT NOT NULL,        -- index of the severity
    document VARCHAR NOT NULL,    -- the alert as plain JSON
    raised DOUBLE NOT NULL,       -- seconds since 1970-01-01 UTC, as all times
    due DOUBLE NOT NULL,
    tries INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    settled DOUBLE                -- when it left the state "waiting"
)
"""
_ROW = pa.schema(
    [
        ("destination", pa.string()),
        ("sequence", pa.int64()),
        ("id", pa.string()),
        ("thing", pa.string()),
        ("urgent", pa.bool_()),
        ("rank", pa.int8()),
        ("document", pa.string()),
        ("raised", pa.float64()),
        ("due", pa.float64()),
    ]
)
#: What is settled is kept for so long, in seconds: for repeats, and for who asks what became of it.
#: Chosen, not measured.
KEEP_S = 7 * 86400.0
#: Rows that are looked at in one round; there may be more. Chosen, not measured.
ROUND_ROWS = 5000


class State(StrEnum):
    """What became of a row."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    SUPERSEDED = "superseded"  # a newer alert about the same thing says it all
    REFUSED = "refused"  # the receiver will never take it
    GIVEN_UP = "given-up"  # tried for too long
    DROPPED = "dropped"  # too many waited


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A row to be added."""

    destination: str
    thing: str
    urgent: bool
    rank: int
    letter: Letter


class Outbox:
    """The queue of all destinations. Each thread has its own, on its own cursor of the store."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Take a cursor of the store; ``prepare`` makes the table."""
        self._cursor = cursor

    def prepare(self) -> None:
        """Make the table where there is none; once, before other threads begin."""
        self._cursor.execute(TABLES)

    def close(self) -> None:
        """Let the cursor go."""
        self._cursor.close()

    def put(self, postings: Sequence[Posting], *, now: float) -> None:
        """Add rows that are due at once; in the caller's transaction, if there is one."""
        if not postings:
            return
        numbers = self._cursor.execute(
            "SELECT nextval('outbox_sequence') FROM range(?)", [len(postings)]
        ).fetchall()
        rows = [
            _row(posting, sequence, now)
            for posting, (sequence,) in zip(postings, sorted(numbers), strict=True)
        ]
        self._cursor.register("written_posting", pa.Table.from_pylist(rows, schema=_ROW))
        try:
            self._cursor.execute(
                "INSERT INTO outbox SELECT *, 0, 'waiting', NULL FROM written_posting"
            )
        finally:
            self._cursor.unregister("written_posting")

    def waiting(self, destination: str) -> list[Waiting]:
        """Return what waits for a destination: urgent first, then the most severe, the oldest."""
        rows = self._cursor.execute(
            "SELECT sequence, thing, urgent, rank, raised, due, tries FROM outbox "
            "WHERE destination = ? AND state = 'waiting' "
            f"ORDER BY urgent DESC, thing <> '', rank DESC, sequence LIMIT {ROUND_ROWS}",
            [destination],
        ).fetchall()
        return [
            Waiting(
                sequence=sequence,
                thing=thing,
                urgent=urgent,
                rank=rank,
                raised=raised,
                due=due,
                tries=tries,
            )
            for sequence, thing, urgent, rank, raised, due, tries in rows
        ]

    def past(self, destination: str, now: float, *, since: float) -> Past:
        """Return what a destination got; each thing's last time is looked for from *since* on."""
        rows = self._cursor.execute(
            "SELECT thing, urgent, settled FROM outbox WHERE destination = ? "
            "AND state = 'delivered' AND settled > ?",
            [destination, min(since, now - HOUR_S)],
        ).fetchall()
        summaries = self._cursor.execute(
            "SELECT max(raised) FROM outbox WHERE destination = ? AND thing = ''", [destination]
        ).fetchall()
        told: dict[str, float] = {}
        for thing, _, settled in rows:
            told[thing] = max(settled, told.get(thing, settled))
        counted = (at for thing, urgent, at in rows if not urgent and thing != SUMMARY)
        return Past(
            told=told,
            within_hour=sorted(at for at in counted if at > now - HOUR_S),
            summary=summaries[0][0],
        )

    def letters(self, sequences: Sequence[int]) -> dict[int, Letter]:
        """Return the letters of rows, in the order given.

        Raises:
            UnreadableInputError: a row holds something else.
        """
        rows = self._cursor.execute(
            "SELECT sequence, document FROM outbox "
            "WHERE state = 'waiting' AND sequence IN (SELECT unnest(?::BIGINT[]))",
            [list(sequences)],
        ).fetchall()
        texts = {int(sequence): text for sequence, text in rows}
        return {sequence: _letter(texts[sequence]) for sequence in sequences if sequence in texts}

    def settle(self, sequences: Sequence[int], state: State, *, now: float) -> None:
        """Note what became of rows."""
        self._cursor.execute(
            "UPDATE outbox SET state = ?, settled = ? "
            "WHERE state = 'waiting' AND sequence IN (SELECT unnest(?::BIGINT[]))",
            [state.value, now, list(sequences)],
        )

    def postpone(self, sequences: Sequence[int], due: float) -> None:
        """Note a try that failed, and when to try again."""
        self._cursor.execute(
            "UPDATE outbox SET due = ?, tries = tries + 1 "
            "WHERE state = 'waiting' AND sequence IN (SELECT unnest(?::BIGINT[]))",
            [due, list(sequences)],
        )

    def count(self, destination: str) -> int:
        """Return how many rows wait."""
        rows = self._cursor.execute(
            "SELECT count(*) FROM outbox WHERE destination = ? AND state = 'waiting'",
            [destination],
        ).fetchall()
        return int(rows[0][0])

    def trim(self, destination: str, limit: int, *, now: float) -> int:
        """Drop the least severe, oldest rows beyond *limit*, never urgent ones; return how many."""
        rows = self._cursor.execute(
            "SELECT sequence FROM outbox WHERE destination = ? AND state = 'waiting' "
            "AND NOT urgent ORDER BY rank DESC, sequence DESC OFFSET ?",
            [destination, limit],
        ).fetchall()
        if rows:
            self.settle([int(row[0]) for row in rows], State.DROPPED, now=now)
        return len(rows)

    def strangers(self, destinations: Sequence[str], *, older: float) -> dict[str, int]:
        """Return how many rows wait for destinations that are not among those that there are.

        They wait for their destination to come back; what was raised before *older* is forgotten.
        """
        where = "destination NOT IN (SELECT unnest(?::VARCHAR[]))"
        names = list(destinations)
        self._cursor.execute(f"DELETE FROM outbox WHERE {where} AND raised < ?", [names, older])
        rows = self._cursor.execute(
            f"SELECT destination, count(*) FROM outbox WHERE {where} AND state = 'waiting' "
            "GROUP BY destination",
            [names],
        ).fetchall()
        return dict(rows)

    def purge(self, destination: str, *, now: float) -> None:
        """Forget what was settled long ago."""
        self._cursor.execute(
            "DELETE FROM outbox WHERE destination = ? AND state <> 'waiting' AND settled < ?",
            [destination, now - KEEP_S],
        )


def _row(posting: Posting, sequence: int, now: float) -> dict[str, object]:
    document = told_document(posting.letter.told, posting.letter.addresses)
    return {
        "destination": posting.destination,
        "sequence": sequence,
        "id": document["id"],
        "thing": posting.thing,
        "urgent": posting.urgent,
        "rank": posting.rank,
        "document": orjson.dumps(document).decode(),
        "raised": now,
        "due": now,
    }


def _letter(text: str) -> Letter:
    document = orjson.loads(text)
    addresses = tuple(document.get("addresses", ()))
    return Letter(told=told_from_document(document), addresses=addresses)
