"""The shelf: sources, what they say, and what analysts say, in the store's database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import duckdb
import pyarrow as pa

from fluxhound.errors import StoreError, UsageError
from fluxhound.history.beside import Beside
from fluxhound.history.store import Store
from fluxhound.intel.admission import objection
from fluxhound.intel.indicator import INDICATOR, Kind, Tlp
from fluxhound.intel.reading.recognition import Feed
from fluxhound.intel.source import Purpose, Source, Standing, State

TABLES = """
-- Where indicators come from, as declared, and how each source fares.
CREATE TABLE IF NOT EXISTS intel_source (
    name VARCHAR PRIMARY KEY,
    declared VARCHAR NOT NULL,      -- JSON of what the user said
    state VARCHAR NOT NULL,
    fetched DOUBLE,                 -- seconds since 1970-01-01 UTC
    tried DOUBLE,
    changed DOUBLE,
    why VARCHAR NOT NULL,
    etag VARCHAR NOT NULL,
    modified VARCHAR NOT NULL
);

-- What they say; rows that are held wait for a person and count for nothing.
CREATE TABLE IF NOT EXISTS intel_indicator (
    origin VARCHAR NOT NULL,        -- intel_source.name
    held BOOLEAN NOT NULL,
    kind TINYINT NOT NULL,
    value VARCHAR NOT NULL,
    allow BOOLEAN NOT NULL,
    role TINYINT NOT NULL,
    first_seen DOUBLE,
    last_seen DOUBLE,
    valid_until DOUBLE,
    confidence UTINYINT,
    label VARCHAR NOT NULL,
    comment VARCHAR NOT NULL,
    tlp TINYINT NOT NULL,
    source VARCHAR NOT NULL,
    licence VARCHAR NOT NULL
);

-- What analysts say: always before any source.
CREATE TABLE IF NOT EXISTS intel_entry (
    value VARCHAR NOT NULL,
    kind TINYINT NOT NULL,
    allow BOOLEAN NOT NULL,
    reason VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    created DOUBLE NOT NULL,
    expires DOUBLE                  -- null: never
);
"""

_COLUMNS = ", ".join(INDICATOR.names)
_STANDING = "state, fetched, tried, changed, why, etag, modified"


class Shelf:
    """Sources and their indicators in a store. Every change is one transaction."""

    def __init__(self, store: Store | Beside) -> None:
        """Use *store*, making the tables where they are missing."""
        self.store = store
        self._connection = store.connection
        with self.change():
            self._connection.execute(TABLES)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Do everything within, or nothing of it.

        Raises:
            StoreError: the store cannot be written; then nothing changed.
        """
        try:
            with self.store.transaction():
                yield
        except duckdb.Error as error:
            raise StoreError(
                f"{self.store.path or 'The store'}: nothing was changed, it could not be written "
                f"({str(error).splitlines()[0]}). Check the free disk space."
            ) from error

    def add(self, source: Source, *, anew: bool = True) -> None:
        """Declare a source, or declare it otherwise; what it said before stays.

        With *anew* it is to be read as a whole the next time, and at once.

        Raises:
            StoreError: the store cannot be written.
        """
        declared = json.dumps(declaration(source))
        forgotten = ", etag = '', modified = '', tried = NULL" if anew else ""
        with self.change():
            self._connection.execute(
                "INSERT INTO intel_source VALUES (?, ?, 'new', NULL, NULL, NULL, '', '', '') "
                f"ON CONFLICT (name) DO UPDATE SET declared = excluded.declared{forgotten}",
                [source.name, declared],
            )

    def remove(self, name: str) -> None:
        """Forget a source and all that it said.

        Raises:
            UsageError: there is none of this name.
        """
        self.source(name)
        with self.change():
            self._connection.execute("DELETE FROM intel_indicator WHERE origin = ?", [name])
            self._connection.execute("DELETE FROM intel_source WHERE name = ?", [name])

    def sources(self) -> tuple[Source, ...]:
        """Return all sources by name."""
        rows = self._connection.execute("SELECT declared FROM intel_source ORDER BY name")
        return tuple(declared_source(json.loads(row[0])) for row in rows.fetchall())

    def source(self, name: str) -> Source:
        """Return one source.

        Raises:
            UsageError: there is none of this name; the message lists them.
        """
        known = {source.name: source for source in self.sources()}
        if name not in known:
            there = ", ".join(known) or "none yet: fluxhound intel add declares one"
            raise UsageError(f"There is no source {name!r}. The sources are: {there}.")
        return known[name]

    def standing(self, name: str) -> Standing:
        """Return how a source fares.

        Raises:
            UsageError: there is none of this name.
        """
        self.source(name)
        state, fetched, tried, changed, why, etag, modified = self._connection.execute(
            f"SELECT {_STANDING} FROM intel_source WHERE name = ?", [name]
        ).fetchall()[0]
        good, held = self._connection.execute(
            "SELECT count(*) FILTER (NOT held), count(*) FILTER (held) FROM intel_indicator "
            "WHERE origin = ?",
            [name],
        ).fetchall()[0]
        return Standing(
            state=State(state),
            fetched=fetched,
            tried=tried,
            changed=changed,
            indicators=int(good),
            held=int(held),
            why=why,
            etag=etag,
            modified=modified,
        )

    def put(
        self, name: str, feed: Feed, *, now: float, etag: str = "", modified: str = ""
    ) -> Standing:
        """Replace what a source said by what it says now, or hold it if that is suspicious.

        Raises:
            UsageError: there is no such source.
            StoreError: the store cannot be written; then nothing changed.
        """
        old = self.standing(name)
        why = objection(old.indicators, feed.table.num_rows, feed.tally)
        held = bool(why)
        with self.change():
            self._write(name, feed.table, held=held)
            self._note(
                name,
                state=State.HELD if held else State.GOOD,
                fetched=now,
                tried=now,
                changed=old.changed if held else now,
                why=why,
                etag=etag,
                modified=modified,
            )
        return self.standing(name)

    def unchanged(self, name: str, *, now: float) -> None:
        """Note that a source was asked and says what it said before."""
        state = self.standing(name).state
        healed: dict[str, Any] = {} if state is State.HELD else {"state": State.GOOD, "why": ""}
        with self.change():
            self._note(name, fetched=now, tried=now, **healed)

    def failed(self, name: str, why: str, *, now: float) -> None:
        """Note that a source could not be fetched or read; what it said before still counts."""
        if self.standing(name).state is State.HELD:  # that a person must look stays the news
            changes: dict[str, Any] = {"tried": now}
        else:
            changes = {"state": State.FAILING, "tried": now, "why": why}
        with self.change():
            self._note(name, **changes)

    def accept(self, name: str, *, now: float) -> Standing:
        """Let what is held replace what counted so far: a person has looked.

        Raises:
            UsageError: nothing of this source is held.
        """
        if self.standing(name).state is not State.HELD:
            raise UsageError(f"Nothing of {name} is held: fluxhound intel list shows what is.")
        with self.change():
            self._connection.execute(
                "DELETE FROM intel_indicator WHERE origin = ? AND NOT held", [name]
            )
            self._connection.execute(
                "UPDATE intel_indicator SET held = false WHERE origin = ?", [name]
            )
            self._note(name, state=State.GOOD, changed=now, why="")
        return self.standing(name)

    def indicators(self, name: str | None = None) -> pa.Table:
        """Return what counts, of one source or of all, in the schema INDICATOR."""
        where = "WHERE NOT held" + (" AND origin = ?" if name is not None else "")
        found = self._connection.sql(
            f"SELECT {_COLUMNS.replace('source,', 'origin AS source,')} FROM intel_indicator "
            f"{where} ORDER BY origin, value, kind",
            params=[] if name is None else [name],
        ).to_arrow_table()
        return with_schema(found)

    def _write(self, name: str, table: pa.Table, *, held: bool) -> None:
        replaced = "held" if held else "true"  # good content also replaces what was held before
        self._connection.execute(
            f"DELETE FROM intel_indicator WHERE origin = ? AND {replaced}", [name]
        )
        self._connection.register("arriving", table)
        try:
            self._connection.execute(
                f"INSERT INTO intel_indicator SELECT ?, ?, {_COLUMNS} FROM arriving", [name, held]
            )
        finally:
            self._connection.unregister("arriving")

    def _note(self, name: str, **changes: Any) -> None:
        """Set columns of a source; the names are our own keyword arguments."""
        sets = ", ".join(f"{column} = ?" for column in changes)
        values = [str(v) if isinstance(v, State) else v for v in changes.values()]
        self._connection.execute(f"UPDATE intel_source SET {sets} WHERE name = ?", [*values, name])


def with_schema(found: pa.Table) -> pa.Table:
    """Return a table from the database in the schema INDICATOR."""
    columns = []
    for field in INDICATOR:
        column = found[field.name]
        if pa.types.is_dictionary(field.type):
            column = column.cast(pa.string()).dictionary_encode()
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=INDICATOR)


def declaration(source: Source) -> Mapping[str, Any]:
    """Return what the user said of a source, as JSON holds it."""
    fields = {name: getattr(source, name) for name in Source.__dataclass_fields__}
    return fields | {
        "tlp": int(source.tlp),
        "half_lives": {str(int(k)): v.total_seconds() for k, v in source.half_lives.items()},
        "refresh": source.refresh.total_seconds(),
        "columns": dict(source.columns),
    }


def declared_source(told: Mapping[str, Any]) -> Source:
    """Return the source that ``declaration`` wrote down.

    Raises:
        StoreError: it is none.
    """
    try:
        lives = {Kind(int(k)): timedelta(seconds=v) for k, v in told["half_lives"].items()}
        return Source(
            **dict(told)
            | {
                "purpose": Purpose(told["purpose"]),
                "tlp": Tlp(told["tlp"]),
                "half_lives": lives,
                "refresh": timedelta(seconds=told["refresh"]),
                "own": tuple(told["own"]),
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(
            "A source in the store was written by another version: remove it and add it again."
        ) from error
