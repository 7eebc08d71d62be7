"""The store of visits: one file, one writer, and readers that need not wait for it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.tallies import HOUR_S

#: Marks the file as ours ("flux" in ASCII), and says how to read it.
_APPLICATION = 0x666C7578
_VERSION = 1
#: How long a reader or the writer waits for the other, which holds the file for milliseconds.
_WAIT_S = 10.0

#: What is purged is overwritten and its room given back; the first must stand before the others.
_SETTINGS = (
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "secure_delete = ON",
)

_TABLES = """
CREATE TABLE IF NOT EXISTS visit (
    hour INTEGER NOT NULL,       -- hours since 1970-01-01 UTC
    client TEXT NOT NULL,        -- address; a network, or *, for those beyond the bounds
    name TEXT NOT NULL,          -- server name or host; '' if none was told, * beyond the bounds
    address TEXT NOT NULL,       -- ours, that was called
    port INTEGER NOT NULL,
    protocol TEXT NOT NULL,
    ja4 TEXT NOT NULL,
    ja3 TEXT NOT NULL,           -- from here on of the first visit
    agent TEXT NOT NULL,
    path TEXT NOT NULL,
    opening TEXT NOT NULL,       -- first octets, hexadecimal, of what is neither TLS nor HTTP
    client_port INTEGER NOT NULL,  -- of the last visit: behind address translation it tells who
    first REAL NOT NULL,         -- seconds since 1970-01-01 UTC
    last REAL NOT NULL,
    count INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    answered INTEGER NOT NULL,   -- visits that got the page
    odd INTEGER NOT NULL,        -- visits without a purpose that can be seen
    probes INTEGER NOT NULL,     -- visits as scanners make them
    PRIMARY KEY (hour, client, name, address, port, protocol, ja4)
) WITHOUT ROWID;
"""

_ADD = f"""
INSERT INTO visit VALUES ({", ".join("?" * 19)})
ON CONFLICT DO UPDATE SET
    agent = iif(agent = '', excluded.agent, agent),
    path = iif(path = '', excluded.path, path),
    client_port = iif(excluded.last >= last, excluded.client_port, client_port),
    first = min(first, excluded.first), last = max(last, excluded.last),
    count = count + excluded.count, octets = octets + excluded.octets,
    answered = answered + excluded.answered, odd = odd + excluded.odd,
    probes = probes + excluded.probes
"""


class VisitStore:
    """The writer's side; only one thread may use it at a time."""

    def __init__(self, path: Path) -> None:
        """Open *path*, made when missing; only its owner can read it.

        Raises:
            StoreError: it is no store of visits, cannot be opened, or another process writes it.
        """
        self._path = path
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise _unusable(path, error) from error
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        _check(self._connection, self._path, empty=True)
        # Readers see the last commit while the next one is written.
        for setting in _SETTINGS:
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        with self._transaction():
            self._connection.execute(_TABLES)
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def add(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Add *rows* (of ``Tallies.rows``) to what is there, all or none.

        Raises:
            StoreError: they could not be written; try again later.
        """
        try:
            with self._transaction():
                self._connection.executemany(_ADD, rows)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: visits cannot be written ({error}).") from error

    def purge(self, *, before: float) -> int:
        """Delete the hours that ended before *before* (seconds since 1970); return how many rows.

        Raises:
            StoreError: they could not be deleted.
        """
        try:
            with self._transaction():
                done = self._connection.execute(
                    "DELETE FROM visit WHERE hour < ?", [int(before // HOUR_S)]
                )
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: old visits cannot be deleted ({error}).") from error
        return done.rowcount

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

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
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open *path* to read from it, also while a sinkhole writes it.

    Raises:
        StoreError: it is not there, cannot be read, or is no store of visits.
    """
    where = f"file:{urllib.parse.quote(str(path.absolute()))}?mode=ro"
    try:
        connection = sqlite3.connect(where, uri=True, timeout=_WAIT_S)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        _check(connection, path, empty=False)
        yield connection
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: Path, *, empty: bool) -> None:
    """Refuse a file of another program or version; one with nothing in it only unless *empty*."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if empty and not tables and not application:
        return
    if application != _APPLICATION:
        raise StoreError(f"{path}: this is no store of visits. Name the sinkhole's folder.")
    if version != _VERSION:
        raise StoreError(
            f"{path}: the store of visits has version {version}, this program reads {_VERSION}. "
            "Move it away, and a new one is begun."
        )


def _unusable(path: Path, error: OSError | sqlite3.Error) -> StoreError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return StoreError(
        f"{path}: not usable as a store of visits ({reason}). Check the path, its permissions and "
        "the free disk space."
    )
