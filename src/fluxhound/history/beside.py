"""The same store from another thread: a connection of its own, with transactions of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import duckdb

from fluxhound.errors import StoreError
from fluxhound.history.store import Store


class Beside:
    """What a second thread uses of a store that a first one holds; close it, or use ``with``."""

    def __init__(self, store: Store) -> None:
        """Connect to the database of *store*."""
        self.path = store.path
        self.connection: duckdb.DuckDBPyConnection = store.connection.cursor()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything within, or nothing of it.

        Raises:
            StoreError: it could not be written.
        """
        self.connection.execute("BEGIN")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(duckdb.Error):
                self.connection.execute("ROLLBACK")
            if isinstance(error, duckdb.Error):
                raise StoreError(
                    f"{self.path or 'The store'}: nothing was added, it could not be written "
                    f"({str(error).splitlines()[0]}). Check the free disk space."
                ) from error
            raise

    def close(self) -> None:
        """Close the connection; the store stays open."""
        self.connection.close()

    def __enter__(self) -> Self:
        """Return the connection's holder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()
