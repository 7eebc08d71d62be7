"""The store: one embedded database, in memory or in a file, that is the truth about the traffic."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from fluxhound.errors import StoreError
from fluxhound.history.functions import register_functions
from fluxhound.history.schema import SCHEMA_VERSION, TABLES

#: What the rest of the program needs beside the engine: interpreter, tables, batches in flight.
#: Measured with the 10-million-row benchmark (docs/benchmarks.md): about 350 MiB.
RESERVED_BYTES = 400 << 20
#: The engine is not given less than this, whatever ``--memory`` says: it cannot work with less.
ENGINE_FLOOR_BYTES = 256 << 20
#: The log of a live store is written into the database when it has grown to this. Measured: 0.1 to
#: 0.3 s on two busy cores; a longer log waits less often and longer.
CHECKPOINT_BYTES = 16 << 20
#: Free disk space without which a live store takes nothing more: room for one commit and for a
#: checkpoint that moves rows about. Chosen, not measured.
SPARE_BYTES = 64 << 20


#: The engine's own default.
_MOVING_TASKS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInput:
    """An input whose content the store holds."""

    digest: str
    name: str
    format: str
    records: int
    observations: int
    not_observable: tuple[str, ...]
    source: int = 0  # marks its rows in the history
    length: int = 0  # bytes of its decompressed content


class Store:
    """Tables of history, in memory or in a file; spills to a temporary folder when full."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        memory_bytes: int = 2 << 30,
        threads: int | None = None,
        temporary: Path | None = None,
        live: bool = False,
    ) -> None:
        """Open *path* (created when missing), or a store in memory for ``None``.

        A *live* store is checkpointed by ``checkpoint`` alone: when the disk fills up during one of
        the engine's own, all that was not committed is lost and the database must be opened again.

        Raises:
            StoreError: the file is no store, of another version, or in use.
        """
        self.path = path
        self._live = live
        self._spill = _spill_folder(temporary)
        # Also when nobody closes the store, at the latest when the interpreter ends.
        self._clear = weakref.finalize(self, shutil.rmtree, self._spill, ignore_errors=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{max(memory_bytes - RESERVED_BYTES, ENGINE_FLOOR_BYTES)}B",
            "temp_directory": str(self._spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads:
            config["threads"] = threads
        if live:
            # Merging gives whole blocks back by itself; to move what is left closer together makes
            # a checkpoint take twice as long, so only ``checkpoint(moving=True)`` does it.
            config |= {"wal_autocheckpoint": "1024TiB", "max_vacuum_tasks": 0}
        self._config = config
        try:
            self._open()
        except BaseException:
            self._clear()
            raise

    def _open(self) -> None:
        try:
            self.connection = duckdb.connect(
                str(self.path) if self.path else ":memory:", config=self._config
            )
        except duckdb.Error as error:
            raise _unusable(self.path, error) from error
        try:
            self._prepare()
        except duckdb.Error as error:
            self.connection.close()
            raise _unusable(self.path, error) from error
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self) -> None:
        self._refuse_foreign()
        with self.transaction():  # killed in between, it must not be left half made
            self.connection.execute(TABLES)
            self.connection.execute(
                "INSERT OR IGNORE INTO meta VALUES ('client_key', ?)", [secrets.token_hex(32)]
            )
        register_functions(
            self.connection, client_key=bytes.fromhex(self._meta("client_key") or "")
        )

    def _refuse_foreign(self) -> None:
        rows = self.connection.execute("SELECT table_name FROM information_schema.tables")
        tables = {str(row[0]) for row in rows.fetchall()}
        if tables and "meta" not in tables:
            raise StoreError(
                f"{self.path}: this database holds other tables, it is no store. Name a new file."
            )
        version = self._meta("schema_version") if tables else None
        if tables and version != str(SCHEMA_VERSION):
            raise StoreError(
                f"{self.path}: the store has version {version}, this program reads version "
                f"{SCHEMA_VERSION}. Analyse the logs again into a new store."
            )

    def _meta(self, key: str) -> str | None:
        rows = self.connection.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchall()
        return str(rows[0][0]) if rows else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything within, or nothing of it."""
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            # An interrupt or a full disk must leave the store as it was.
            with contextlib.suppress(duckdb.Error):
                self.connection.execute("ROLLBACK")
            raise
        try:
            self.connection.execute("COMMIT")
        except duckdb.Error as error:
            with contextlib.suppress(duckdb.Error):
                self.connection.execute("ROLLBACK")
            raise StoreError(
                f"{self.path or 'The store'}: nothing was added, it could not be written "
                f"({str(error).splitlines()[0]}). Check the free disk space."
            ) from error

    @property
    def log_bytes(self) -> int:
        """Return the size of the log: what was committed and is not in the database file yet."""
        if self.path is None:
            return 0
        try:
            return self.path.with_name(f"{self.path.name}.wal").stat().st_size
        except FileNotFoundError:
            return 0

    def writable(self) -> bool:
        """Tell whether the disk has room for one more commit and the checkpoint after it."""
        if self.path is None:
            return True
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize >= SPARE_BYTES + 2 * self.log_bytes

    def checkpoint(self, *, least_bytes: int | None = None, moving: bool = False) -> bool:
        """Write the log into the database file if it has *least_bytes* and there is room for it.

        With *moving*, rows that stand alone among deleted ones are moved together, so that their
        blocks become free; that takes longer.
        """
        least = CHECKPOINT_BYTES if least_bytes is None else max(least_bytes, 1)
        if self.log_bytes < least or not self.writable():
            return False
        if not moving:
            self.connection.execute("CHECKPOINT")
            return True
        self.connection.execute(f"SET max_vacuum_tasks = {_MOVING_TASKS}")
        try:
            self.connection.execute("CHECKPOINT")
        finally:
            if self._live:
                with contextlib.suppress(duckdb.Error):
                    self.connection.execute("SET max_vacuum_tasks = 0")
        return True

    @property
    def broken(self) -> bool:
        """Tell whether the engine gave the database up; ``reopen`` is then the only way on."""
        try:
            self.connection.execute("SELECT 1")
        except duckdb.Error:
            return True
        return False

    def reopen(self) -> None:
        """Open the file again; cursors of the old connection are of no more use.

        Raises:
            StoreError: as for a new store; call again later.
        """
        self.connection.close()
        self._open()

    def knows(self, digest: str) -> bool:
        """Tell whether content with this digest was read before."""
        found = self.connection.execute("SELECT 1 FROM input WHERE digest = ?", [digest])
        return bool(found.fetchall())

    def next_source(self) -> int:
        """Return the mark for the rows of the next input."""
        rows = self.connection.execute("SELECT coalesce(max(source), 0) + 1 FROM input").fetchall()
        return int(rows[0][0])

    def contents(self) -> Mapping[int, frozenset[str]]:
        """Return the known contents: length in bytes -> their SHA-256 digests."""
        rows = self.connection.execute(
            """SELECT length, list(split_part(digest, ':', 2)) FROM input
               WHERE NOT starts_with(digest, 'live:') GROUP BY length"""
        ).fetchall()
        return {int(length): frozenset(digests) for length, digests in rows}

    def forget(self, digest: str) -> None:
        """Take back an input and all that came from it; call it in a transaction."""
        where = "WHERE source = (SELECT source FROM input WHERE digest = ?)"
        self.connection.execute(f"DELETE FROM history {where}", [digest])
        self.connection.execute(f"DELETE FROM asked {where}", [digest])
        self.connection.execute(f"DELETE FROM asking {where}", [digest])
        self.connection.execute("DELETE FROM input WHERE digest = ?", [digest])

    def remember(self, known: KnownInput) -> None:
        """Note an input as read; call it in the transaction that added its rows."""
        self.connection.execute(
            "INSERT INTO input VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                known.source,
                known.digest,
                known.length,
                known.name,
                known.format,
                known.records,
                known.observations,
                ",".join(known.not_observable),
            ],
        )

    def inputs(self) -> tuple[KnownInput, ...]:
        """Return what was read, in no order that means anything."""
        rows = self.connection.execute("SELECT * FROM input ORDER BY digest").fetchall()
        return tuple(
            KnownInput(
                digest=digest,
                name=name,
                format=kind,
                records=records,
                observations=observations,
                not_observable=tuple(filter(None, missing.split(","))),
                source=source,
                length=length,
            )
            for source, digest, length, name, kind, records, observations, missing in rows
        )

    def close(self) -> None:
        """Close the database and remove the spill folder."""
        self.connection.close()
        self._clear()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turn what the engine raises when a person interrupts it into what Python raises."""
    try:
        yield
    except (RuntimeError, duckdb.Error, StoreError) as error:
        if not any(sign in str(error) for sign in _INTERRUPTED):
            raise
        raise KeyboardInterrupt from error


#: In a query, and in a column function or a source of it that is written in Python.
_INTERRUPTED = ("Query interrupted", "INTERRUPT Error", "KeyboardInterrupt")


def _spill_folder(parent: Path | None) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="fluxhound-", dir=parent))
    except OSError as error:
        raise StoreError(
            f"{error.filename}: the temporary folder cannot be made ({error.strerror})."
        ) from error


def _unusable(path: Path | None, error: duckdb.Error) -> StoreError:
    text = str(error).splitlines()[0]
    if "could not set lock" in text.lower():
        return StoreError(f"{path}: the store is in use by another process. Wait for it to end.")
    return StoreError(f"{path}: not usable as a store ({text}). Check the path and permissions.")
